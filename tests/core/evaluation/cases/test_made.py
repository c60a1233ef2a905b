import numpy as np
import pytest

from whatwhere.evaluation.bias import TwinAnswers, follow_rates
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.named_arrays import Header, arrays_of, columns_from


def test_the_same_arguments_make_the_same_cases():
    one, two = made_cases(300, seed=1), made_cases(300, seed=1)
    other = made_cases(300, seed=2)
    assert one.texts == two.texts != other.texts
    for name, array in arrays_of(one.columns).items():
        np.testing.assert_array_equal(array, arrays_of(two.columns)[name])
    checked = columns_from(Header.of(one.columns), arrays_of(one.columns))
    assert checked.skills == one.columns.skills


@pytest.mark.parametrize("follows", [0.0, 0.5])
def test_the_planted_share_is_found_by_the_follow_rate(follows):
    columns = made_cases(6000, follows=follows).columns
    twin = columns.twins["appearance"]
    fused = columns.modalities["fused"].chosen[twin.cases]
    rates = follow_rates(
        TwinAnswers(
            columns.scenes[twin.cases], fused, twin.twin["fused"], twin.placebo["fused"], twin.pair
        )
    )
    assert rates.follow_appearance.value == pytest.approx(follows - 0.02, abs=0.03)
    assert rates.accused is (follows > 0)


def test_what_belongs_together_does():
    columns = made_cases(3000).columns
    for answers in columns.modalities.values():
        assert (answers.log_p[~np.isnan(answers.log_p)] <= answers.log_p_in_class + 1e-6).all()
        right = (answers.iou == 1) & columns.counts
        assert answers.class_hits[right].all()
        assert (answers.chosen < columns.num_candidates).all()
        assert ((answers.confidence > 0) & (answers.confidence <= 1)).all()
    assert np.isnan(columns.modalities["fused"].iou[~columns.counts]).all()
