"""Boxes turned about the vertical: faces that are pulled, angles, the axis-aligned box around."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import THINNEST_M, TurnedBox

_places = st.tuples(*[st.floats(-5, 5)] * 3)
_sizes = st.tuples(*[st.floats(0.05, 4)] * 3)
_turned = st.builds(TurnedBox, _places, _sizes, st.floats(-np.pi, np.pi, exclude_min=True))


def test_without_a_turn_it_is_its_own_hull() -> None:
    box = Box((1.0, 2.0, 3.0), (0.5, 1.0, 2.0))
    assert TurnedBox.of(box).hull == box
    np.testing.assert_allclose(TurnedBox.of(box).corners(), box.corners())


def test_a_quarter_turn_exchanges_length_and_breadth_of_the_hull() -> None:
    hull = TurnedBox((1.0, 2.0, 3.0), (0.5, 1.0, 2.0), np.pi / 2).hull
    np.testing.assert_allclose(hull.size, (1.0, 0.5, 2.0))
    np.testing.assert_allclose(hull.center, (1.0, 2.0, 3.0))


@given(_turned)
@settings(max_examples=30, deadline=None)
def test_the_tightest_box_around_its_corners_at_its_angle_is_the_box(box: TurnedBox) -> None:
    again = TurnedBox.around(box.corners(), box.yaw_rad)
    np.testing.assert_allclose(again.center, box.center, atol=1e-9)
    np.testing.assert_allclose(again.size, box.size, atol=1e-9)
    around = Box.from_points(box.corners())
    np.testing.assert_allclose(box.hull.as_row(), around.as_row(), atol=1e-9)
    assert box.contains(box.corners(), margin_m=1e-9).all()
    assert not box.contains(box.corners(), margin_m=-0.01).any()


@given(_turned, st.integers(0, 2), st.sampled_from([-1, 1]), st.floats(-6, 6))
@settings(max_examples=50, deadline=None)
def test_a_pulled_face_leaves_the_five_others_in_their_planes(
    box: TurnedBox, axis: int, sign: int, place_m: float
) -> None:
    pulled = box.pulled(axis, sign, place_m)
    faces = box.to_own(pulled.face_middles())
    for other in range(3):
        for side in (-1, 1):
            expected = side * box.size[other] / 2
            if (other, side) == (axis, sign):
                expected = sign * max(sign * place_m, THINNEST_M - box.size[axis] / 2)
            assert faces[2 * other + (side > 0), other] == pytest.approx(expected, abs=1e-9)
    assert pulled.yaw_rad == box.yaw_rad


def test_angles_stay_within_one_turn_and_come_back_to_none() -> None:
    box = TurnedBox((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert box.turned_to(1.5 * np.pi).yaw_rad == pytest.approx(-np.pi / 2)
    for _ in range(360):
        box = box.turned_by(np.radians(1))
    assert box.yaw_rad == 0.0
