import numpy as np
import pytest

from whatwhere.evaluation.intervals import difference, minus, share


def scenes_of(num_scenes, per_scene, rate, seed=0):
    counts = np.full(num_scenes, float(per_scene))
    sums = np.random.default_rng(seed).binomial(per_scene, rate, num_scenes).astype(float)
    return sums, counts


def test_one_case_in_each_of_many_scenes_has_wilsons_interval():
    sums = np.repeat([1.0, 0.0], [30, 70])
    found = share(sums, np.ones(100))
    # Wilson for 30 of 100 is 21.9 to 39.6 %; Student's t is a little wider.
    assert (found.low, found.high) == pytest.approx((0.218, 0.397), abs=0.002)


def test_nothing_and_everything_have_an_interval_that_is_not_empty():
    counts = np.full(40, 10.0)
    none, every = share(np.zeros(40), counts), share(counts, counts)
    assert none.value == none.low == 0
    assert 0.005 < none.high < 0.05
    assert (every.low, every.high) == pytest.approx((1 - none.high, 1.0))


def test_misses_mirror_hits():
    sums, counts = scenes_of(30, 12, 0.2)
    hits, misses = share(sums, counts), share(counts - sums, counts)
    assert (1 - misses.high, 1 - misses.low) == pytest.approx((hits.low, hits.high))


def test_scenes_that_answer_as_one_are_worth_a_case_each():
    sums = np.repeat([10.0, 0.0], [30, 70])
    whole = share(sums, np.full(100, 10.0))
    single = share(sums / 10, np.ones(100))
    assert (whole.low, whole.high) == pytest.approx((single.low, single.high))


def test_a_scene_without_cases_changes_nothing():
    sums, counts = scenes_of(30, 12, 0.4)
    found = share(sums, counts)
    padded = share(np.append(sums, 0.0), np.append(counts, 0.0))
    assert (padded.low, padded.high) == pytest.approx((found.low, found.high))


def test_many_worlds_at_once_are_the_worlds_one_by_one():
    worlds = [scenes_of(25, 8, 0.3, seed) for seed in range(4)]
    sums, counts = (np.stack(column) for column in zip(*worlds, strict=True))
    at_once = share(sums, counts)
    for world, (one, of) in enumerate(worlds):
        alone = share(one, of)
        assert (at_once.low[world], at_once.high[world]) == (alone.low, alone.high)


def test_what_rises_and_falls_with_the_scenes_is_subtracted_with_them():
    rng = np.random.default_rng(1)
    counts = np.full(50, 20.0)
    easy = rng.random(50)
    before = share(rng.binomial(20, easy).astype(float), counts)
    after = share(rng.binomial(20, np.minimum(easy + 0.05, 1)).astype(float), counts)
    paired = minus(after, before)
    assert paired.value == pytest.approx(after.value - before.value)
    assert paired.high - paired.low < 0.6 * (after.high - after.low)


def test_a_difference_of_nothing_reaches_to_both_sides():
    counts = np.full(30, 10.0)
    found = difference(np.zeros(30), np.zeros(30), counts)
    assert found.low < found.value == 0 < found.high
    assert found.scaled(2).high == 2 * found.high


def test_a_spread_that_few_scenes_make_up_is_trusted_less():
    counts = np.full(40, 10.0)
    even, uneven = np.tile([4.0, 6.0], 20), np.full(40, 5.0)
    uneven[:4] = (0.0, 10.0, 0.0, 10.0)
    even += np.tile([-1.0, 1.0], 20) * (np.sqrt(100 / 40) - 1)  # as far apart, all in all
    assert ((even - 5) ** 2).sum() == pytest.approx(((uneven - 5) ** 2).sum())
    many, few = share(even, counts), share(uneven, counts)
    assert few.value == many.value == pytest.approx(0.5)
    assert few.high - few.low > 1.1 * (many.high - many.low)
