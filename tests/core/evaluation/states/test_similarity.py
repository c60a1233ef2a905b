import numpy as np
import pytest

from whatwhere.evaluation.states.similarity import linear_cka, unbiased_hsic


def states(seed, count=200, width=16):
    return np.random.default_rng(seed).normal(size=(count, width))


def turned(x, seed=9):
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(x.shape[1],) * 2))
    return 3.0 * x @ turn + 5.0


def hsic_by_definition(x, y):
    """Song et al. (2012), equation 5, with whole matrices."""
    n = len(x)
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    one = np.ones(n)
    whole = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
    return (np.trace(k @ m) + whole - 2 / (n - 2) * one @ k @ m @ one) / (n * (n - 3))


def test_the_estimator_is_that_of_the_paper():
    x, y = states(0, 30, 5), states(1, 30, 7) + states(0, 30, 7)
    assert unbiased_hsic(x, y) == pytest.approx(hsic_by_definition(x, y), rel=1e-9)


def test_turning_scaling_and_moving_change_nothing():
    x = states(0)
    assert linear_cka(x, turned(x)) == pytest.approx(1, abs=1e-9)
    y = x[:, :4] + 0.5 * states(1, width=4)
    assert linear_cka(turned(x), turned(y)) == pytest.approx(linear_cka(x, y), abs=1e-9)
    assert linear_cka(x, y) == pytest.approx(linear_cka(y, x), abs=1e-12)


def test_states_that_have_nothing_to_do_with_each_other_have_none_on_average():
    # Wider than many: the plain estimator says about .9 here.
    found = [linear_cka(states(2 * s, 30, 200), states(2 * s + 1, 30, 200)) for s in range(40)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found)) + 1e-3
    plain = [plain_cka(states(2 * s, 30, 200), states(2 * s + 1, 30, 200)) for s in range(3)]
    assert min(plain) > 0.8


def plain_cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    norm = np.linalg.norm
    return norm(x.T @ y) ** 2 / (norm(x.T @ x) * norm(y.T @ y))


def test_a_share_of_what_is_common_lies_between():
    x = states(0, 2000)
    found = [linear_cka(x, x + noise * states(1, 2000)) for noise in (0.5, 1, 2)]
    assert 1 > found[0] > found[1] > found[2] > 0


def test_what_cannot_be_said_is_not_a_number():
    assert np.isnan(linear_cka(states(0, 3), states(1, 3)))
    assert np.isnan(linear_cka(states(0), np.ones((200, 4))))
    with pytest.raises(ValueError, match="same cases"):
        linear_cka(states(0, 5), states(1, 6))


def test_large_numbers_stay_exact():
    x = states(0)
    assert linear_cka(1e4 * x + 1e6, x) == pytest.approx(1, abs=1e-6)
