import numpy as np
import pytest

from whatwhere.errors import NotSupportedError, SceneError
from whatwhere.evaluation.probes.catalogue import PROBES, parse_probes
from whatwhere.evaluation.probes.edited_scene import mirrored, mirrored_box
from whatwhere.evaluation.probes.flips import flips
from whatwhere.evaluation.probes.frames import seen_pixels
from whatwhere.evaluation.probes.geometry import room_of
from whatwhere.evaluation.probes.probe import Edit, NotApplicable, is_as_expected
from whatwhere.evaluation.probes.rates import ProbedCase, probe_rates, probed_cases
from whatwhere.evaluation.probes.recolour import pixels_of
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.visibility import membership

NEAR = "the office chair nearest the door"
SIDE = "the office chair left of the door"


def plan(name, case):
    (probe,) = parse_probes([name])
    return probe.plan(case)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("swap-relation", "the office chair farthest from the door", "move"),
        ("drop-anchor", "the office chair", "either"),
        ("synonym", "the office chair closest to the door", "stay"),
        ("negate", "the office chair that is not nearest the door", "move"),
    ],
)
def test_words_are_changed_and_nothing_else(make_case, name, asked, expected):
    edit = plan(name, make_case(NEAR))
    assert (edit.text, edit.expected) == (asked, expected)
    assert edit.boxes is None
    assert edit.scene is None


def test_where_nothing_else_is_of_the_class_nothing_can_move(make_case):
    alone = make_case(NEAR, labels=("lamp", "office chair"))
    assert "Only one lamp" in plan("swap-relation", alone).reason
    assert "Only one lamp" in plan("negate", alone).reason
    assert isinstance(plan("exchange-places", alone), NotApplicable)
    assert isinstance(plan("synonym", alone), Edit)


def test_every_probe_plans_or_says_why_not_in_a_sentence(make_case):
    for text in (NEAR, SIDE, "the red office chair", "the office chair", "on the desk is a lamp"):
        for probe in PROBES:
            found = probe.plan(make_case(text))
            if isinstance(found, NotApplicable):
                assert found.reason.endswith(".")
            else:
                said = {
                    probe.verdict(make_case(text), found, item)
                    for item in ("stayed", "moved", "followed")
                }
                assert all(line.endswith(".") and "{" not in line for line in said)


def test_the_mirror_image_is_reflected_and_its_pixels_keep_their_candidates(make_case, scene):
    case = make_case(SIDE)
    edit = plan("mirror", case)
    assert edit.expected == "move"
    assert plan("mirror", make_case(NEAR)).expected == "stay"
    both = plan("mirror-words", case)
    assert (both.text, both.expected) == ("the office chair right of the door", "stay")
    low, high = room_of(case)
    for before, after in zip(case.proposals, edit.boxes, strict=True):
        assert after.size == before.box.size
        assert after.center[0] == pytest.approx(low[0] + high[0] - before.box.center[0])
        assert after.center[1:] == before.box.center[1:]
    for header, changed in zip(scene.frames, edit.scene.frames, strict=True):
        one, other = scene.read_frame(header), edit.scene.read_frame(changed)
        np.testing.assert_array_equal(one.color, other.color)
        inside = [
            membership(f.depth_m, f.depth_valid, f.depth_camera, f.world_from_camera, boxes)
            for f, boxes in (
                (one, [item.box for item in case.proposals]),
                (other, list(edit.boxes)),
            )
        ]
        assert inside[0].any()
        assert (inside[0] != inside[1]).mean() < 0.01


def test_mirroring_twice_gives_the_scene_back(scene):
    twice = mirrored(mirrored(scene, 0.7, name="once"), 0.7, name="twice")
    for one, other in zip(scene.objects, twice.objects, strict=True):
        assert one.object_id == other.object_id
        if one.box is not None:
            np.testing.assert_allclose(one.box.as_row(), other.box.as_row(), atol=1e-12)
    np.testing.assert_allclose(scene.mesh.vertices, twice.mesh.vertices, atol=1e-5)
    box = Box((1.0, 2.0, 3.0), (0.5, 0.6, 0.7))
    assert mirrored_box(mirrored_box(box, 0.25), 0.25) == box


def test_an_edited_scene_is_in_no_file(scene):
    edited = mirrored(scene, 0.0, name="mirrored")
    assert edited.edit == "mirrored"
    assert scene.edit == ""
    with pytest.raises(SceneError, match="changed in memory"):
        edited.source.frame_paths(edited.frames[0])


def test_exchanged_places_stand_on_the_same_floor(make_case):
    case = make_case(NEAR)
    edit = plan("exchange-places", case)
    one, other = (item.box for item in case.proposals)
    assert edit.boxes[0].center[:2] == other.center[:2]
    assert edit.boxes[1].center[:2] == one.center[:2]
    assert edit.boxes[0].lower[2] == pytest.approx(other.lower[2])
    assert edit.boxes[0].size == one.size
    # By place: who now stands where the answer stood is the other one.
    assert edit.outcome(0, 1) == "stayed"
    assert edit.outcome(0, 0) == "followed"


