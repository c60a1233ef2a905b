"""Answers judged by hand: what is right, of the class, how likely, how far a look-alike is."""

import numpy as np
import pytest

from whatwhere.evaluation.cases.scene_cases import NO_BOX, NO_TARGET, NOT_AMONG, SceneCases
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import SceneObject

NOTHING = np.zeros(0, np.int32)


def box(x):
    return Box((float(x), 0.0, 0.0), (1.0, 1.0, 1.0))


class Room:
    """Chairs 3, 4 and 9 at 0, 2 and 7 m, a lamp at 4 m, and a wall without a box."""

    objects = (
        SceneObject(3, "chair", NOTHING, box(0)),
        SceneObject(4, "chair", NOTHING, box(2)),
        SceneObject(9, "chair", NOTHING, box(7)),
        SceneObject(1, "lamp", NOTHING, box(4)),
        SceneObject(0, "wall", NOTHING, None),
    )


SENTENCES = tuple(
    Expression("room", "it", target_id=target, target_label=label)
    for target, label in ((3, None), (9, "office chair"), (1, None), (0, "wall"), (77, None))
) + (Expression("room", "it"),)


@pytest.fixture(scope="module")
def truth():
    return SceneTruth.of(Room, SENTENCES)


def test_what_the_annotation_says(truth):
    assert truth.targets.tolist() == [0, 2, 3, -1, -1, -1]
    # The data set's own word for the target, where it has one; classes are the annotation's.
    assert truth.labels == ("chair", "office chair", "lamp", "wall", "", "")
    assert truth.num_of_class.tolist() == [3, 3, 1, 0, 0, 0]
    assert truth.lookalike_m()[:2].tolist() == [2.0, 5.0]
    assert np.isnan(truth.lookalike_m()[2:]).all()
    assert reasons(truth, None) == [None, None, None, NO_BOX, NO_BOX, NO_TARGET]


def test_annotated_candidates(truth):
    among = [
        Proposal(number, item.box, "annotation", item.object_id, item.label)
        for number, item in enumerate(Room.objects[:3])
    ]
    places = Places.of_proposals(among, truth)
    assert places.object_ids.tolist() == [3, 4, 9]
    assert places.targets.tolist() == [0, 2, -1, -1, -1, -1]
    assert places.of_class.sum(axis=1).tolist() == [3, 3, 0, 0, 0, 0]
    assert reasons(truth, places)[2] == NOT_AMONG


def test_detected_candidates_stand_for_what_they_overlap_most(truth):
    rows = [box(0.2), box(0.1), box(2.9), box(4), box(20)]
    places = Places.of_proposals([Proposal(n, b, "mask3d") for n, b in enumerate(rows)], truth)
    # 2.9 m overlaps the chair at 2 m by 1 / 19 only; of two on chair 3 the better is its place.
    assert places.object_ids.tolist() == [3, 3, -1, 1, -1]
    assert places.targets.tolist() == [1, -1, 3, -1, -1, -1]
    assert places.of_class[0].tolist() == [True, True, False, False, False]
    assert places.iou[0, 1] == pytest.approx(0.9 / 1.1)
    assert reasons(truth, places)[:3] == [None, NOT_AMONG, None]


def test_probabilities_of_the_target_and_inside_its_class(truth):
    among = [
        Proposal(number, item.box, "annotation", item.object_id, item.label)
        for number, item in enumerate(Room.objects[:4])
    ]
    places = Places.of_proposals(among, truth)
    probabilities = np.array(
        [
            [0.5, 0.2, 0.1, 0.2],
            [0.5, 0.2, 0.1, 0.2],
            [0.1, 0.2, 0.3, 0.4],
            *([[0.25] * 4] * 3),
        ]
    )
    answered = np.array([1, 1, 1, 1, 0, 1], bool)
    found = scored_answers(
        np.log(probabilities).astype(np.float32), places, answered, lambda _, row: row.argmax()
    )
    assert found.chosen.tolist() == [0, 0, 3, 0, -1, 0]
    assert found.iou[:3].tolist() == [1, 0, 1]
    assert np.isnan(found.iou[3:]).all()
    assert found.class_hits.tolist() == [True, True, True, False, False, False]
    assert np.exp(found.log_p[:3]) == pytest.approx([0.5, 0.1, 0.4])
    assert np.exp(found.log_p_in_class[:3]) == pytest.approx([5 / 8, 1 / 8, 1])
    assert np.isnan(found.log_p[3:]).all()
    assert found.confidence[:4] == pytest.approx([0.5, 0.5, 0.4, 0.25])
    assert np.isnan(found.confidence[4])


def test_a_target_with_a_box_that_is_no_candidate_can_only_be_missed(truth):
    among = [Proposal(0, Room.objects[1].box, "annotation", 4, "chair")]
    places = Places.of_proposals(among, truth)
    found = scored_answers(np.zeros((6, 1), np.float32), places, np.ones(6, bool), lambda _, row: 0)
    assert found.iou[0] == 0
    assert found.class_hits[0]
    assert np.isnan(found.log_p).all()


def test_a_scene_without_annotation():
    class Bare:
        objects = ()

    truth = SceneTruth.of(Bare, SENTENCES)
    places = Places.of_proposals([Proposal(0, box(0), "user")], truth)
    assert truth.num_of_class.tolist() == [0] * 6
    assert np.isnan(truth.lookalike_m()).all()
    found = scored_answers(np.zeros((6, 1), np.float32), places, np.ones(6, bool), lambda _, row: 0)
    assert found.chosen.tolist() == [0] * 6
    assert np.isnan(found.iou).all()
    assert not found.class_hits.any()


@pytest.mark.parametrize(
    "change",
    [
        {"rows": [0]},
        {"labels": ["chair"]},
        {"boxes": [[0, 0, 0]]},
        {"object_ids": []},
        {"excluded": None},
        {"answers": {"fused": {"chosen": [7, 0]}}},
        {"twins": {"appearance": {"items": [5], "pair": [0, 0], "twin": {}, "placebo": {}}}},
        {"visibility": [0.5, "much"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_line_of_another_form_is_refused(change):
    line = {
        "scene": "room",
        "rows": [0, 1],
        "box_source": "annotation",
        "boxes": [[0, 0, 0, 1, 1, 1]],
        "object_ids": [3],
        "labels": ["chair", "chair"],
        "num_candidates": [1, 1],
        "num_lookalikes": [1, 1],
        "lookalike_m": [None, 2],
        "visibility": [0.5, None],
        "excluded": [None, "x"],
        "answers": {},
        "twins": {},
        "ground_ms": 1.5,
        "encode_s": 0.1,
        "notes": [],
    }
    assert SceneCases.from_json(line).as_json() == line
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        SceneCases.from_json(line | change)
