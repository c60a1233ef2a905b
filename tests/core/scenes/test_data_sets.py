"""Scans as ScanNet++ and ARKitScenes lay them out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from data_set_scans import FACES_AHEAD_M, write_arkit, write_scannetpp

from whatwhere.cli.info import readable, scene_info
from whatwhere.errors import BrokenFileError, SceneError
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.poses import transform
from whatwhere.scenes.catalogue import find_scans
from whatwhere.scenes.frame_export import export_frames
from whatwhere.scenes.health import scene_health
from whatwhere.scenes.opening import open_scene, scene_name
from whatwhere.scenes.scene import Scene

Ply = Callable[..., bytes]


def centers_m(scene: Scene) -> dict[str, float]:
    """Where along x each usable frame was taken."""
    return {item.name: float(item.world_from_camera[0, 3]) for item in scene.frames}


@pytest.fixture
def plus(tmp_path: Path, binary_ply: Ply) -> Path:
    return write_scannetpp(tmp_path / "data" / "0a7cc12c0e", binary_ply)


@pytest.fixture
def arkit(tmp_path: Path, binary_ply: Ply) -> Path:
    return write_arkit(tmp_path / "raw" / "Training" / "41254925", binary_ply)


def test_frames_of_an_iphone_have_the_aligned_pose_and_a_camera_each(plus: Path) -> None:
    scene = open_scene(plus)
    assert centers_m(scene) == {"frame_000000": 0.0, "frame_000010": 0.1}
    first, second = (scene.read_frame(header) for header in scene.frames)
    # Pictures a thirtieth as wide as those that the intrinsics are for, each axis by itself.
    assert first.color_camera.fx == pytest.approx(1800 * 64 / 1920)
    assert second.color_camera.fx == pytest.approx(1810 * 64 / 1920)
    assert second.depth_camera.fx == pytest.approx(1810 * 32 / 1920)
    assert not first.depth_valid[:2].any()
    assert first.depth_m[5, 5] == FACES_AHEAD_M
    coarse = scene.read_coarse_depth(scene.frames[1])
    assert coarse.camera.fx == pytest.approx(second.depth_camera.fx)


def test_frames_of_an_iphone_lie_on_the_mesh(plus: Path) -> None:
    checked, _ = scene_health(open_scene(plus))
    assert [item.depth_error_m for item in checked] == pytest.approx([0, 0], abs=1e-6)


def test_objects_of_scannetpp_share_vertices_and_the_smaller_comes_last(plus: Path) -> None:
    scene = open_scene(plus)
    bed, pillow = scene.object_by_id(8), scene.object_by_id(3)
    assert bed is not None
    assert pillow is not None
    assert set(pillow.vertex_indices) < set(bed.vertex_indices)
    assert bed.box is not None
    assert (bed.box.center[0] - bed.box.size[0] / 2) == pytest.approx(-2)
    assert [item.object_id for item in scene.objects].index(3) > 0
    assert scene.object_by_id(9).box is None


@pytest.mark.parametrize("part", ["", "iphone", "scans", "scans/mesh_aligned_0.05.ply"])
def test_a_scan_of_scannetpp_opens_by_any_of_its_parts(plus: Path, part: str) -> None:
    scene = open_scene(plus / part)
    assert scene.scene_id == plus.name
    assert scene.path == plus
    assert len(scene.frames) == 2
    if part.endswith("ply"):
        assert scene_name(plus / part) == (plus.name, "")


def test_packed_frames_are_named_with_the_script_that_unpacks_them(plus: Path) -> None:
    for path in (plus / "iphone" / "rgb").iterdir():
        path.unlink()
    (plus / "iphone" / "rgb.mp4").write_bytes(b"video")
    scene = open_scene(plus)
    assert not scene.headers
    said = "\n".join(scene.warnings)
    assert "rgb.mp4: the iPhone's frames are still packed in it" in said
    assert "python -m iphone.prepare_iphone_data" in said
    for path in (plus / "scans").iterdir():
        path.unlink()
    with pytest.raises(BrokenFileError, match="prepare_iphone_data"):
        open_scene(plus)


def test_frames_without_pose_or_intrinsics_say_so(plus: Path) -> None:
    path = plus / "iphone" / "pose_intrinsic_imu.json"
    rows = json.loads(path.read_text())
    rows["frame_000000"]["aligned_pose"] = None
    rows["frame_000010"]["intrinsic"] = [[0, 0, 0]] * 3
    path.write_text(json.dumps(rows))
    faults = [header.fault for header in open_scene(plus).headers]
    assert faults == ["no pose belongs to it", "no intrinsics belong to it"]
    path.write_text("{")
    scene = open_scene(plus)  # the mesh is shown all the same
    assert scene.mesh is not None
    assert any("The frames are left out" in text for text in scene.warnings)


def test_frames_of_an_ipad_are_interpolated_between_poses(arkit: Path) -> None:
    scene = open_scene(arkit)
    assert centers_m(scene) == pytest.approx({"10.000": 0, "10.050": 0.5, "10.100": 1.0})
    for header in scene.frames:
        frame = scene.read_frame(header)
        points = transform(backproject(frame.depth_m, frame.depth_camera), frame.world_from_camera)
        assert np.allclose(points[frame.depth_valid][:, 1], FACES_AHEAD_M)
    assert [header.camera.fx for header in scene.frames] == [30, 31, 32]


def test_depth_of_low_confidence_is_no_measurement(arkit: Path) -> None:
    scene = open_scene(arkit)
    unsure, sure = (scene.read_frame(header) for header in scene.frames[:2])
    assert not unsure.depth_valid[:12].any()
    assert unsure.depth_valid[12:].all()
    assert sure.depth_valid[2:].all()
    assert not scene.source.read_stored(scene.frames[0]).depth_units[:12].any()
    assert not scene.read_coarse_depth(scene.frames[0]).valid[:12].any()
    assert any("low confidence" in text for text in scene.warnings)


def test_times_that_no_pose_covers_leave_their_frames_out(arkit: Path) -> None:
    path = arkit / "lowres_wide.traj"
    first, last = path.read_text().splitlines()
    path.write_text(f"{first}\n11.0 {last.split(maxsplit=1)[1]}\n")
    faults = [header.fault for header in open_scene(arkit).headers]
    assert faults == [None, "no pose belongs to it", "no pose belongs to it"]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_pictures_of_a_device_on_its_side_are_turned_with_their_cameras(
    tmp_path: Path, binary_ply: Ply, quarters: int
) -> None:
    upright = open_scene(write_arkit(tmp_path / "1", binary_ply))
    turned = open_scene(write_arkit(tmp_path / "2", binary_ply, quarters=quarters))
    assert any("lie on their side" in text for text in turned.warnings)
    for right, found in zip(upright.frames, turned.frames, strict=True):
        assert right.camera == found.camera
        one, other = upright.read_frame(right), turned.read_frame(found)
        np.testing.assert_array_equal(one.color, other.color)
        np.testing.assert_array_equal(one.depth_m, other.depth_m)
        np.testing.assert_array_equal(one.depth_valid, other.depth_valid)
        assert one.depth_camera == other.depth_camera
        np.testing.assert_allclose(one.world_from_camera, other.world_from_camera, atol=1e-8)
        one, other = upright.read_coarse_depth(right), turned.read_coarse_depth(found)
        np.testing.assert_array_equal(one.depth_m, other.depth_m)
        assert one.camera == other.camera
        small = turned.read_coarse_color(found, width_px=8)
        assert small.shape[1] >= 8
        assert small[0].mean() > small[-1].mean()
        stored = turned.source.read_stored(found)
        np.testing.assert_array_equal(stored.depth_units[2:], one.depth_m[2:] * 1000)
        with pytest.raises(SceneError, match="whatwhere frames export"):
            turned.source.frame_paths(found)


def test_exported_frames_of_a_device_on_its_side_open_upright(
    tmp_path: Path, binary_ply: Ply
) -> None:
    turned = open_scene(write_arkit(tmp_path / "1", binary_ply, quarters=1))
    export_frames(turned, tmp_path / "out")
    written = open_scene(tmp_path / "out")
    for header, found in zip(turned.frames, written.frames, strict=True):
        one, other = turned.read_frame(header), written.read_frame(found)
        np.testing.assert_array_equal(one.color, other.color)
        np.testing.assert_array_equal(one.depth_m, other.depth_m)
        np.testing.assert_allclose(one.world_from_camera, other.world_from_camera, atol=1e-6)


def test_boxes_at_an_angle_become_the_boxes_around_them(arkit: Path) -> None:
    scene = open_scene(arkit)
    chair, table = scene.objects
    assert (chair.label, chair.attributes["uid"]) == ("office chair", "uid-0")
    assert chair.box is not None
    assert chair.box.size == pytest.approx((2, 1, 1))
    # The wall's vertices within 1 m of the middle and half a metre of its height: 11 x 11.
    assert len(chair.vertex_indices) == 11 * 11
    cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)
    assert table.box is not None
    assert table.box.size == pytest.approx((2 * cos + sin, 2 * sin + cos, 1))
    assert table.attributes["heading_deg"] == "30"
    assert any("annotates boxes at any angle" in text for text in scene.warnings)


def test_objects_without_a_whole_box_are_counted(arkit: Path) -> None:
    path = arkit / f"{arkit.name}_3dod_annotation.json"
    document = json.loads(path.read_text())
    document["data"][1]["segments"]["obbAligned"]["axesLengths"] = [1, -1, 1]
    path.write_text(json.dumps(document))
    scene = open_scene(arkit)
    assert [item.object_id for item in scene.objects] == [0]
    assert any(text.startswith("1 of 2 annotated objects") for text in scene.warnings)
    document["data"] = document["data"][1:]
    path.write_text(json.dumps(document))
    with pytest.raises(BrokenFileError, match="none of its objects"):
        _ = open_scene(arkit).objects


@pytest.mark.parametrize("part", ["", "47333462_frames", "47333462_3dod_mesh.ply"])
def test_a_scan_of_the_3dod_download_opens_by_any_of_its_parts(
    tmp_path: Path, binary_ply: Ply, part: str
) -> None:
    folder = write_arkit(tmp_path / "47333462", binary_ply, is_3dod=True)
    scene = open_scene(folder / part)
    assert (scene.scene_id, scene.path) == ("47333462", folder)
    assert len(scene.frames) == 3


def test_both_are_listed_and_told_of_as_what_they_are(
    tmp_path: Path, plus: Path, arkit: Path
) -> None:
    (arkit / "lowres_wide.traj").unlink()
    found = find_scans([tmp_path], cache=tmp_path / "cache.json")
    listed = {scan.scene_id: scan for scan in found.scans}
    assert set(listed) == {plus.name, arkit.name}
    assert (listed[plus.name].frames, listed[plus.name].num_frames) == ("ScanNet++ iPhone", 2)
    assert all(listed[plus.name].has(part) for part in ("mesh", "frames", "objects"))
    assert "lowres_wide.traj" in listed[arkit.name].missing["frames"]
    text = readable(scene_info(open_scene(plus)))
    assert "in ScanNet++ z is up, and walls follow the other axes only roughly" in text
    assert "2 usable" in text


def test_a_folder_of_either_names_a_scan_to_open(tmp_path: Path, plus: Path, arkit: Path) -> None:
    for folder, scan in ((tmp_path, plus), (plus.parent, plus), (arkit.parent, arkit)):
        with pytest.raises(SceneError, match=f"such as {scan}"):
            open_scene(folder)
