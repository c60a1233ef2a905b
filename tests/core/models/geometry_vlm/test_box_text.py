"""Boxes as text: written, read back whatever surrounds them, and carried between frames."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from whatwhere.geometry.boxes import Box
from whatwhere.models.geometry_vlm.box_text import (
    CameraBox,
    box_text,
    in_camera,
    in_world,
    parse_box,
)

BOX = CameraBox(1, (0.5, -0.25, 2.0), (0.6, 0.7, 1.0), (0.1, -0.2, 1.57))
NUMBERS = "0.5, -0.25, 2.0, 0.6, 0.7, 1.0, 0.1, -0.2, 1.57"


def pose(seed: int) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    matrix[:3, 3] = np.random.default_rng(seed).uniform(-5, 5, 3)
    return matrix


def test_it_is_written_as_the_models_data_is():
    assert box_text(BOX) == f'```json\n\t{{"frame": 1, "bbox_3d": [{NUMBERS}]}}\n```'
    assert "-0.0" not in box_text(CameraBox(0, (-0.001, 0, 1), (1, 1, 1)))


@pytest.mark.parametrize(
    "said",
    [
        box_text(BOX),
        f'{{"frame": 1, "bbox_3d": [{NUMBERS}]}}',
        f"{{'frame': 1, 'bbox_3d': [{NUMBERS}]}}",
        f'Sure! ```json\n[{{"frame": 1, "bbox_3d": [{NUMBERS}]}}]\n``` Anything else?',
        f'{{"bbox_3d": [{NUMBERS}], "frame": "Frame-1"}}',
        f'{{"frame": 1, "bbox_3d": [[{NUMBERS}]]}}',
        f'{{"frame": 1, "bbox_3d": [{NUMBERS}',
        f"frame: 1, bbox_3d: ({NUMBERS})",
        f'{{"frame": 1, "label": "a chair", "bbox_3d": [{NUMBERS}]}}{{"frame": 0, "bbox_3d": []}}',
    ],
)
def test_it_is_read_whatever_surrounds_it(said):
    assert parse_box(said, num_frames=2) == BOX


def test_six_numbers_are_a_box_along_the_cameras_axes():
    said = '{"frame": 0, "bbox_3d": [1, 2, 3, 0.5, .25, 1e0]}'
    assert parse_box(said, num_frames=1) == CameraBox(0, (1, 2, 3), (0.5, 0.25, 1))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no bbox_3d"),
        ("the chair is on the left", "no bbox_3d"),
        ('{"frame": 0, "bbox_3d": []}', "0 numbers"),
        ('{"frame": 0, "bbox_3d": [1, 2, 3, 1, 1, 1, 0]}', "7 numbers"),
        (f'{{"frame": 2, "bbox_3d": [{NUMBERS}]}}', "frame 2 of 2"),
        (f'{{"bbox_3d": [{NUMBERS}]}}', "names no frame"),
        ('{"frame": 0, "bbox_3d": [1, 2, 3, 1, 0, 1, 0, 0, 0]}', "not positive"),
        ('{"frame": 0, "bbox_3d": [1, 2, 3, 1, -1, 1, 0, 0, 0]}', "not positive"),
        ('{"frame": 0, "bbox_3d": [1e999, 2, 3, 1, 1, 1, 0, 0, 0]}', "no distance in a room"),
        ('{"frame": 0, "bbox_3d": [99999, 2, 3, 1, 1, 1, 0, 0, 0]}', "no distance in a room"),
    ],
)
def test_what_is_no_box_says_why(said, why):
    with pytest.raises(ValueError, match=why):
        parse_box(said, num_frames=2)


@settings(max_examples=40)
@given(st.text(alphabet='{}[]",.:-+eE0123456789 framebox_3d\n', max_size=80))
def test_no_text_does_more_than_be_no_box(said):
    with suppress(ValueError):
        box = parse_box(said, num_frames=3)
        assert box.frame < 3
        assert min(box.size) > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_box_of_the_room_comes_back_from_any_camera(seed):
    box = Box((1.0, -2.0, 0.5), (0.4, 1.2, 0.9))
    seen = in_camera(box, 3, pose(seed))
    assert seen.frame == 3
    assert seen.size == box.size
    np.testing.assert_allclose(in_world(seen, pose(seed)).as_row(), box.as_row(), atol=1e-9)


def test_two_decimals_cost_centimetres():
    box = Box((1.0, -2.0, 0.5), (0.4, 1.2, 0.9))
    said = parse_box(box_text(in_camera(box, 0, pose(1))), num_frames=1)
    np.testing.assert_allclose(in_world(said, pose(1)).as_row(), box.as_row(), atol=0.03)


def test_a_turned_box_is_enclosed():
    turned = CameraBox(0, (0, 0, 2), (2, 1, 1), (np.pi / 4, 0, 0))
    found = in_world(turned, np.eye(4))
    np.testing.assert_allclose(found.size, (3 / 2**0.5, 3 / 2**0.5, 1))
    np.testing.assert_allclose(found.center, (0, 0, 2), atol=1e-12)


def test_the_angles_turn_about_z_then_x_then_y_of_the_box():
    z, x, y = 0.3, -0.5, 0.7
    expected = np.eye(3)
    for axis, angle in ((2, z), (0, x), (1, y)):
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = cos, -sin, sin, cos
        expected = expected @ turn
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = expected
    seen = in_camera(Box((0, 0, 0), (1, 1, 1)), 0, np.linalg.inv(camera_from_world))
    np.testing.assert_allclose(seen.angles_rad, (z, x, y))
