from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.poses import rotation_z, transform
from whatwhere.scenes.health import alignment_faults, camera_faults, frame_health, scene_health
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Frame, Scene

WriteScan = Callable[..., Path]


@pytest.fixture
def scene(tmp_path: Path, write_scan: WriteScan) -> Scene:
    return open_scene(write_scan(tmp_path))


@pytest.fixture
def frame(scene: Scene) -> Frame:
    return scene.read_frame(scene.frames[0])


def test_a_turn_about_the_vertical_axis_is_fine() -> None:
    assert alignment_faults(rotation_z(0.7)) == []


@pytest.mark.parametrize(
    ("diagonal", "words"),
    [([1, -1, -1, 1], "vertical"), ([2, 2, 2, 1], "pure rotation"), ([-1, 1, 1, 1], "mirror")],
)
def test_an_odd_alignment_says_what_is_odd(diagonal: list[float], words: str) -> None:
    assert any(words in text for text in alignment_faults(np.diag(np.array(diagonal, float))))


def test_depth_on_the_mesh_is_healthy(scene: Scene, frame: Frame) -> None:
    health = frame_health(frame, scene.mesh)
    assert health.faults == []
    assert health.num_compared > 50
    assert health.depth_error_m == pytest.approx(0, abs=1e-4)
    assert health.measured_share == pytest.approx(22 / 24)
    assert health.median_depth_m == 3


def test_depth_off_the_mesh_is_told_in_centimetres(scene: Scene, frame: Frame) -> None:
    moved = replace(frame, depth_m=frame.depth_m + np.float32(0.12))
    health = frame_health(moved, scene.mesh)
    assert health.depth_error_m == pytest.approx(0.12, abs=1e-3)
    assert "12 cm off the mesh" in health.faults[0]


def test_an_inverted_pose_is_found_out(scene: Scene, frame: Frame) -> None:
    pose = frame.world_from_camera.copy()
    pose[1, 3] += 0.5
    assert frame_health(replace(frame, world_from_camera=pose), scene.mesh).faults


def test_depth_in_the_wrong_unit_is_found_out(scene: Scene, frame: Frame) -> None:
    health = frame_health(replace(frame, depth_m=frame.depth_m * 10), scene.mesh)
    assert any("millimetres" in text for text in health.faults)


def test_depth_without_measurements_is_said(scene: Scene, frame: Frame) -> None:
    nothing = replace(
        frame,
        depth_m=np.zeros_like(frame.depth_m),
        depth_valid=np.zeros_like(frame.depth_valid),
    )
    health = frame_health(nothing, scene.mesh)
    assert health.depth_error_m is None
    assert health.faults == ["Frame 0 has no depth measurement at all."]


def test_without_a_mesh_there_is_nothing_to_compare(frame: Frame) -> None:
    health = frame_health(frame, None)
    assert health.depth_error_m is None
    assert health.faults == []


def test_a_camera_outside_the_mesh_is_named(scene: Scene) -> None:
    assert scene.mesh is not None
    # The tiny scan is a single wall, three metres from its cameras.
    (fault,) = camera_faults(scene.headers, scene.mesh)
    assert "2 of 3 cameras" in fault
    assert "0, 100" in fault


def test_at_most_the_asked_number_of_frames_is_decoded(scene: Scene) -> None:
    checked, _ = scene_health(scene, max_frames=1)
    assert [item.name for item in checked] == ["0"]


def test_the_real_depth_lands_on_the_real_mesh(realdata: Path) -> None:
    scene = open_scene(realdata / "scannet" / "scans" / "scene0000_00")
    assert scene.mesh is not None
    checked, faults = scene_health(scene)
    assert len(checked) == 4
    assert faults == []
    tree = cKDTree(scene.mesh.vertices)
    for header, health in zip(scene.frames, checked, strict=True):
        assert health.depth_error_m is not None
        assert health.depth_error_m <= 0.05
        frame = scene.read_frame(header)
        world = transform(backproject(frame.depth_m, frame.depth_camera), frame.world_from_camera)
        distance_m, _ = tree.query(world[frame.depth_valid][::50])
        assert np.median(distance_m) <= 0.05


def test_the_check_notices_a_real_pose_gone_wrong(realdata: Path) -> None:
    scene = open_scene(realdata / "scannet" / "scans" / "scene0000_00")
    frame = scene.read_frame(scene.frames[0])
    wrong = replace(frame, world_from_camera=rotation_z(0.1) @ frame.world_from_camera)
    assert frame_health(wrong, scene.mesh).faults
