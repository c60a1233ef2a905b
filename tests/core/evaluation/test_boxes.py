"""Worked examples of the official evaluations, computed by hand, and real files where present."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.evaluation.boxes import accuracy_at_thresholds, answer_ious, recall_at_thresholds
from whatwhere.evaluation.metric import Facts
from whatwhere.geometry.boxes import Box, box_iou, box_rows, iou
from whatwhere.language.reading import read_sentences

FACTS = Facts("official", "annotation", "0" * 12)
CUBE = Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
HALF_OFF = Box((0.5, 0.0, 0.0), (1.0, 1.0, 1.0))
TWICE = Box((0.0, 0.0, 0.0), (2.0, 2.0, 2.0))
TOUCHING = Box((1.0, 0.0, 0.0), (1.0, 1.0, 1.0))
QUARTER = Box((0.0, 0.0, 0.0), (1.0, 1.0, 0.25))


def values(metrics):
    return {metric.name: metric.overall.value for metric in metrics}


@pytest.mark.parametrize(
    ("answer", "expected", "at_quarter", "at_half"),
    [
        (HALF_OFF, 0.5 / 1.5, 1, 0),
        (TWICE, 0.125, 0, 0),
        (TOUCHING, 0, 0, 0),
        (CUBE, 1, 1, 1),
        (None, 0, 0, 0),
    ],
)
def test_the_worked_examples(answer, expected, at_quarter, at_half):
    ious = answer_ious([answer], [CUBE])
    assert ious[0] == pytest.approx(expected, abs=1e-6)
    found = values(accuracy_at_thresholds(ious, np.zeros(1, int), FACTS))
    assert found == {"scanrefer.acc@0.25": at_quarter, "scanrefer.acc@0.5": at_half}


def test_two_boxes_without_volume_share_nothing():
    flat = Box((0.0, 0.0, 0.0), (0.0, 1.0, 1.0))
    assert answer_ious([flat], [flat])[0] == 0


def test_an_overlap_of_exactly_a_quarter_counts_officially_and_not_strictly():
    # The official denominator has 1e-8 in it, so equality is put in by hand.
    ious, scenes = np.array([0.25]), np.zeros(1, int)
    assert accuracy_at_thresholds(ious, scenes, FACTS)[0].overall.value == 1
    strict = accuracy_at_thresholds(ious, scenes, FACTS, strict=True)[0]
    assert (strict.overall.value, strict.facts.variant) == (0, "official, strictly above")


def test_missing_answers_and_targets_count_as_wrong_and_stay_in_n():
    ious = answer_ious([CUBE, None, CUBE], [CUBE, CUBE, None])
    (first, _) = accuracy_at_thresholds(ious, np.zeros(3, int), FACTS)
    assert (first.overall.n, first.overall.value) == (3, pytest.approx(1 / 3))


def official_iou(a, b):
    """As ScanRefer's utils/box_util.py: from the extremes of eight corners."""
    low = np.maximum(a.corners().min(0), b.corners().min(0))
    high = np.minimum(a.corners().max(0), b.corners().max(0))
    shared = np.prod([max(h - k, 0) for h, k in zip(high, low, strict=True)])
    volumes = [np.prod(np.ptp(box.corners(), axis=0)) for box in (a, b)]
    return shared / (sum(volumes) - shared + 1e-8)


places = st.tuples(*[st.floats(-3, 3)] * 3)
boxes = st.builds(Box, places, st.tuples(*[st.floats(0, 4)] * 3))


@given(boxes, boxes)
def test_every_overlap_is_the_official_one(a, b):
    assert box_iou(a, b) == pytest.approx(official_iou(a, b), abs=1e-6)
    assert box_iou(a, b) == pytest.approx(iou(box_rows([a]), box_rows([b]))[0, 0], abs=1e-12)


@pytest.fixture(scope="session")
def half_of_val(realdata):
    """The real rows whose scenes have real boxes: expressions, targets and proposals."""
    reference = realdata / "scannet" / "reference" / "val_half_gt_boxes.json"
    truth = json.loads(reference.read_text())
    found = json.loads((realdata / "scannet" / "proposals" / "mask3d_val_half.json").read_text())
    rows = realdata / "language" / "scanrefer" / "ScanRefer_filtered_val_sampled1000.json"
    kept = [item for item in read_sentences(rows).expressions if item.scene_id in truth]
    targets = [
        next(Box.from_row(row[:6]) for row in truth[item.scene_id] if row[7] == item.target_id)
        for item in kept
    ]
    proposals = [
        [Box.from_bounds(each["aabb_min"], each["aabb_max"]) for each in found[item.scene_id]]
        for item in kept
    ]
    return kept, targets, proposals


def test_the_ceiling_of_real_proposals(half_of_val):
    kept, targets, proposals = half_of_val
    best = np.array(
        [
            iou(box_rows([target]), box_rows(among)).max()
            for target, among in zip(targets, proposals, strict=True)
        ]
    )
    scenes = np.unique([item.scene_id for item in kept], return_inverse=True)[1]
    quarter, half = recall_at_thresholds(best, scenes, FACTS)
    assert (quarter.overall.n, scenes.max() + 1) == (523, 72)
    assert quarter.overall.value == pytest.approx(0.8987, abs=5e-5)
    assert half.overall.value == pytest.approx(0.8164, abs=5e-5)
