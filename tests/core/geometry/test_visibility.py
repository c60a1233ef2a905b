import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics, backproject
from whatwhere.geometry.poses import transform
from whatwhere.geometry.visibility import (
    NEAR_M,
    box_visibility,
    membership,
    project_box_edges,
)

camera = Intrinsics(40, 38, 23.2, 17.9, 48, 36)
near_by = st.floats(-3, 3)
lengths = st.floats(0.01, 4)
boxes = st.builds(Box, st.tuples(near_by, near_by, near_by), st.tuples(lengths, lengths, lengths))


@st.composite
def poses(draw: st.DrawFn) -> np.ndarray:
    matrix = np.eye(4)
    angles = draw(st.tuples(*[st.floats(-3.2, 3.2)] * 3))
    matrix[:3, :3] = Rotation.from_euler("xyz", angles).as_matrix()
    matrix[:3, 3] = draw(st.tuples(near_by, near_by, near_by))
    return matrix


@given(st.lists(boxes, max_size=5), poses(), st.integers(0, 2**32 - 1), st.floats(0, 0.2))
def test_membership_is_the_box_test_on_every_measured_pixel(
    chosen: list[Box], world_from_camera: np.ndarray, seed: int, margin_m: float
) -> None:
    rng = np.random.default_rng(seed)
    depth_m = rng.uniform(0.02, 4, (36, 48)).astype(np.float32)
    valid = rng.random((36, 48)) < 0.9
    found = membership(depth_m, valid, camera, world_from_camera, chosen, margin_m=margin_m)
    world = transform(backproject(depth_m, camera).astype(float), world_from_camera)
    assert found.shape == (len(chosen), 36, 48)
    for mask, box in zip(found, chosen, strict=True):
        # Rounding decides for points on a face, so those within 10 micrometres are left open.
        sure = box.contains(world, margin_m=margin_m - 1e-5)
        perhaps = box.contains(world, margin_m=margin_m + 1e-5)
        assert not (sure & valid & ~mask).any()
        assert not (mask & ~(perhaps & valid)).any()


def test_no_measurement_means_no_membership() -> None:
    everything = Box((0, 0, 0), (100, 100, 100))
    depth_m = np.zeros((36, 48), np.float32)
    assert not membership(depth_m, depth_m > 0, camera, np.eye(4), [everything]).any()


def test_a_box_behind_the_camera_has_no_pixels_and_no_edges() -> None:
    behind = Box((0, 0, -3), (1, 1, 1))
    depth_m = np.full((36, 48), 3, np.float32)
    assert not membership(depth_m, depth_m > 0, camera, np.eye(4), [behind]).any()
    assert project_box_edges(behind, camera, np.eye(4)) == []


def test_frames_are_ranked_by_how_much_of_a_box_they_see() -> None:
    box = Box((0, 0, 3), (1, 1, 0.2))
    aside = np.eye(4)
    aside[0, 3] = 1.8
    occluded = np.full((36, 48), 1, np.float32)
    facing = np.full((36, 48), 3, np.float32)
    seen = [
        box_visibility(depth_m, depth_m > 0, camera, pose, [box])
        for depth_m, pose in ((facing, np.eye(4)), (facing, aside), (occluded, np.eye(4)))
    ]
    full, part, none = (int(item.num_pixels[0]) for item in seen)
    assert full > part > none == 0
    assert seen[0].share[0] == full / facing.size
    assert seen[0].num_outside[0] == 0
    assert seen[1].num_outside[0] > 0


def test_a_box_in_plain_sight_shows_its_twelve_edges() -> None:
    segments = project_box_edges(Box((0, 0, 3), (1, 1, 1)), camera, np.eye(4))
    assert len(segments) == 12
    left = min(min(start[0], end[0]) for start, end in segments)
    np.testing.assert_allclose(left, -0.5 / 2.5 * camera.fx + camera.cx, atol=1e-9)


def test_an_edge_that_passes_the_camera_is_cut_and_not_mirrored() -> None:
    # A corridor around the camera: its four long edges start behind and run ahead.
    corridor = Box((0, 0, 0), (2, 2, 60))
    segments = project_box_edges(corridor, camera, np.eye(4))
    far_x = 1 / 30 * camera.fx
    ahead = [pair for pair in segments if min(abs(x - camera.cx) for x, _ in pair) <= far_x + 1e-6]
    assert len(ahead) == 8
    for start, end in segments:
        # Mirrored lines would run through the middle to the other side.
        assert (start[0] - camera.cx) * (end[0] - camera.cx) >= -((far_x + 1e-6) ** 2)


@given(boxes, poses())
def test_segments_stay_inside_the_image_and_come_from_visible_edges(
    box: Box, world_from_camera: np.ndarray
) -> None:
    segments = project_box_edges(box, camera, world_from_camera)
    assert len(segments) <= 12
    for start, end in segments:
        for x, y in (start, end):
            assert -0.5 - 1e-6 <= x <= camera.width - 0.5 + 1e-6
            assert -0.5 - 1e-6 <= y <= camera.height - 0.5 + 1e-6


@given(st.floats(-1, 0.04), st.floats(0.06, 5))
def test_the_near_plane_is_where_an_edge_is_cut(behind_m: float, ahead_m: float) -> None:
    # A needle along z through (0.01, 0): its projection starts at the near plane exactly.
    wide = Intrinsics(40, 40, 500, 500, 1000, 1000)
    needle = Box((0.01, 0.0, (behind_m + ahead_m) / 2), (0, 0, ahead_m - behind_m))
    ends = [x for pair in project_box_edges(needle, wide, np.eye(4)) for x, _ in pair]
    np.testing.assert_allclose(max(ends), 0.01 / NEAR_M * 40 + 500, atol=1e-6)
    np.testing.assert_allclose(min(ends), 0.01 / ahead_m * 40 + 500, atol=1e-6)
