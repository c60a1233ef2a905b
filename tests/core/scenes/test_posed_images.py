import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import BrokenFileError
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

WriteScan = Callable[..., Path]


def faults(scene: Scene) -> dict[str, str | None]:
    return {header.name: header.fault for header in scene.headers}


@pytest.mark.parametrize("kind", ["color", "depth", "pose"])
def test_a_frame_that_lacks_a_file_is_dropped(
    tmp_path: Path, write_scan: WriteScan, kind: str
) -> None:
    folder = write_scan(tmp_path)
    next((folder / kind).glob("0.*")).unlink()
    scene = open_scene(folder)
    assert faults(scene)["0"] == f"its {kind} file is missing"
    assert [header.name for header in scene.frames] == ["100"]


@pytest.mark.parametrize("kind", ["color", "depth"])
def test_a_file_that_is_no_image_is_dropped_by_name(
    tmp_path: Path, write_scan: WriteScan, kind: str
) -> None:
    folder = write_scan(tmp_path)
    path = next((folder / kind).glob("0.*"))
    path.write_bytes(b"no image at all")
    fault = faults(open_scene(folder))["0"]
    assert fault is not None
    assert f"its {kind} file is broken" in fault


@pytest.mark.parametrize(
    "pose",
    [
        "-inf " * 16,
        "nan " * 16,
        "-1.#INF00 " * 16,
        "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 2",
        "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1",
        "-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
        "1 0 0",
        "a pose",
        "",
    ],
)
def test_a_pose_that_cannot_be_used_drops_exactly_its_frame(
    tmp_path: Path, write_scan: WriteScan, pose: str
) -> None:
    folder = write_scan(tmp_path)
    (folder / "pose" / "100.txt").write_text(pose)
    assert [header.name for header in open_scene(folder).frames] == ["0"]


def test_frames_without_any_intrinsics_are_dropped(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    for path in (folder / "intrinsic").iterdir():
        path.unlink()
    scene = open_scene(folder)
    assert scene.frames == []
    assert any("no camera intrinsics" in text for text in scene.warnings)


def test_a_broken_intrinsics_file_is_named(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    (folder / "intrinsic" / "intrinsic_depth.txt").write_text("1 2 3")
    with pytest.raises(BrokenFileError, match=r"intrinsic_depth\.txt"):
        open_scene(folder)


def test_a_frame_with_a_fault_cannot_be_read(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path))
    with pytest.raises(ValueError, match="tracking was lost"):
        scene.read_frame(scene.headers[1])


def test_depth_that_is_not_16_bit_is_refused(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    Image.fromarray(np.full((24, 32), 200, np.uint8)).save(folder / "depth" / "0.png")
    scene = open_scene(folder)
    with pytest.raises(BrokenFileError, match="16-bit"):
        scene.read_frame(scene.frames[0])


def test_colour_may_be_png_or_a_grey_jpeg(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    (folder / "color" / "0.jpg").unlink()
    pixels = np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3)
    Image.fromarray(pixels).save(folder / "color" / "0.png")
    Image.fromarray(pixels[..., 0]).save(folder / "color" / "100.jpg")
    scene = open_scene(folder)
    np.testing.assert_array_equal(scene.read_frame(scene.frames[0]).color, pixels)
    assert scene.read_frame(scene.frames[1]).color.shape == (48, 64, 3)


def test_many_frames_open_with_few_descriptors(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    scene = open_scene(folder)
    for header in scene.frames:
        scene.read_frame(header)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before
