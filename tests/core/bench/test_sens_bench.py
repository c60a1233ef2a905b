"""`whatwhere bench sens`: its recordings are recordings, and other readers run beside ours."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.bench import sens
from whatwhere.bench.naive_sens import export_naively
from whatwhere.bench.official_sens import official_export_s
from whatwhere.bench.recordings import COLOR_SIZE, room_blobs, write_recording
from whatwhere.errors import MissingFileError, NotSupportedError
from whatwhere.scenes.frame_export import export_frames
from whatwhere.scenes.opening import open_scene

SensBytes = Callable[..., bytes]

READER = """
import os, sys
class SensorData:
    def __init__(self, path): self.size = os.path.getsize(path)
    def export_depth_images(self, out): os.makedirs(out)
    def export_color_images(self, out): os.makedirs(out)
    def export_poses(self, out): os.makedirs(out)
    def export_intrinsics(self, out): open(out, "w").write(str(self.size))
"""


def test_its_recordings_are_read_as_scannets_would_be(tmp_path: Path) -> None:
    path = tmp_path / "room.sens"
    write_recording(path, room_blobs(1) * 2)
    scene = open_scene(path)
    frame = scene.read_frame(scene.frames[1])
    assert frame.color.shape[1::-1] == COLOR_SIZE
    assert 0.3 < np.median(frame.depth_m[frame.depth_valid]) < 10
    # The stand-in beside it reads the same.
    export_naively(path, tmp_path / "naive")
    export_frames(scene, tmp_path / "ours")
    for name in ("naive", "ours"):
        with Image.open(tmp_path / name / "depth" / "1.png") as image:
            np.testing.assert_allclose(np.asarray(image) / 1000, frame.depth_m, atol=1e-3)


def test_all_figures_come_out_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sens_bytes: SensBytes
) -> None:
    monkeypatch.setattr(sens, "_FRAMES", 1)
    monkeypatch.setattr(sens, "_RANDOM", 2)
    monkeypatch.setattr(sens, "_HOLLOW_BYTES", 10_000_000)
    monkeypatch.setattr(sens, "_OPENINGS", 1)
    monkeypatch.setattr(sens, "_EXPORTS", 1)
    reader = tmp_path / "SensorData.py"
    reader.write_text(READER)
    figures = sens.run(official_reader=reader, official_python=Path(sys.executable))
    assert figures["a random frame, colour and depth"].at_most == 10
    assert figures["opening a scene, per GB of recording"].at_most == 50
    assert figures["export / the official reader's"].at_most == 1 / 20
    assert all(figure.value > 0 for figure in figures.values())


def test_a_reader_that_does_not_run_says_why(tmp_path: Path) -> None:
    reader = tmp_path / "SensorData.py"
    with pytest.raises(MissingFileError):
        official_export_s(reader, tmp_path / "a.sens", tmp_path / "out", python=None)
    reader.write_text("import a_module_that_nobody_has")
    with pytest.raises(NotSupportedError, match="a_module_that_nobody_has"):
        official_export_s(reader, tmp_path / "a.sens", tmp_path / "out", python=None)
