"""Frames written in the official layout, and read back."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import Cancelled, RefusedPathError, SceneError
from whatwhere.scenes import frame_export
from whatwhere.scenes.frame_export import export_frames
from whatwhere.scenes.images import encode_depth
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scan_text import read_matrix
from whatwhere.scenes.scene import Scene

SensBytes = Callable[..., bytes]
WriteScan = Callable[..., Path]


@pytest.fixture
def recording(tmp_path: Path, sens_bytes: SensBytes) -> Path:
    path = tmp_path / "scene0042_00" / "scene0042_00.sens"
    path.parent.mkdir()
    path.write_bytes(sens_bytes(num_frames=7, noise=900))
    return path


def assert_same_frames(one: Scene, other: Scene) -> None:
    assert [h.name for h in one.headers] == [h.name for h in other.headers]
    assert [h.name for h in one.frames] == [h.name for h in other.frames]
    for left, right in zip(one.frames, other.frames, strict=True):
        a, b = one.read_frame(left), other.read_frame(right)
        np.testing.assert_array_equal(a.color, b.color)
        np.testing.assert_array_equal(a.depth_m, b.depth_m)
        np.testing.assert_allclose(a.world_from_camera, b.world_from_camera, atol=1e-6)
        assert a.color_camera == b.color_camera
        assert a.depth_camera == b.depth_camera


def test_an_export_holds_what_the_recording_holds(tmp_path: Path, recording: Path) -> None:
    scene, out = open_scene(recording), tmp_path / "out"
    told: list[tuple[int, int]] = []
    report = export_frames(scene, out, on_frame=lambda *done: told.append(done))
    assert (report.num_written, report.num_kept, report.left_out) == (7, 0, {})
    assert told == [(0, 7), (7, 7)]
    assert_same_frames(scene, open_scene(out))
    # Colour is not compressed a second time, and a lost pose stays lost.
    blob = scene.source.read_stored(scene.headers[4]).color
    assert (out / "color" / "4.jpg").read_bytes() == blob
    assert np.isneginf(read_matrix(out / "pose" / "2.txt")).all()


def test_poses_are_in_the_mesh_frame(
    tmp_path: Path, write_scan: WriteScan, sens_bytes: SensBytes
) -> None:
    folder = write_scan(tmp_path, frames=False)
    (folder / "tiny0000_00.sens").write_bytes(sens_bytes())
    scene = open_scene(folder)
    export_frames(scene, folder)
    assert (folder / "color" / "0.jpg").exists()
    (folder / "tiny0000_00.sens").unlink()
    assert_same_frames(scene, open_scene(folder))


def test_every_third_frame_and_then_the_rest(tmp_path: Path, recording: Path) -> None:
    scene, out = open_scene(recording), tmp_path / "out"
    report = export_frames(scene, out, every=3)
    assert report.num_written == 3
    assert sorted(path.name for path in (out / "color").iterdir()) == ["0.jpg", "3.jpg", "6.jpg"]
    before = (out / "depth" / "3.png").stat().st_mtime_ns
    report = export_frames(scene, out)
    assert (report.num_written, report.num_kept) == (4, 3)
    assert (out / "depth" / "3.png").stat().st_mtime_ns == before
    assert_same_frames(scene, open_scene(out))


def test_only_the_frames_that_see_most(tmp_path: Path, recording: Path) -> None:
    # All cameras see the same wall: one frame of noise more or less adds little.
    scene, out = open_scene(recording), tmp_path / "out"
    assert export_frames(scene, out, cover=2).num_written == 2
    assert len(open_scene(out).frames) == 2


def test_a_cancelled_export_goes_on(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_export, "_AT_ONCE", 2)
    scene, out = open_scene(recording), tmp_path / "out"
    with pytest.raises(Cancelled):
        export_frames(scene, out, is_cancelled=lambda: True)
    assert len(list((out / "pose").iterdir())) == 2
    assert not list(out.rglob("*.tmp"))
    assert export_frames(scene, out).num_kept == 2
    assert_same_frames(scene, open_scene(out))


def test_a_broken_frame_is_left_out_by_name(tmp_path: Path, recording: Path) -> None:
    content = bytearray(recording.read_bytes())
    scene = open_scene(recording)
    blob = scene.source.read_stored(scene.headers[3])
    at = content.index(blob.color) + len(blob.color)
    content[at : at + 8] = bytes(8)
    recording.write_bytes(content)
    report = export_frames(open_scene(recording), tmp_path / "out")
    assert report.num_written == 6
    assert list(report.left_out) == ["3"]
    assert "cannot be inflated" in report.left_out["3"]


def test_a_folder_with_frames_of_another_scene_is_left_alone(
    tmp_path: Path, recording: Path, write_scan: WriteScan
) -> None:
    other = write_scan(tmp_path)
    before = sorted(path.name for path in other.rglob("*"))
    with pytest.raises(SceneError, match="not of scene0042_00"):
        export_frames(open_scene(recording), other)
    assert sorted(path.name for path in other.rglob("*")) == before


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(SceneError, match=r"7 frames need about .* GB"):
        export_frames(open_scene(recording), tmp_path / "out")
    assert not list((tmp_path / "out" / "color").iterdir())


def test_a_place_that_cannot_be_written_to(tmp_path: Path, recording: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RefusedPathError):
        export_frames(open_scene(recording), tmp_path / "out")


def test_units_other_than_millimetres_are_converted(tmp_path: Path, sens_bytes: SensBytes) -> None:
    path = tmp_path / "a.sens"
    path.write_bytes(sens_bytes(units_per_m=5000.0, color=0))
    scene = open_scene(path)
    export_frames(scene, tmp_path / "out")
    depth_mm = np.asarray(Image.open(tmp_path / "out" / "depth" / "3.png"))
    assert (depth_mm[5] == round(3003 / 5)).all()
    color = np.asarray(Image.open(tmp_path / "out" / "color" / "3.png"))
    np.testing.assert_array_equal(color, scene.read_frame(scene.frames[2]).color)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (24, 32)])
def test_depth_survives_its_png(shape: tuple[int, int]) -> None:
    units = np.random.default_rng(0).integers(0, 65536, shape).astype(np.uint16)
    units.flat[0] = 65535
    with Image.open(io.BytesIO(encode_depth(units))) as image:
        assert image.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(image), units)
