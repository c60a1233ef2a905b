"""The few frames that together see most."""

import numpy as np
import pytest

from whatwhere.errors import Cancelled
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.scenes.coverage import max_coverage

CAMERA = Intrinsics(40, 40, 39.5, 29.5, 80, 60)


def looking_at(x_m: float, *, width_m: float = 4.0) -> PosedDepth:
    """A frame that measures a wall 2 m ahead of x = `x_m`, so wide."""
    depth_m = np.full((60, 80), 2, np.float32)
    half = round(width_m / 2 / 2 * 40)
    valid = np.zeros((60, 80), bool)
    valid[:, 40 - half : 40 + half] = True
    pose = np.eye(4)
    pose[0, 3] = x_m
    return PosedDepth(depth_m, valid, CAMERA, pose)


def test_each_frame_adds_most_of_what_is_still_unseen() -> None:
    depths = [
        looking_at(0, width_m=1),
        looking_at(0),
        looking_at(0.2),
        looking_at(10, width_m=2),
        looking_at(3, width_m=3),
    ]
    chosen, shares = max_coverage(depths, 3)
    assert chosen == (1, 4, 3)
    assert list(shares) == sorted(shares)
    assert shares[-1] > 0.9


def test_the_first_one_sees_most_alone() -> None:
    rng = np.random.default_rng(1)
    depths = [looking_at(rng.uniform(0, 12), width_m=rng.uniform(0.5, 4)) for _ in range(12)]
    chosen, shares = max_coverage(depths, 1)
    alone = [max_coverage([depth], 1)[0] for depth in depths]
    assert all(found == (0,) for found in alone)
    sizes = [int(depth.valid.sum()) for depth in depths]
    assert sizes[chosen[0]] >= 0.95 * max(sizes)
    assert 0 < shares[0] < 1


def test_it_stops_where_nothing_new_is_to_be_seen() -> None:
    chosen, shares = max_coverage([looking_at(0), looking_at(0), looking_at(0, width_m=1)], 3)
    assert chosen == (0,)
    assert shares == (1.0,)


def test_frames_without_a_measurement_are_never_chosen() -> None:
    blind = looking_at(0, width_m=0)
    assert max_coverage([blind, looking_at(0), blind], 3)[0] == (1,)
    assert max_coverage([blind], 2) == ((), ())
    assert max_coverage([], 2) == ((), ())


def test_choosing_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        max_coverage([looking_at(0)], 1, is_cancelled=lambda: True)
