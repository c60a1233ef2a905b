import numpy as np
import pytest

from whatwhere.evaluation.in_frame import frame_score, target_mask
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.lifting import lifted_box
from whatwhere.geometry.posed_depth import PosedDepth


@pytest.fixture
def wall() -> PosedDepth:
    """A wall 2 m before a camera at the origin that looks along z; 40 x 20 pixels of 0.1 m."""
    camera = Intrinsics(fx=20, fy=20, cx=19.5, cy=9.5, width=40, height=20)
    depth_m = np.full((20, 40), 2.0, np.float32)
    return PosedDepth(depth_m, np.ones((20, 40), bool), camera, np.eye(4))


def test_the_target_is_what_is_seen_of_its_box(wall):
    target = Box((0.0, 0.0, 2.0), (1.0, 0.4, 0.2))
    mask = target_mask(target, wall)
    assert mask.sum() == 10 * 4
    assert target_mask(Box((0.0, 0.0, 3.0), (1.0, 0.4, 0.2)), wall).sum() == 0  # behind the wall


def test_an_answer_is_scored_by_pixels(wall):
    target = np.zeros((20, 40), bool)
    target[0:10, 0:20] = True
    patches = np.zeros((2, 4), bool)
    patches[0, 1:3] = True  # pixels 10 to 29 across, 0 to 9 down
    score = frame_score(patches, (0, 1), target)
    assert score.mask_iou == pytest.approx(1 / 3)
    assert score.box_iou == pytest.approx(1 / 3)
    assert (score.hit, score.is_shown) == (True, True)
    assert score.target_share == pytest.approx(1 / 4)
    assert not frame_score(patches, (0, 2), target).hit


def test_a_target_out_of_sight_is_a_miss_that_is_told_apart():
    score = frame_score(np.ones((2, 4), bool), (0, 0), np.zeros((20, 40), bool))
    assert (score.mask_iou, score.box_iou, score.hit, score.is_shown) == (0, 0, False, False)


def test_a_mask_is_lifted_to_where_it_was_measured(wall):
    mask = np.zeros((20, 40), bool)
    mask[8:12, 15:25] = True
    box = lifted_box(mask, wall)
    np.testing.assert_allclose(box.center, (0, 0, 2), atol=1e-6)
    np.testing.assert_allclose(box.size, (0.9, 0.3, 0), atol=1e-6)


def test_the_background_at_the_border_of_a_mask_is_left_out(wall):
    wall.depth_m[8:12, 15] = 9.0
    mask = np.zeros((20, 40), bool)
    mask[8:12, 15:25] = True
    box = lifted_box(mask, wall)
    assert box.size[2] == pytest.approx(0, abs=1e-6)
    assert lifted_box(mask & (wall.depth_m > 20), wall) is None
