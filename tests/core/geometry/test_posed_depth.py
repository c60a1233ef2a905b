import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.hidden_edges import split_box_edges
from whatwhere.geometry.posed_depth import PosedDepth, measured_behind, pixel_point, sight
from whatwhere.geometry.visibility import project_box_edges

color = Intrinsics(60, 60, 31.5, 23.5, 64, 48)
half = Intrinsics(30, 30, 15.5, 11.5, 32, 24)
pose = np.array([[0, 0, 1, 0.5], [-1, 0, 0, 0.2], [0, -1, 0, 1.1], [0, 0, 0, 1.0]])


def wall_at(depth_m: float, *, camera: Intrinsics = half) -> PosedDepth:
    depth = np.full((camera.height, camera.width), depth_m, np.float32)
    return PosedDepth(depth, depth > 0, camera, pose)


@given(st.floats(0, 62.9), st.floats(0, 46.9), st.floats(0.2, 9))
def test_a_pixel_and_its_point_lead_to_each_other(x: float, y: float, depth_m: float) -> None:
    seen = sight(pixel_point((x, y), depth_m, color, pose), color, wall_at(3))
    assert seen is not None
    assert seen.pixel == pytest.approx((x, y), abs=1e-6)
    assert seen.depth_m == pytest.approx(depth_m)


def test_what_stands_before_a_point_hides_it() -> None:
    point = pixel_point((40, 20), 3.0, color, pose)
    for measured_m, hidden in ((3.0, False), (2.96, False), (2.8, True), (3.5, False)):
        seen = sight(point, color, wall_at(measured_m))
        assert seen is not None
        assert seen.measured_m == pytest.approx(measured_m)
        assert seen.is_hidden is hidden


def test_no_measurement_hides_nothing_and_no_point_outside_is_seen() -> None:
    seen = sight(pixel_point((40, 20), 3.0, color, pose), color, wall_at(0))
    assert seen is not None
    assert seen.measured_m is None
    assert not seen.is_hidden
    assert sight(pixel_point((64, 20), 3.0, color, pose), color, wall_at(3)) is None
    assert sight(pixel_point((40, 20), -3.0, color, pose), color, wall_at(3)) is None


def test_colour_and_depth_of_different_focal_lengths_meet_on_one_ray() -> None:
    depth_m = np.zeros((24, 32), np.float32)
    depth_m[5, 20] = 2.0
    wide = Intrinsics(20, 20, 15.5, 11.5, 32, 24)
    x = (20 - 15.5) / 20 * 60 + 31.5
    y = (5 - 11.5) / 20 * 60 + 23.5
    posed = PosedDepth(depth_m, depth_m > 0, wide, pose)
    assert measured_behind((x, y), color, posed) == pytest.approx(2.0)
    assert measured_behind((x + 3.1, y), color, posed) is None


def total_px(segments: list[tuple[tuple[float, float], tuple[float, float]]]) -> float:
    return sum(float(np.hypot(x1 - x0, y1 - y0)) for (x0, y0), (x1, y1) in segments)


def box_ahead(depth_m: float) -> Box:
    return Box(pixel_point((31.5, 23.5), depth_m, color, pose), (0.6, 0.8, 0.5))


def test_edges_before_the_measured_surface_are_in_sight_and_those_behind_are_hidden() -> None:
    box = box_ahead(3.0)
    whole = total_px(project_box_edges(box, color, pose))
    for wall_m, hidden_share in ((9.0, 0.0), (1.0, 1.0), (0.0, 0.0)):
        seen, hidden = split_box_edges(box, color, wall_at(wall_m))
        assert total_px(seen) + total_px(hidden) == pytest.approx(whole)
        assert total_px(hidden) == pytest.approx(whole * hidden_share)
    # A wall through the box's middle hides the far face, and half of what leads there.
    seen, hidden = split_box_edges(box, color, wall_at(3.0))
    far_face = 2 * (0.8 + 0.5) / 3.3 * 60
    assert far_face <= total_px(hidden) < whole / 2


def test_half_a_wall_cuts_an_edge_where_it_ends() -> None:
    depth_m = np.full((24, 32), 9, np.float32)
    depth_m[:, 16:] = 1
    posed = PosedDepth(depth_m, depth_m > 0, half, pose)
    seen, hidden = split_box_edges(box_ahead(3.0), color, posed)
    assert max(x for segment in seen for x, _ in segment) < 36
    assert min(x for segment in hidden for x, _ in segment) > 28


def test_a_box_out_of_sight_has_neither() -> None:
    assert split_box_edges(box_ahead(-3.0), color, wall_at(3)) == ([], [])
