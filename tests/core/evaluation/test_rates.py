import numpy as np
import pytest

from whatwhere.evaluation.rates import MIN_SCENES, rate


def test_the_rate_is_the_share_of_cases_not_of_scenes():
    hits = np.array([True, True, True, False])
    assert rate(hits, np.array([0, 0, 0, 1])).value == 0.75


def test_too_few_scenes_give_no_interval():
    scenes = np.arange(MIN_SCENES - 1)
    result = rate(scenes % 2 == 0, scenes)
    assert result.low is None
    assert "[" not in str(result)


def test_no_case_is_no_rate():
    assert np.isnan(rate(np.array([], bool), np.array([], int)).value)


def test_scenes_that_agree_within_widen_the_interval():
    random = np.random.default_rng(0)
    scenes = np.repeat(np.arange(60), 10)
    independent = random.random(600) < 0.5
    whole_scenes = np.repeat(random.random(60) < 0.5, 10)
    narrow, wide = rate(independent, scenes), rate(whole_scenes, scenes)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        truth = random.beta(8, 4, size=40)
        scenes = np.repeat(np.arange(40), random.integers(5, 20, 40))
        result = rate(random.random(len(scenes)) < truth[scenes], scenes)
        covered += result.low <= 8 / 12 <= result.high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)
