import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.cameras import Intrinsics, backproject, project
from whatwhere.geometry.poses import rotation_z, transform

cameras = st.builds(
    Intrinsics,
    fx=st.floats(20, 1000),
    fy=st.floats(20, 1000),
    cx=st.floats(0, 40),
    cy=st.floats(0, 30),
    width=st.just(40),
    height=st.just(30),
)


@given(cameras, st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_a_pixel_that_is_back_projected_projects_onto_itself(
    camera: Intrinsics, seed: int, angle: float
) -> None:
    depth_m = np.random.default_rng(seed).uniform(0.3, 8, (30, 40)).astype(np.float32)
    world_from_camera = rotation_z(angle)
    world_from_camera[:3, 3] = [1, -2, 0.5]
    world = transform(backproject(depth_m, camera), world_from_camera)
    pixels, z_m = project(world, camera, world_from_camera)
    rows, columns = np.indices((30, 40))
    assert np.abs(pixels - np.stack([columns, rows], axis=-1)).max() < 1e-3
    np.testing.assert_allclose(z_m, depth_m, atol=1e-5)


def test_a_pixel_without_measurement_comes_out_at_the_camera() -> None:
    camera = Intrinsics(30, 30, 2, 1, 4, 3)
    assert not backproject(np.zeros((3, 4), np.float32), camera).any()


def test_points_behind_the_camera_are_told_by_their_depth() -> None:
    camera = Intrinsics(30, 30, 2, 1, 4, 3)
    _, z_m = project(np.array([[0, 0, 1.0], [0, 0, -1.0], [0, 0, 0]]), camera, np.eye(4))
    assert (z_m > 0).tolist() == [True, False, False]


@given(cameras, st.integers(1, 2000), st.integers(1, 2000))
def test_resizing_there_and_back_changes_nothing(
    camera: Intrinsics, width: int, height: int
) -> None:
    again = camera.resized(width=width, height=height).resized(width=40, height=30)
    assert again.fx == pytest.approx(camera.fx)
    assert again.cy == pytest.approx(camera.cy)


def test_each_axis_is_resized_by_its_own_factor() -> None:
    camera = Intrinsics(1000, 1000, 648, 484, 1296, 968).resized(width=648, height=484 * 2)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (500, 1000, 324, 484)


def test_a_camera_matrix_may_be_3x3_or_4x4() -> None:
    matrix = np.array([[5.0, 0, 2], [0, 6, 3], [0, 0, 1]])
    padded = np.eye(4)
    padded[:3, :3] = matrix
    expected = Intrinsics(5, 6, 2, 3, 4, 6)
    assert Intrinsics.from_matrix(matrix, width=4, height=6) == expected
    assert Intrinsics.from_matrix(padded, width=4, height=6) == expected
