"""Readers on states in which a class, a position, or neither was planted."""

import numpy as np
import pytest

from whatwhere.errors import Cancelled
from whatwhere.evaluation.states import read_outs as module
from whatwhere.evaluation.states.read_outs import read_outs

CLASSES, WIDTH = 4, 12


@pytest.fixture(scope="module")
def planted():
    """States that hold the class ("2d"), the position ("3d"), and neither ("blind")."""
    random = np.random.default_rng(0)
    count = 30 * 12
    scenes = np.repeat(np.arange(30), 12)
    classes = random.integers(0, CLASSES, count)
    centers_m = random.normal(size=(count, 3)) + 100 * scenes[:, None]  # far apart, as rooms may be
    inside = centers_m - 100 * scenes[:, None]
    noise = [random.normal(size=(count, WIDTH)) for _ in range(3)]
    states = {
        "2d": 3 * random.normal(size=(CLASSES, WIDTH))[classes] + noise[0],
        "3d": 3 * inside @ random.normal(size=(3, WIDTH)) + noise[1],
        "blind": noise[2],
    }
    return states, classes, centers_m, scenes


@pytest.fixture(scope="module")
def found(planted):
    return {(item.role, item.modality): item for item in read_outs(*planted)}


def test_what_was_planted_is_read_and_nothing_else(found):
    assert found["class", "2d"].score > 0.95
    assert found["position", "3d"].score > 0.85
    for role, modality in (("class", "3d"), ("class", "blind")):
        assert found[role, modality].score < 0.4
        assert found[role, modality].low < found[role, modality].control + 0.05
    for modality in ("2d", "blind"):
        assert found["position", modality].score < 0.1


def test_the_control_finds_nothing(found):
    for item in found.values():
        assert item.control < (0.4 if item.role == "class" else 0.1)


def test_intervals_lie_around_the_score_and_need_scenes(found, planted):
    for item in found.values():
        assert item.low <= item.score <= item.high
        assert item.low < item.high
        assert (item.num_cases, item.num_scenes) == (360, 30)
    states, classes, centers_m, scenes = planted
    few = scenes < 20
    (first, *_) = read_outs({"2d": states["2d"][few]}, classes[few], centers_m[few], scenes[few])
    assert first.score > 0.95
    assert np.isnan(first.low)
    assert first.as_json()["low"] is None


def test_a_reader_never_saw_the_scene_that_it_is_judged_on(planted):
    _, _, centers_m, scenes = planted
    # Which scene it is can be read to the last digit, and classes go with scenes.
    states = {"2d": np.eye(30)[scenes]}
    (by_scene, _) = read_outs(states, scenes % CLASSES, centers_m, scenes)
    assert by_scene.score < 0.5


def test_unknown_classes_and_places_are_left_out(planted):
    states, classes, centers_m, scenes = planted
    classes, centers_m = classes.copy(), centers_m.copy()
    classes[:100], centers_m[:50] = -1, np.nan
    of_class, of_place = read_outs({"2d": states["2d"]}, classes, centers_m, scenes)
    assert (of_class.num_cases, of_place.num_cases) == (260, 310)


def test_one_scene_says_nothing(planted):
    states, classes, centers_m, scenes = planted
    one = scenes == 0
    for item in read_outs({"2d": states["2d"][one]}, classes[one], centers_m[one], scenes[one]):
        assert np.isnan(item.score)


def test_of_many_cases_some_are_drawn(planted, monkeypatch):
    monkeypatch.setattr(module, "MAX_CASES", 200)
    states, classes, centers_m, scenes = planted
    one, two = (
        read_outs({"2d": states["2d"]}, classes, centers_m, scenes, seed=seed) for seed in (1, 1)
    )
    assert one == two
    assert one[0].num_cases == 200


def test_it_tells_how_far_it_is_and_heeds_cancel(planted):
    states, classes, centers_m, scenes = planted
    steps = []

    def is_cancelled():
        return len(steps) == 1

    with pytest.raises(Cancelled):
        read_outs(
            {"2d": states["2d"]},
            classes,
            centers_m,
            scenes,
            on_step=lambda *step: steps.append(step),
            is_cancelled=is_cancelled,
        )
    assert steps == [(0, 2, "reading class from 2d")]
