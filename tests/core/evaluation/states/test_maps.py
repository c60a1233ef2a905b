import numpy as np
import pytest

from whatwhere.errors import Cancelled
from whatwhere.evaluation.states import maps
from whatwhere.evaluation.states.maps import pca_map, tsne_map


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(maps, "_EXAGGERATED", 30)
    monkeypatch.setattr(maps, "_ITERATIONS", 30)


def two_groups(count=40, width=60):
    random = np.random.default_rng(0)
    states = random.normal(size=(count, width))
    states[count // 2 :] += 8
    return states


def test_pca_keeps_what_a_plane_can_and_says_how_much():
    random = np.random.default_rng(0)
    plane = random.normal(size=(50, 2)) * (5, 2)
    turn, _ = np.linalg.qr(random.normal(size=(6, 6)))
    xy, shares = pca_map(plane @ turn[:2] + 7)
    assert sum(shares) == pytest.approx(1)
    assert shares[0] > shares[1]
    between = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    expected = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.testing.assert_allclose(between, expected, atol=1e-4)


def test_pca_of_next_to_nothing():
    assert pca_map(np.zeros((0, 4)))[0].shape == (0, 2)
    assert pca_map(np.zeros((3, 1)))[0].tolist() == [[0, 0]] * 3
    assert pca_map(np.ones((1, 4)))[1] == (0.0, 0.0)


def test_tsne_keeps_neighbours_and_is_the_same_each_time(quick):
    states = two_groups()
    xy = tsne_map(states, seed=3)
    np.testing.assert_array_equal(xy, tsne_map(states, seed=3))
    between = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(between, np.inf)
    assert ((between.argmin(axis=1) < 20) == (np.arange(40) < 20)).all()


def test_tsne_tells_its_steps_in_order_and_heeds_cancel(quick):
    steps = []
    tsne_map(two_groups(), on_step=lambda done, total, what: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1] == (60, 60)
    with pytest.raises(Cancelled):
        tsne_map(two_groups(), is_cancelled=lambda: True)


def test_too_many_points_are_refused_and_three_are_laid_out(monkeypatch):
    assert tsne_map(np.eye(3)).shape == (3, 2)
    monkeypatch.setattr(maps, "MAX_POINTS", 10)
    with pytest.raises(ValueError, match="more than 10"):
        tsne_map(two_groups())
