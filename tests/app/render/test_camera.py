import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.camera import (
    CameraPose,
    apply_pose,
    blended,
    framing,
    orbited,
    overview,
    panned,
    seen_from,
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
