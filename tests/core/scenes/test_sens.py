"""`.sens` recordings: read in place, cut short, in every compression that can be read."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from whatwhere.cli.info import scene_info
from whatwhere.errors import BrokenFileError, Cancelled, MissingFileError, SceneError
from whatwhere.scenes.opening import open_scene, read_whole_scene, scene_name
from whatwhere.scenes.sens import SensFile

SensBytes = Callable[..., bytes]
WriteScan = Callable[..., Path]
HEADER_BYTES = 12 + len("StructureSensor") + 256 + 8 + 16 + 4 + 8


def written(folder: Path, content: bytes, name: str = "scene0042_00") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.sens"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("color", [-1, 0, 1, 2])
@pytest.mark.parametrize("depth", [-1, 0, 1])
def test_every_open_compression_is_read(
    tmp_path: Path, sens_bytes: SensBytes, color: int, depth: int
) -> None:
    # Blobs of an unknown form are told by what they hold.
    file = SensFile(written(tmp_path, sens_bytes(color=color, depth=depth)))
    assert (file.header.sensor, len(file), file.fault) == ("StructureSensor", 4, None)
    pixels = np.random.default_rng(3).integers(0, 255, (48, 64, 3), np.uint8)
    if color in (0, 1):
        np.testing.assert_array_equal(file.color(3), pixels)
    else:
        assert file.color(3).shape == (48, 64, 3)
        assert np.abs(file.color(3).astype(int) - pixels).mean() < 60
    depth_m, valid = file.depth(3)
    assert not valid[:2].any()
    assert valid[2:].all()
    np.testing.assert_allclose(depth_m[2:], 3.003)
    assert (depth_m[:2] == 0).all()


def test_frames_are_read_in_any_order(tmp_path: Path, sens_bytes: SensBytes) -> None:
    file = SensFile(written(tmp_path, sens_bytes(num_frames=9)))
    assert [int(file.depth_units(index)[5, 5]) for index in (8, 0, 5)] == [3008, 3000, 3005]


def test_units_other_than_millimetres(tmp_path: Path, sens_bytes: SensBytes) -> None:
    file = SensFile(written(tmp_path, sens_bytes(units_per_m=2000.0)))
    np.testing.assert_allclose(file.depth(0)[0][5], 1.5)


def test_a_folder_with_a_recording_alone_is_a_scene(tmp_path: Path, sens_bytes: SensBytes) -> None:
    path = written(tmp_path / "scene0042_00", sens_bytes())
    scene = open_scene(path.parent)
    assert scene.scene_id == "scene0042_00"
    assert [header.name for header in scene.frames] == ["0", "1", "3"]
    assert "tracking was lost" in str(scene.headers[2].fault)
    frame = scene.read_frame(scene.frames[0])
    assert frame.color.shape == (48, 64, 3)
    assert (frame.depth_camera.fx, frame.color_camera.fx) == (30, 60)
    np.testing.assert_array_equal(scene.read_coarse_depth(scene.frames[0]).depth_m, frame.depth_m)
    assert scene.read_coarse_color(scene.frames[0], width_px=16).shape[1] >= 16
    assert scene.path == path.parent


def test_a_recording_is_a_scene_of_its_own(
    tmp_path: Path, sens_bytes: SensBytes, write_scan: WriteScan, tiny_alignment: np.ndarray
) -> None:
    # Exported frames are there too: whoever opens the recording wants its frames.
    folder = write_scan(tmp_path)
    path = written(folder, sens_bytes(), "tiny0000_00")
    assert len(open_scene(folder).headers) == 3
    scene = open_scene(path)
    assert len(scene.headers) == 4
    assert scene.is_aligned
    assert len(scene.objects) == 3
    assert scene.path == path
    assert open_scene(scene.path).scene_id == "tiny0000_00"
    assert scene_name(path) == ("tiny0000_00", "Test = odd")
    pose = scene.frames[0].world_from_camera
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3], tiny_alignment[:3, 3], atol=1e-6)


def test_depth_of_a_recording_lies_on_the_mesh(
    tmp_path: Path, sens_bytes: SensBytes, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, frames=False)
    written(folder, sens_bytes(), "tiny0000_00")
    document = scene_info(open_scene(folder))
    errors = [frame["depth_error_m"] for frame in document["frames"] if frame["valid"]]
    assert max(errors) < 0.005


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_recording_that_is_cut_short_gives_its_whole_frames(
    tmp_path: Path, sens_bytes: SensBytes, kept: int
) -> None:
    content = sens_bytes()
    size = len(sens_bytes(num_frames=kept)) - 136
    path = written(tmp_path / "scene0042_00", content[: size + 100])
    scene = open_scene(path.parent)
    assert len(scene.headers) == kept
    found = [text for text in scene.warnings if "cut short" in text]
    assert found[0].startswith(f"scene0042_00.sens is cut short: {kept} of 4 frame")
    assert found[0] in scene_info(scene)["warnings"]


def test_frames_that_were_never_downloaded_end_the_walk(
    tmp_path: Path, sens_bytes: SensBytes
) -> None:
    file = SensFile(written(tmp_path, sens_bytes(promised=10**15)[:-136] + bytes(50_000)))
    assert len(file) == 4
    assert file.fault is not None


def test_a_recording_without_one_whole_frame(
    tmp_path: Path, sens_bytes: SensBytes, write_scan: WriteScan
) -> None:
    content = sens_bytes()[: HEADER_BYTES + 50]
    with pytest.raises(BrokenFileError, match="first frame"):
        open_scene(written(tmp_path / "scene0042_00", content).parent)
    # The mesh beside it is still worth opening.
    folder = write_scan(tmp_path, frames=False)
    written(folder, content, "tiny0000_00")
    scene = open_scene(folder)
    assert scene.headers == ()
    assert [text for text in scene.warnings if "first frame" in text]
    assert not [text for text in scene.warnings if "has no frames" in text]


def test_occi_is_refused_with_the_reason(tmp_path: Path, sens_bytes: SensBytes) -> None:
    with pytest.raises(SceneError, match=r"OCCI, a codec .* not public"):
        open_scene(written(tmp_path, sens_bytes(depth=2)))


@pytest.mark.parametrize(
    ("at", "form", "value", "words"),
    [
        (0, "<I", 3, "version 4"),
        (4, "<Q", 1 << 40, "version 4"),
        (HEADER_BYTES - 36, "<i", 9, "compression"),
        (HEADER_BYTES - 28, "<I", 0, "cannot be 0x48"),
        (HEADER_BYTES - 28, "<I", 1 << 31, "cannot be"),
        (HEADER_BYTES - 12, "<f", 0.0, "units per metre"),
        (HEADER_BYTES - 12, "<f", float("nan"), "units per metre"),
    ],
)
def test_a_lying_header_is_refused(
    tmp_path: Path, sens_bytes: SensBytes, at: int, form: str, value: float, words: str
) -> None:
    content = bytearray(sens_bytes())
    struct.pack_into(form, content, at, value)
    with pytest.raises(BrokenFileError, match=words):
        SensFile(written(tmp_path, bytes(content)))


@pytest.mark.parametrize("size", [0, 3, 11, 60, HEADER_BYTES - 1])
def test_a_file_that_ends_within_its_header(
    tmp_path: Path, sens_bytes: SensBytes, size: int
) -> None:
    with pytest.raises(BrokenFileError):
        SensFile(written(tmp_path, sens_bytes()[:size]))


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        SensFile(tmp_path / "scene0042_00.sens")


def test_images_of_another_size_than_promised_are_broken_one_by_one(
    tmp_path: Path, sens_bytes: SensBytes
) -> None:
    for form, words in ((0, "not 80x60"), (1, "is 64x48 where 80x60"), (2, "is 64x48")):
        content = bytearray(sens_bytes(color=form))
        struct.pack_into("<II", content, HEADER_BYTES - 28, 80, 60)
        file = SensFile(written(tmp_path, bytes(content)))
        with pytest.raises(BrokenFileError, match=f"frame 1 is broken.*{words}"):
            file.color(1)
        assert file.depth(1)[1].any()
    content = bytearray(sens_bytes())
    struct.pack_into("<II", content, HEADER_BYTES - 20, 8000, 8000)
    with pytest.raises(BrokenFileError, match="not 8000x8000"):
        SensFile(written(tmp_path, bytes(content))).depth(0)


def test_a_file_that_becomes_shorter_while_it_is_open(
    tmp_path: Path, sens_bytes: SensBytes
) -> None:
    path = written(tmp_path, sens_bytes())
    file = SensFile(path)
    with path.open("r+b") as opened:
        opened.truncate(HEADER_BYTES)
    with pytest.raises(BrokenFileError, match="shorter"):
        file.color(0)


def test_frames_without_an_image_are_dropped(tmp_path: Path, sens_bytes: SensBytes) -> None:
    content = bytearray(sens_bytes(num_frames=1, color=0)[:-136])
    first = len(content)
    content += content[HEADER_BYTES : HEADER_BYTES + 80]
    content += struct.pack("<QQ", 0, 3) + b"abc"
    struct.pack_into("<Q", content, HEADER_BYTES - 8, 2)
    assert len(content) == first + 99
    scene = open_scene(written(tmp_path / "one", bytes(content)))
    assert [header.fault for header in scene.headers] == [None, "its color image is empty"]


def test_opening_a_recording_can_be_cancelled(tmp_path: Path) -> None:
    # Frames of one byte each: enough of them that the walk tells how far it is.
    pose = np.eye(4, dtype="<f4").tobytes()
    frame = pose + struct.pack("<QQQQ", 0, 0, 1, 0) + b"x"
    header = struct.pack("<IQ", 4, 0) + np.stack([np.eye(4, dtype="<f4")] * 4).tobytes()
    header += struct.pack("<iiIIIIfQ", 2, 1, 64, 48, 32, 24, 1000.0, 9000)
    path = written(tmp_path / "long", header + frame * 9000)
    told: list[tuple[int, int, str]] = []
    with pytest.raises(Cancelled):
        read_whole_scene(
            path, on_step=lambda *step: told.append(step), is_cancelled=lambda: len(told) > 1
        )
    assert told[-1][:2] == (4096, 9000)
