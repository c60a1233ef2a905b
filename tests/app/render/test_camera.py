from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.camera import (
    CameraPose,
    apply_pose,
    blended,
    focused,
    framing,
    orbited,
    overview,
    panned,
    seen_from,
    shows,
    zoomed,
)

pv = pytest.importorskip("pyvista")

METRES = st.floats(-8, 8)
POINTS = st.tuples(METRES, METRES, METRES)
ANGLES = st.floats(-6, 6)
START = CameraPose((3.0, -4.0, 5.0), (0.5, 0.2, 0.8))


def _seen(pose: CameraPose, point: tuple[float, float, float]) -> np.ndarray:
    """The point in the picture: right, up and ahead, metres."""
    ray = np.subtract(point, pose.position)
    up = np.cross(pose.right, pose.forward)
    return np.array([ray @ pose.right, ray @ up, ray @ pose.forward])


@given(POINTS, ANGLES, ANGLES)
def test_an_orbit_keeps_its_pivot_in_place(
    pivot: tuple[float, float, float], yaw: float, pitch: float
) -> None:
    turned = orbited(START, pivot, yaw_rad=yaw, pitch_rad=pitch)
    assert _seen(turned, pivot) == pytest.approx(_seen(START, pivot), abs=1e-6)


@given(ANGLES, ANGLES)
def test_an_orbit_never_tips_over(yaw: float, pitch: float) -> None:
    turned = orbited(START, START.focal_point, yaw_rad=yaw, pitch_rad=pitch)
    assert abs(turned.forward[2]) < 1
    assert np.cross(turned.right, turned.forward)[2] > 0
    assert turned.distance_m == pytest.approx(START.distance_m)


@given(POINTS, st.floats(0.5, 2))
def test_a_zoom_keeps_the_point_under_the_cursor(
    point: tuple[float, float, float], factor: float
) -> None:
    near = _seen(zoomed(START, point, factor), point)
    far = _seen(START, point)
    assert near * factor == pytest.approx(far, abs=1e-6)


def test_a_pan_moves_what_is_seen_the_other_way() -> None:
    shifted = panned(START, right_m=1.0, up_m=-0.5)
    moved = _seen(shifted, START.focal_point) - _seen(START, START.focal_point)
    assert moved == pytest.approx([-1.0, 0.5, 0.0])


def _drawn_at(pose: CameraPose, point: tuple[float, float, float]) -> np.ndarray:
    """Where the plotter draws the point: -1 to 1 from the left, and from the bottom."""
    plotter = pv.Plotter(off_screen=True, window_size=(300, 200))
    apply_pose(plotter, pose)
    matrix = plotter.camera.GetCompositeProjectionTransformMatrix(1.5, -1, 1)
    rows = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])
    plotter.close()
    x, y, _, w = rows @ [*point, 1.0]
    return np.array([x, y]) / w


@pytest.mark.parametrize("is_parallel", [False, True])
def test_zoom_and_orbit_keep_a_point_in_its_place_on_the_screen(is_parallel: bool) -> None:
    start, point = replace(START, is_parallel=is_parallel), (1.0, 0.7, 0.3)
    before = _drawn_at(start, point)
    assert _drawn_at(zoomed(start, point, 1.7), point) == pytest.approx(before, abs=1e-6)
    turned = orbited(start, point, yaw_rad=0.4, pitch_rad=0.2)
    assert turned.is_parallel is is_parallel
    assert _drawn_at(turned, point) == pytest.approx(before, abs=1e-6)


def test_both_projections_agree_at_the_focal_point_and_only_there() -> None:
    beside = tuple(np.array(START.focal_point) + START.right * 0.8)
    nearer = tuple(np.array(beside) - START.forward)
    flat = replace(START, is_parallel=True)
    assert _drawn_at(flat, beside) == pytest.approx(_drawn_at(START, beside), abs=1e-6)
    assert _drawn_at(flat, nearer) == pytest.approx(_drawn_at(flat, beside), abs=1e-6)
    assert abs(_drawn_at(START, nearer)[0]) > abs(_drawn_at(START, beside)[0]) + 0.01


def test_focusing_changes_the_scale_and_not_the_picture() -> None:
    point = (0.9, -0.4, 0.1)
    sharp = focused(START, point)
    depth_m = float(np.subtract(point, START.position) @ START.forward)
    assert sharp.distance_m == pytest.approx(depth_m)
    assert _drawn_at(sharp, point) == pytest.approx(_drawn_at(START, point), abs=1e-6)
    flat = replace(START, is_parallel=True)
    assert focused(flat, point) == flat


def test_a_flight_begins_and_ends_where_it_should() -> None:
    end = CameraPose((0.0, 0.0, 9.0), (0.0, 1.0, 0.0), (0.0, 1.0, 0.0), 60.0)
    assert blended(START, end, 0.0) == START
    assert blended(START, end, 1.0) == end


@pytest.mark.parametrize("aspect", [0.6, 1.0, 1.8])
def test_every_view_shows_the_whole_box(aspect: float) -> None:
    box = Box((1.0, 2.0, 1.2), (7.0, 5.0, 2.4))
    poses = [overview(box.lower, box.upper, aspect), framing(box, START, aspect)]
    poses += [seen_from(side, box.lower, box.upper, aspect) for side in ("top", "front", "side")]
    plotter = pv.Plotter(off_screen=True, window_size=(round(300 * aspect), 300))
    for pose in poses:
        apply_pose(plotter, pose)
        matrix = plotter.camera.GetCompositeProjectionTransformMatrix(aspect, -1, 1)
        rows = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])
        clip = np.column_stack([box.corners(), np.ones(8)]) @ rows.T
        assert (np.abs(clip[:, :2]) <= clip[:, 3:]).all()
    plotter.close()


@pytest.mark.parametrize("is_parallel", [False, True])
def test_a_point_is_shown_while_it_is_before_the_eye_and_inside_the_picture(is_parallel):
    pose = CameraPose((0.0, 0.0, 0.0), (0.0, 10.0, 0.0), is_parallel=is_parallel)
    half_m = pose.height_m / 2
    assert shows(pose, (0.0, 10.0, 0.9 * half_m), 2.0)
    assert not shows(pose, (0.0, 10.0, 1.1 * half_m), 2.0)
    assert shows(pose, (1.8 * half_m, 10.0, 0.0), 2.0)
    assert not shows(pose, (1.8 * half_m, 10.0, 0.0), 1.0)
    assert shows(pose, (0.0, 20.0, 1.5 * half_m), 2.0) is not is_parallel
    assert shows(pose, (0.0, -10.0, 0.0), 2.0) is is_parallel
