from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.cli.info import scene_info
from whatwhere.errors import BrokenFileError, SceneError
from whatwhere.models.spatial_vlm.views import collect_views
from whatwhere.scenes.health import health_of
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

WriteScan = Callable[..., Path]


def views_of(scene: Scene) -> tuple[str, ...]:
    return collect_views(scene, image_size=(24, 32), max_frames=8).names


@pytest.mark.parametrize("name", ["color/0.jpg", "depth/0.png"])
def test_a_picture_that_is_cut_short_costs_its_frame_only(
    tmp_path: Path, write_scan: WriteScan, name: str
) -> None:
    folder = write_scan(tmp_path)
    path = folder / name
    path.write_bytes(
        path.read_bytes()[:60] if name.startswith("depth") else path.read_bytes()[:700]
    )
    scene = open_scene(folder)
    assert [header.name for header in scene.frames] == ["0", "100"]  # the headers are whole
    assert views_of(scene) == ("100",)
    told = [warning for warning in scene.warnings if name in warning]
    assert len(told) == 1
    assert told[0].startswith("1 frame was left out")


def test_info_names_a_broken_picture_and_goes_on(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    (folder / "color" / "0.jpg").write_bytes((folder / "color" / "0.jpg").read_bytes()[:700])
    document = scene_info(open_scene(folder))
    frames = {frame["name"]: frame for frame in document["frames"]}
    assert not frames["0"]["valid"]
    assert "color/0.jpg" in frames["0"]["reason"]
    assert frames["100"]["valid"]
    assert document["num_valid_frames"] == 1
    assert any("Frame 0 cannot be read" in warning for warning in document["warnings"])


def test_a_scene_whose_pictures_are_all_broken_says_so(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    scene = open_scene(folder)
    for path in (folder / "color").iterdir():
        path.unlink()
    with pytest.raises(SceneError, match="none of the 2 frames"):
        views_of(scene)
    assert any("2 frames were left out" in warning for warning in scene.warnings)
    assert health_of(scene, scene.frames[0]).fault == "color/0.jpg: the image is missing"


def test_a_picture_on_its_side_or_of_one_pixel_is_refused_with_a_reason(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    turned = np.zeros((64, 48, 3), np.uint8)
    Image.fromarray(turned).save(folder / "color" / "0.jpg")
    Image.fromarray(np.full((1, 1), 900, np.uint16)).save(folder / "depth" / "100.png")
    faults = {header.name: header.fault for header in open_scene(folder).headers}
    assert faults["0"] == (
        "its color image is 48x64 pixels, but the intrinsics are for 64x48: it lies on its side"
    )
    assert faults["100"] == "its depth image is only 1x1 pixels"


def test_a_portrait_scan_is_as_good_as_any(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    for kind, size in (("color", (48, 64)), ("depth", (24, 32))):
        for path in (folder / kind).iterdir():
            Image.open(path).resize(size).save(path)
        matrix = np.diag([60.0, 60.0, 1.0, 1.0])
        matrix[:2, 2] = size[0] / 2, size[1] / 2
        np.savetxt(folder / "intrinsic" / f"intrinsic_{kind}.txt", matrix)
    scene = open_scene(folder)
    frame = scene.read_frame(scene.frames[0])
    assert frame.color.shape == (64, 48, 3)
    assert frame.depth_m.shape == (32, 24)


def test_coarse_depth_is_the_depth_at_its_own_pixels(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    depth_mm = np.random.default_rng(1).integers(0, 5000, (480, 640), np.uint16)
    Image.fromarray(depth_mm).save(folder / "depth" / "0.png")
    scene = open_scene(folder)
    header = scene.frames[0]
    whole, coarse = scene.read_frame(header).depth, scene.read_coarse_depth(header)
    assert coarse.depth_m.shape == (120, 160)
    # The same ray through both images meets the same measurement.
    for column, row in ((0, 0), (7, 3), (159, 119)):
        x = (column - coarse.camera.cx) / coarse.camera.fx * whole.camera.fx + whole.camera.cx
        y = (row - coarse.camera.cy) / coarse.camera.fy * whole.camera.fy + whole.camera.cy
        depth_m, valid = whole.at(np.array(x), np.array(y))
        assert depth_m == pytest.approx(coarse.depth_m[row, column], abs=1e-3)
        assert valid == coarse.valid[row, column]


def test_a_small_picture_is_at_least_as_wide_as_asked(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    pixels = np.full((480, 640, 3), (200, 30, 90), np.uint8)
    Image.fromarray(pixels).save(folder / "color" / "0.jpg")
    (folder / "color" / "100.jpg").unlink()
    Image.fromarray(pixels).save(folder / "color" / "100.png")
    scene = open_scene(folder)
    for header in scene.frames:
        small = scene.read_coarse_color(header, width_px=150)
        assert 150 <= small.shape[1] < 320
        assert small.shape[0] * 4 == small.shape[1] * 3
        assert np.abs(small.astype(int) - (200, 30, 90)).max() < 8
    (folder / "color" / "0.jpg").unlink()
    with pytest.raises(BrokenFileError, match=r"0\.jpg"):
        scene.read_coarse_color(scene.frames[0], width_px=150)
