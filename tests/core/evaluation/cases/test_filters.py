from dataclasses import replace

import numpy as np
import pytest

from whatwhere.evaluation.cases.filters import (
    Answered,
    Copies,
    Excluded,
    InQuadrant,
    InSet,
    Moved,
    NamesLooks,
    OfLabel,
    OfRelation,
    OfScene,
    OfSkill,
    Spatial,
    Unique,
    ViewDependent,
    Within,
    WithText,
    apply_filters,
)
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.quadrants import QUADRANTS, quadrant_codes


@pytest.fixture(scope="module")
def columns():
    """Six cases, written out."""
    made = made_cases(6).columns
    fused, flat = made.modalities["fused"], made.modalities["2d"]
    nan = np.nan
    return replace(
        made,
        rows=np.array([10, 11, 12, 13, 14, 15], np.int32),
        labels=("chair", "lamp"),
        label_codes=np.array([0, 0, 1, 1, -1, 0], np.int32),
        skills=("near", "colour"),
        skill_codes=np.array([0, 1, 0, -1, -1, 0], np.int32),
        scene_ids=("a", "b"),
        scenes=np.array([0, 0, 0, 1, 1, 1], np.int32),
        relations=("left", "near"),
        has_relation=np.array([[0, 1], [0, 0], [1, 1], [1, 0], [0, 0], [0, 1]], bool),
        is_spatial=np.array([1, 0, 1, 1, 0, 1], bool),
        is_view_dependent=np.array([0, 0, 1, 1, 0, 0], bool),
        names_looks=np.array([0, 1, 0, 0, 0, 0], bool),
        num_lookalikes=np.array([2, 1, 3, 4, 0, 1], np.int32),
        lookalike_m=np.array([0.5, nan, 2.0, 1.0, nan, nan], np.float32),
        visibility=np.array([0.1, 0.2, 0.3, nan, 0.5, 0.6], np.float32),
        reasons=("no answer in 2d", "target without a box"),
        excluded=np.array([-1, -1, -1, 0, 1, -1], np.int32),
        modalities={
            "fused": replace(
                fused,
                chosen=np.array([0, 1, 2, 3, 0, 1], np.int32),
                iou=np.array([1, 0.3, 0, 0, nan, 0.25], np.float32),
            ),
            "2d": replace(
                flat,
                chosen=np.array([0, 2, 2, -1, 0, 0], np.int32),
                iou=np.array([1, 0, 0, 0, nan, 0], np.float32),
            ),
        },
        twins={
            "appearance": replace(
                made_cases(60).columns.twins["appearance"],
                cases=np.array([0, 2, 5], np.int32),
                pair=np.array([[0, 1], [0, 1], [0, 1]], np.int32),
                # Case 2 answers outside the pair, so that nothing can follow.
                twin={"fused": np.array([1, 0, 1], np.int32)},
                placebo={"fused": np.array([0, 2, 1], np.int32)},
            )
        },
    )


@pytest.mark.parametrize(
    ("item", "caption", "kept"),
    [
        (OfRelation("near"), "near", [0, 2, 5]),
        (OfRelation("inside"), "inside", []),
        (OfLabel("lamp"), "lamp", [2, 3]),
        (OfLabel("piano"), "piano", []),
        (OfSkill("near"), "skill near", [0, 2, 5]),
        (OfScene("b"), "b", [3, 4, 5]),
        (InQuadrant("both_right"), "fused and 2D right @0.25", [0]),
        (InQuadrant("only_fused"), "only fused right @0.25", [1, 5]),
        (InQuadrant("only_fused", 0.5), "only fused right @0.5", []),
        (InQuadrant("only_2d"), "only 2D right @0.25", []),
        (InQuadrant("both_wrong"), "fused and 2D wrong @0.25", [2, 3]),
        (Answered("2d", right=True), "2D right @0.25", [0]),
        (Answered("fused", right=False, threshold=0.5), "fused wrong @0.5", [1, 2, 3, 5]),
        (Answered("3d", right=False), "3D wrong @0.25", []),
        (Copies(), "fused = 2D", [0, 2, 4]),
        (Copies(wrongly=True), "fused = 2D, wrong @0.25", [2]),
        (Unique(True), "unique", [1, 5]),
        (Unique(False), "multiple", [0, 2, 3]),
        (Spatial(True), "spatial", [0, 2, 3, 5]),
        (Spatial(False), "not spatial", [1, 4]),
        (ViewDependent(True), "view-dependent", [2, 3]),
        (NamesLooks(True), "looks named", [1]),
        (Within("lookalike_m", 0.5, 2), "0.5 to 2 m to a look-alike", [0, 3]),
        (Within("num_lookalikes", low=2), "2 or more look-alikes", [0, 2, 3]),
        (Within("num_lookalikes", high=2), "< 2 look-alikes", [1, 5]),
        (Within("visibility", high=0.25), "< 0.25 of the target seen", [0, 1]),
        (Moved(), "fused follows appearance", [0]),
        (Moved(modality="2d"), "2D follows appearance", []),
        (Moved("position"), "fused follows position", []),
        (Excluded(), "left out", [3, 4]),
        (Excluded("target without a box"), "left out: target without a box", [4]),
        (InSet("lasso", np.array([12, 15, 99])), "lasso (3)", [2, 5]),
        (InSet("nothing", np.zeros(0, int)), "nothing (0)", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_filter_keeps_and_says_it(columns, item, caption, kept):
    assert item.caption == caption
    assert np.flatnonzero(apply_filters(columns, [item])).tolist() == kept


def test_filters_are_joined_by_and(columns):
    assert apply_filters(columns, []).all()
    found = apply_filters(columns, [OfRelation("near"), Spatial(True), Unique(False)])
    assert np.flatnonzero(found).tolist() == [0, 2]


def test_words_are_asked_of_whoever_knows_them(columns):
    asked = []

    def find(text):
        asked.append(text)
        return np.array([0, 4])

    found = apply_filters(columns, [WithText("chair ne"), Spatial(True)], find=find)
    assert np.flatnonzero(found).tolist() == [0]
    assert asked == ["chair ne"]
    assert WithText("chair ne").caption == "“chair ne”"
    with pytest.raises(ValueError, match="find="):
        apply_filters(columns, [WithText("chair")])


def test_quadrants_share_out_the_cases_that_can_be_right(columns):
    codes = quadrant_codes(columns, 0.25)
    assert [QUADRANTS[code] if code >= 0 else "" for code in codes] == [
        *("both_right", "only_fused", "both_wrong", "both_wrong", "", "only_fused")
    ]
    without = replace(columns, modalities={"fused": columns.modalities["fused"]})
    assert (quadrant_codes(without, 0.25) == -1).all()


def test_filters_are_equal_where_they_keep_the_same(columns):
    assert InQuadrant("only_2d") == InQuadrant("only_2d", 0.25) != InQuadrant("only_2d", 0.5)
    assert len({OfLabel("lamp"), OfLabel("lamp"), OfRelation("lamp")}) == 2
