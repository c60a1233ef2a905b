from dataclasses import replace

import numpy as np
import pytest

from whatwhere.evaluation.grounding import ChoiceTable, accuracy_rows


@pytest.fixture
def table() -> ChoiceTable:
    return ChoiceTable(
        scenes=np.array([0, 0, 1, 1]),
        skills=np.array(["near", "far", "near", "colour"]),
        num_candidates=np.array([4, 4, 8, 8]),
        num_lookalikes=np.array([2, 2, 4, 1]),
        hits={"fused": np.array([1.0, 0.0, 1.0, 1.0])},
        class_hits={"fused": np.ones(4)},
    )


def test_rows_come_overall_then_parts_then_skills(table):
    rows = accuracy_rows(table, {"where": ["near", "far"]})
    assert [row.part for row in rows] == ["overall", "where", "colour", "far", "near"]
    where = rows[1]
    assert where.n == 3
    assert where.accuracy["fused"].value == pytest.approx(2 / 3)
    assert where.in_class_chance == pytest.approx((1 / 2 + 1 / 2 + 1 / 4) / 3)
    assert where.chance == pytest.approx((1 / 4 + 1 / 4 + 1 / 8) / 3)


def test_overall_is_the_weighted_mean_of_the_skills(table):
    rows = {row.part: row for row in accuracy_rows(table)}
    total = sum(rows[s].accuracy["fused"].value * rows[s].n for s in ("near", "far", "colour"))
    assert rows["overall"].accuracy["fused"].value == pytest.approx(total / rows["overall"].n)


def test_a_part_without_a_case_is_no_row(table):
    unnamed = replace(table, skills=np.array(["", "", "", ""]))
    rows = accuracy_rows(unnamed, {"where": ["near", "far"]})
    assert [(row.part, row.n) for row in rows] == [("overall", 4)]
