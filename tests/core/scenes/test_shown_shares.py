import numpy as np
import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.scenes.shown_shares import shown_shares

CAMERA = Intrinsics(100.0, 100.0, 99.5, 99.5, 200, 200)


def frame(columns):
    """A wall 2 m ahead of which only some columns of pixels were measured."""
    depth_m = np.full((200, 200), 2.0, np.float32)
    valid = np.zeros((200, 200), bool)
    valid[:, columns] = True
    return PosedDepth(depth_m, valid, CAMERA, np.eye(4))


WALL = Box((0.0, 0.0, 2.0), (4.0, 4.0, 0.2))
BEHIND = Box((0.0, 0.0, -2.0), (1.0, 1.0, 1.0))


def test_the_share_of_the_best_frame_of_what_all_frames_show():
    left, right = frame(slice(0, 100)), frame(slice(100, 150))
    shares = shown_shares([left, right], [WALL, BEHIND])
    assert shares == pytest.approx([2 / 3, 0.0], abs=0.03)
    assert shown_shares([left, left], [WALL])[0] == 1.0
    assert shown_shares([], [WALL]).tolist() == [0.0]
