import dataclasses

import numpy as np
import pytest

from whatwhere.evaluation.metric import Facts, Metric, measured, split_hash
from whatwhere.evaluation.rates import Rate
from whatwhere.language.expressions import Expression

FACTS = Facts("official", "mask3d", "abc")


def test_the_overall_is_the_weighted_mean_of_every_axis():
    metric = measured(
        "x",
        np.array([1.0, 0, 0, 1]),
        np.array([0, 0, 1, 1]),
        FACTS,
        {
            "lookalikes": np.array(["unique", "multiple", "multiple", "multiple"]),
            "class": np.array(["named", "named", "others", "others"]),
        },
    )
    assert metric.overall.value == 0.5
    assert metric.axes["lookalikes"]["multiple"].value == pytest.approx(1 / 3)
    assert metric.axes["class"]["named"].n == 2
    document = metric.as_json()
    assert document["multiple"]["n"] == 3
    assert (document["variant"], document["box_source"], document["split_hash"]) == (
        "official",
        "mask3d",
        "abc",
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"a": Rate(0.4, 10), "b": Rate(0.6, 30)}, "0.500000 overall is not the weighted mean"),
        ({"a": Rate(0.5, 10), "b": Rate(0.5, 20)}, "are 30 rows, overall 40"),
    ],
)
def test_another_overall_is_refused(parts, said):
    with pytest.raises(ValueError, match=said):
        Metric("x", FACTS, Rate(0.5, 40), {"lookalikes": parts})


def test_no_rows_give_no_number():
    metric = measured("x", np.zeros(0), np.zeros(0, int), FACTS)
    assert metric.as_json()["overall"] == {"value": None, "low": None, "high": None, "n": 0}


def test_a_split_is_named_by_its_sentences_in_any_order():
    one, two = (Expression("s", text, 1, ann_id=text) for text in ("the chair", "the bed"))
    assert split_hash([one, two]) == split_hash([two, one])
    others = [[one], [one, one], [one, dataclasses.replace(two, target_id=2)]]
    assert len({split_hash([one, two]), *map(split_hash, others)}) == 4
