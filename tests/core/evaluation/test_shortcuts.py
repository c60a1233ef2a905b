import numpy as np
import pytest

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.evaluation.cues import CUES, cues_of
from whatwhere.evaluation.shortcuts import Choices, find_shortcuts
from whatwhere.scenes.opening import open_scene

NAMES = ("prominence", "size", "colour")


def planted(weights, *, num_scenes=40, cases=12, seed=0):
    """Choices of someone who weighs the cues like this; cues correlate, cases of a scene too."""
    rng = np.random.default_rng(seed)
    scenes = np.repeat(np.arange(num_scenes), cases)
    count = len(scenes)
    shared = rng.normal(size=(num_scenes, 4, 1))[scenes]
    cues = rng.normal(size=(count, 4, 3)) + 0.8 * shared
    exists = np.arange(4) < rng.integers(2, 5, count)[:, None]
    scores = np.where(exists, cues @ np.array(weights), -np.inf)
    chosen = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    return Choices(NAMES, cues * [3.0, 0.2, 50.0], exists, chosen, scenes)


def test_the_cue_that_decides_is_found_and_the_others_are_not():
    found = find_shortcuts(planted((1.5, 0.0, 0.0)))
    first, *others = found.weights
    assert first.name == "prominence"
    assert first.is_found
    assert not any(item.is_found for item in others)
    assert first.value > 3 * max(abs(item.value) for item in others)
    assert found.verdict.startswith("Choices among look-alikes go by prominence;")
    assert 0.1 < found.explained < 0.9


def test_two_cues_are_ranked_whatever_their_units():
    found = find_shortcuts(planted((0.7, 0.0, 1.6)))
    assert [item.name for item in found.weights][:2] == ["colour", "prominence"]
    assert [item.is_found for item in found.weights] == [True, True, False]


def test_a_choice_by_none_of_them_is_explained_by_none():
    wrong = 0
    for seed in range(3):
        found = find_shortcuts(planted((0.0, 0.0, 0.0), num_scenes=30, seed=seed))
        wrong += sum(item.is_found for item in found.weights)
        assert found.explained < 0.05
    assert wrong <= 1


def test_too_few_scenes_give_no_interval():
    found = find_shortcuts(planted((2.0, 0.0, 0.0), num_scenes=5))
    assert found.weights[0].low is None
    assert "too few" in found.verdict


def test_a_cue_that_always_decides_keeps_a_finite_weight():
    choices = planted((0.0, 0.0, 0.0))
    always = np.where(choices.exists, choices.cues[..., 1], -np.inf).argmax(axis=1)
    found = find_shortcuts(Choices(NAMES, choices.cues, choices.exists, always, choices.scenes))
    assert found.weights[0].name == "size"
    assert np.isfinite(found.weights[0].value)
    assert found.weights[0].is_found


def test_sentences_that_share_a_set_count_as_often_as_they_are():
    one = planted((1.0, 0.0, 0.5), num_scenes=30, cases=6)
    shared = Choices(
        NAMES, *(np.repeat(a, 3, axis=0) for a in (one.cues, one.exists, one.chosen, one.scenes))
    )
    rng = np.random.default_rng(3)
    shared.chosen[1::3] = (rng.random(len(one.chosen)) * one.exists.sum(axis=1)).astype(int)
    # Told apart by so little that every sentence has a set of its own.
    told_apart = Choices(
        NAMES,
        shared.cues * (1 + 1e-12 * np.arange(len(shared.chosen)))[:, None, None],
        shared.exists,
        shared.chosen,
        shared.scenes,
    )
    found, expected = (find_shortcuts(c) for c in (shared, told_apart))
    assert found.n == expected.n
    assert found.explained == pytest.approx(expected.explained, rel=1e-6)
    for ours, theirs in zip(found.weights, expected.weights, strict=True):
        assert ours.name == theirs.name
        assert (ours.value, ours.low, ours.high) == pytest.approx(
            (theirs.value, theirs.low, theirs.high), rel=1e-6
        )


def test_whoever_chooses_what_is_meant_is_not_said_to_go_by_what_it_looks_like():
    # What is meant is mostly the largest, and eight of ten times it is chosen for being meant.
    large = planted((0.0, 1.2, 0.0), num_scenes=60)
    rng = np.random.default_rng(5)
    at_random = (rng.random(len(large.chosen)) * large.exists.sum(axis=1)).astype(int)
    chosen = np.where(rng.random(len(at_random)) < 0.8, large.chosen, at_random)
    told = Choices(NAMES, large.cues, large.exists, chosen, large.scenes, meant=large.chosen)
    assert not any(item.is_found for item in find_shortcuts(told).weights)
    assert find_shortcuts(told).explained < 0.02
    untold = Choices(NAMES, large.cues, large.exists, chosen, large.scenes)
    assert find_shortcuts(untold).weights[0].name == "size"
    assert find_shortcuts(untold).weights[0].is_found


def test_nothing_to_choose_from_is_said():
    empty = Choices(
        NAMES, np.zeros((0, 1, 3)), np.zeros((0, 1), bool), np.zeros(0, int), np.zeros(0, int)
    )
    assert find_shortcuts(empty).n == 0
    assert "No case" in find_shortcuts(empty).verdict


def test_cues_of_a_demo_room_are_what_one_sees():
    room = next(room for room in shipped_rooms() if room.name == "kitchen")
    scene = open_scene(room.path)
    boxed = [item for item in scene.objects if item.box is not None]
    names = [header.name for header in scene.frames[::4]]
    cues = cues_of(scene, [item.box for item in boxed], names)
    by_id = {item.object_id: row for item, row in zip(boxed, cues, strict=True)}
    colour = CUES.index("colour")
    red, white = by_id[12], by_id[10]
    assert red[colour] > 2 * white[colour]
    labels = {item.object_id: item.label for item in boxed}
    largest = max(by_id, key=lambda number: by_id[number][CUES.index("size")])
    assert labels[largest] in ("refrigerator", "table", "cabinet")
    assert cues.shape == (len(boxed), len(CUES))
    assert np.isfinite(cues).all()
    assert (cues[:, CUES.index("visibility")] >= 0).all()
    assert cues[:, CUES.index("visibility")].max() == pytest.approx(1.0, abs=0.7)