def test_grey_and_hue_change_colours_only_where_no_looks_are_named(make_case, scene):
    frame = scene.frames[0]
    before = scene.read_frame(frame)
    grey = plan("grey", make_case(NEAR)).scene.read_frame(frame)
    assert (grey.color == grey.color[..., :1]).all()
    np.testing.assert_array_equal(grey.depth_m, before.depth_m)
    hue = plan("hue", make_case(NEAR)).scene.read_frame(frame).color
    assert np.abs(hue.astype(int) - before.color).max() > 50
    assert "names looks" in plan("grey", make_case("the red office chair")).reason


def test_exchanged_colours_change_hands(make_case, scene):
    case = make_case(NEAR)
    edit = plan("exchange-colours", case)
    assert edit.expected == "stay"
    assert plan("exchange-colours", make_case("the red office chair")).expected == "follow"
    assert edit.outcome(0, 1) == "followed"

    def reds(shown):
        frame = shown.read_frame(shown.frames[0])
        masks = [pixels_of(scene.read_frame(scene.frames[0]), p.box) for p in case.proposals]
        return [float(frame.color[mask].mean(axis=0)[0]) for mask in masks]

    before, after = reds(scene), reds(edit.scene)
    assert abs(before[0] - before[1]) > 20
    # The chairs' boxes overlap, so each holds some pixels of the other.
    for own, other in ((0, 1), (1, 0)):
        assert abs(after[own] - before[other]) < abs(after[own] - before[own]) / 2


def test_depth_probes_change_depth_only(make_case, scene):
    header = scene.frames[0]
    before = scene.read_frame(header)
    noisy = plan("depth-noise", make_case(NEAR)).scene.read_frame(header)
    error = np.abs(noisy.depth_m - before.depth_m)[before.depth_valid] / 3.0
    assert 0.005 < error.mean() < 0.015
    np.testing.assert_array_equal(noisy.color, before.color)
    again = plan("depth-noise", make_case(NEAR)).scene.read_frame(header)
    np.testing.assert_array_equal(noisy.depth_m, again.depth_m)
    assert plan("depth-shuffle", make_case(NEAR)).expected == "either"


def test_dropped_frames_are_those_that_show_the_answer(make_case, scene):
    case = make_case(NEAR)
    seen = seen_pixels(case, case.chosen)
    best = case.frames[int(seen.argmax())]
    edit = plan("drop-frame", case)
    assert edit.without_frames == {best}
    assert best not in {header.name for header in edit.scene.frames}
    assert "none would be left" in plan("drop-object-frames", case).reason


def test_flips_go_from_small_to_large(make_case):
    found = list(flips(make_case(NEAR)))
    kinds = [item.kind for item in found]
    assert kinds == sorted(kinds, key=["word", "move", "frame", "probe"].index)
    assert {item.edit.text for item in found if item.kind == "word"} == {
        "the office chair the door",
        "the office chair nearest the",
    }


@pytest.mark.parametrize(
    ("expected", "outcome", "is_so"),
    [
        ("stay", "stayed", True),
        ("stay", "followed", False),
        ("move", "stayed", False),
        ("move", "followed", True),
        ("follow", "followed", True),
        ("follow", "moved", False),
        ("either", "moved", None),
    ],
)
def test_what_counts_as_expected(expected, outcome, is_so):
    assert is_as_expected(expected, outcome) is is_so


def test_rates_count_only_where_it_is_known_what_should_happen():
    cases = [
        ProbedCase("mirror", 0, "move", "stayed"),
        ProbedCase("mirror", 0, "move", "moved"),
        ProbedCase("mirror", 1, "stay", "stayed"),
        ProbedCase("mirror", 1, "stay", "moved", counts=False),
        ProbedCase("drop-anchor", 0, "either", "moved"),
    ]
    found = probe_rates(cases)
    assert found["mirror"].n == 3
    assert found["mirror"].moved_when_it_should.value == 0.5
    assert found["mirror"].stayed_when_it_should.value == 1.0
    assert found["drop-anchor"].as_json() == {
        "n": 0,
        "moved_when_it_should": None,
        "stayed_when_it_should": None,
    }
    rows = [{"probe": "grey", "answers": {}}]
    assert probed_cases(rows, 0, "fused") == []


def test_unknown_probes_are_named():
    assert parse_probes(None) == PROBES
    assert [item.name for item in parse_probes("mirror, grey,mirror")] == ["mirror", "grey"]
    with pytest.raises(NotSupportedError, match='"wobble" is not a probe'):
        parse_probes("wobble")
