"""Which single cases a cue explains, and what is kept of it beside a diagnosis."""

import json

import numpy as np

from whatwhere.evaluation.explained_choices import WeighedChoices, explained_cases
from whatwhere.evaluation.kept_shortcuts import KeptShortcuts, kept_shortcuts, write_shortcuts
from whatwhere.evaluation.shortcuts import Choices, Shortcuts, find_shortcuts


def weighed() -> WeighedChoices:
    """Three choices among two, two and three look-alikes; padding is larger than all of them."""
    size = [[1.0, 2.0, 99.0], [2.0, 1.0, 99.0], [3.0, 1.0, 2.0]]
    colour = [[5.0, 5.0, 99.0], [0.0, 1.0, 99.0], [0.0, 1.0, 2.0]]
    exists = np.array([[True, True, False], [True, True, False], [True, True, True]])
    choices = Choices(
        ("size", "colour"),
        np.stack([size, colour], axis=-1),
        exists,
        np.array([1, 1, 0]),
        np.zeros(3, np.int64),
    )
    return WeighedChoices(choices, np.array([4, 7, 9]))


def test_the_cases_in_which_the_one_with_most_was_chosen() -> None:
    size, colour = explained_cases(weighed(), (0.5, 0.1))
    assert (size.is_most, size.cases.tolist()) == (True, [4, 9])
    assert np.isclose(size.share, 2 / 3)
    assert np.isclose(size.chance, (1 / 2 + 1 / 2 + 1 / 3) / 3)
    assert colour.cases.tolist() == [4, 7], "of two that are alike, either has most"
    assert np.isclose(colour.chance, (1 + 1 / 2 + 1 / 3) / 3)
    least, _ = explained_cases(weighed(), (-0.5, 0.1))
    assert (least.is_most, least.cases.tolist()) == (False, [7])


def test_without_a_choice_nothing_is_explained() -> None:
    none = Choices(("size",), np.zeros((0, 1, 1)), np.zeros((0, 1), bool), *np.zeros((2, 0), int))
    assert explained_cases(WeighedChoices(none, np.zeros(0, np.int64)), (0.0,)) == ()
    assert KeptShortcuts.of(Shortcuts((), 0.0, 0, 0), ()).n == 0


def test_what_was_found_is_kept_for_the_cases_that_it_is_of(tmp_path) -> None:
    found = weighed()
    shortcuts = find_shortcuts(found.choices)
    weights = {item.name: item.value for item in shortcuts.weights}
    kept = KeptShortcuts.of(shortcuts, explained_cases(found, [weights["size"], weights["colour"]]))
    assert [cue.name for cue in kept.cues] == [item.name for item in shortcuts.weights]
    assert kept.verdict == shortcuts.verdict
    assert kept_shortcuts(tmp_path, 12) == {}
    write_shortcuts(tmp_path, 12, {"2d": kept})
    assert kept_shortcuts(tmp_path, 12) == {"2d": kept}
    assert kept_shortcuts(tmp_path, 13) == {}, "the diagnosis went on"
    path = tmp_path / "shortcuts.json"
    document = json.loads(path.read_text())
    document["by_modality"]["2d"]["cues"][0]["cases"] = [12]
    path.write_text(json.dumps(document))
    assert kept_shortcuts(tmp_path, 12) == {}, "there is no such case"
