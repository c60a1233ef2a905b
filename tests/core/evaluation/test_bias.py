import numpy as np
import pytest

from whatwhere.evaluation.bias import (
    TwinAnswers,
    excess_agreement,
    follow_rates,
    paired_difference,
    place_in_class,
)


def answers(original, twin, placebo, pair=(1, 2), num_scenes=30):
    """The same rows in each of several scenes."""
    n = len(original)
    return TwinAnswers(
        scenes=np.repeat(np.arange(num_scenes), n),
        original=np.tile(original, num_scenes),
        twin=np.tile(twin, num_scenes),
        placebo=np.tile(placebo, num_scenes),
        pair=np.tile(pair, (n * num_scenes, 1)),
    )


def test_a_model_that_follows_colour_goes_to_the_other_place():
    found = follow_rates(answers([1, 2], [2, 1], [1, 2]))
    assert (found.follow_appearance.value, found.follow_position.value) == (1.0, 0.0)
    assert found.accused is True


def test_a_model_that_uses_geometry_stays():
    found = follow_rates(answers([1, 2], [1, 2], [1, 2]))
    assert (found.follow_appearance.value, found.follow_position.value) == (0.0, 1.0)
    assert found.accused is False


def test_a_weak_honest_model_flips_as_often_under_the_placebo():
    rng = np.random.default_rng(0)
    n = 4000
    table = TwinAnswers(
        scenes=rng.integers(0, 100, n),
        original=rng.integers(1, 3, n),
        twin=rng.integers(1, 3, n),
        placebo=rng.integers(1, 3, n),
        pair=np.tile((1, 2), (n, 1)),
    )
    found = follow_rates(table)
    assert abs(found.follow_appearance.value) < 0.03
    assert found.accused is False


def test_only_answers_inside_the_pair_are_counted():
    found = follow_rates(answers([1, 5], [2, 2], [1, 1], num_scenes=3))
    assert (found.counted, found.excluded) == (3, 3)
    assert found.follow_appearance.value == 1.0
    assert found.accused is None


def test_agreement_of_independent_errors_is_no_excess():
    rng = np.random.default_rng(1)
    n = 6000
    found = excess_agreement(
        rng.integers(0, 120, n), rng.integers(0, 3, n), rng.integers(0, 3, n), np.full(n, 3)
    )
    assert found.raw.value == pytest.approx(2 / 9, abs=0.02)
    assert found.excess.value == pytest.approx(0, abs=0.02)


def test_copying_2d_is_excess():
    rng = np.random.default_rng(2)
    n = 3000
    two_d = rng.integers(0, 4, n)
    found = excess_agreement(rng.integers(0, 60, n), two_d, two_d, np.full(n, 4))
    assert found.raw.value == pytest.approx(3 / 4, abs=0.03)
    # Whatever fused says wrongly, a quarter of the other cases' 2D answers say too.
    assert found.excess.value == pytest.approx(3 / 4 * 3 / 4, abs=0.03)


def test_pairs_of_lookalikes_say_nothing_about_agreement():
    n = 10
    found = excess_agreement(np.arange(n), np.ones(n, int), np.ones(n, int), np.full(n, 2))
    assert found.raw.n == 0


def test_places_in_class_go_round_from_the_target():
    of_class = np.array([[False, True, True, False, True]] * 4)
    chosen, target = np.array([2, 4, 1, 3]), np.array([2, 2, 2, 2])
    assert place_in_class(chosen, target, of_class).tolist() == [0, 1, 2, -1]


def test_a_paired_difference_has_a_narrower_interval_than_its_parts():
    rng = np.random.default_rng(3)
    scenes = np.repeat(np.arange(40), 20)
    before = (rng.random(800) < np.repeat(rng.random(40), 20)).astype(float)
    after = np.maximum(before, rng.random(800) < 0.1)
    found = paired_difference(after, before, scenes)
    assert found.low is not None
    assert found.high is not None
    assert found.low > 0
    assert found.high < 0.2
