"""Positions, points of patches, and pixels cut into patches, against plain computations."""

import math

import numpy as np
import pytest
import torch

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import rotation_z
from whatwhere.models.backbones.patches import merged_patches
from whatwhere.models.frame_vlm.positions import CanonicalPositions, position_encoding
from whatwhere.models.frame_vlm.token_points import patch_points


def posed(depth_m: np.ndarray, pose: np.ndarray) -> PosedDepth:
    height, width = depth_m.shape
    camera = Intrinsics(width=width, height=height, fx=8.0, fy=8.0, cx=3.5, cy=3.5)
    return PosedDepth(depth_m.astype(np.float32), depth_m > 0, camera, pose)


def test_a_patch_looks_where_its_measured_pixels_look():
    depth_m = np.full((8, 8), 2.0)
    depth_m[:4, :4] = 0
    depth_m[0, 0] = 3.0
    points, shares = patch_points([posed(depth_m, np.eye(4))], grid=(2, 2), origin_m=np.zeros(3))
    assert shares[0].tolist() == [[1 / 16, 1], [1, 1]]
    np.testing.assert_allclose(points[0, 0, 0], [-3.5 / 8 * 3, -3.5 / 8 * 3, 3], atol=1e-5)
    np.testing.assert_allclose(points[0, 1, 1], [2 / 8 * 2, 2 / 8 * 2, 2], atol=1e-5)


def test_a_patch_without_a_measurement_has_none():
    points, shares = patch_points(
        [posed(np.zeros((8, 8)), np.eye(4))], grid=(2, 2), origin_m=np.ones(3)
    )
    assert not points.any()
    assert not shares.any()


def test_points_move_with_the_scene_and_not_against_its_origin():
    depth_m = np.random.default_rng(0).uniform(1, 3, (8, 8))
    moved = np.eye(4)
    moved[:3, 3] = [5, -2, 1]
    still, _ = patch_points([posed(depth_m, np.eye(4))], grid=(4, 4), origin_m=np.zeros(3))
    same, _ = patch_points([posed(depth_m, moved)], grid=(4, 4), origin_m=moved[:3, 3])
    turned, _ = patch_points([posed(depth_m, rotation_z(1.0))], grid=(4, 4), origin_m=np.zeros(3))
    np.testing.assert_allclose(same, still, atol=1e-5)
    assert np.abs(turned - still).max() > 0.1


def test_canonical_positions_begin_at_zero_and_keep_metres():
    torch.manual_seed(0)
    encoding = CanonicalPositions(16, 10)
    point = torch.tensor([[1.0, 2.0, 0.5]])
    assert not encoding(point).any()
    torch.nn.init.normal_(encoding.layers[-1].weight)
    assert (encoding(point) - encoding(2 * point)).abs().max() > 1e-3
    far = torch.tensor([[40.0, 0, 0]])
    torch.testing.assert_close(encoding(far), encoding(2 * far), rtol=0, atol=0)


@pytest.mark.parametrize("width", [32, 44])
def test_sinusoidal_positions_are_as_written_down(width):
    encoded = position_encoding("sinusoidal", width, octaves=1)(torch.tensor([1.23, -0.5, 9.0]))
    per_axis = width // 3 // 2 * 2
    expected = []
    for step in (12, -5, 50):
        for pair in range(per_axis // 2):
            angle = step / 10_000 ** (2 * pair / per_axis)
            expected += [math.sin(angle), math.cos(angle)]
    expected += [0.0] * (width - 3 * per_axis)
    np.testing.assert_allclose(encoded.numpy(), expected, atol=1e-4)


def test_merged_patches_lie_as_the_tower_wants_them():
    pixels = torch.arange(2 * 3 * 8 * 16, dtype=torch.float32).reshape(2, 3, 8, 16)
    patches = merged_patches(pixels, 2, merge=2, repeats=2)
    assert patches.shape == (2 * 4 * 8, 3 * 2 * 4)
    row = 0
    for frame in pixels:
        for top in range(0, 8, 4):
            for left in range(0, 16, 4):
                for y in (top, top + 2):
                    for x in (left, left + 2):
                        patch = frame[:, y : y + 2, x : x + 2]
                        twice = torch.stack([patch, patch], dim=1)
                        assert torch.equal(patches[row], twice.flatten())
                        row += 1
