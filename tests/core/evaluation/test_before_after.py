"""What training cured and broke, on cases worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from whatwhere.errors import ConfigError
from whatwhere.evaluation.before_after import before_after
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.made import made_cases


def with_hits(hits: list[bool], excluded: list[int] | None = None) -> CaseColumns:
    columns = made_cases(len(hits)).columns
    fused = replace(columns.modalities["fused"], iou=np.where(hits, 1.0, 0.0).astype(np.float32))
    reasons = [-1] * len(hits) if excluded is None else excluded
    return replace(columns, modalities={"fused": fused}, excluded=np.array(reasons, np.int32))


def test_cured_and_broken_are_shares_of_what_was_wrong_and_right() -> None:
    before = with_hits([True, True, True, True, False, False, False, False])
    after = with_hits([True, True, True, False, True, True, True, False])
    paired = before_after(before, after)
    all_of_it = paired.outcome()
    assert all_of_it.cured.value == pytest.approx(3 / 4)
    assert all_of_it.broken.value == pytest.approx(1 / 4)
    assert (all_of_it.before.value, all_of_it.after.value) == (0.5, 0.75)
    groups = paired.by_group({"tagged": [6, 7], "right": [0, 3], "none": []})
    assert groups["tagged"].cured.value == pytest.approx(1 / 2)
    assert groups["tagged"].broken.n == 0
    assert groups["right"].broken.value == pytest.approx(1 / 2)
    assert groups["none"].cured.n == 0


def test_cases_that_one_of_the_two_leaves_out_are_not_compared() -> None:
    before = with_hits([True, False, False], excluded=[-1, 0, -1])
    after = with_hits([False, True, True], excluded=[-1, -1, -1])
    paired = before_after(before, after)
    assert paired.rows.tolist() == [0, 2]
    assert paired.outcome().cured.n == 1
    assert set(paired.in_scenes_of([0])) == {0, 2}


def test_what_cannot_be_compared_is_refused() -> None:
    columns = with_hits([True, False])
    with pytest.raises(ConfigError, match="share no case"):
        before_after(columns, replace(columns, excluded=np.zeros(2, np.int32)))
    with pytest.raises(ConfigError, match="no answers of 2d"):
        before_after(columns, columns, modality="2d")
