import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh
from whatwhere_app.services import scene_pictures
from whatwhere_app.services.scene_pictures import ScenePictures


class Drawer:
    """Draws each picture in one grey, and counts."""

    def __init__(self) -> None:
        self.num_drawn = 0

    def __call__(self, mesh: Mesh) -> np.ndarray:
        self.num_drawn += 1
        return np.full((3, 4, 4), 99, np.uint8)


def test_a_picture_is_drawn_once_and_anew_when_the_mesh_changes(
    tmp_path: Path, tiny_scan: Path
) -> None:
    draw = Drawer()
    pictures = ScenePictures(tmp_path / "cache", draw=draw)
    assert pictures.kept(tiny_scan) is None
    first = pictures.picture(tiny_scan)
    kept = pictures.kept(tiny_scan)
    assert kept is not None
    np.testing.assert_array_equal(first, kept)
    again = ScenePictures(tmp_path / "cache", draw=draw).picture(tiny_scan)
    assert first is not None
    np.testing.assert_array_equal(first, again)
    assert draw.num_drawn == 1
    mesh = next(tiny_scan.glob("*.ply"))
    os.utime(mesh, ns=(1, 1))
    assert pictures.kept(tiny_scan) is None
    pictures.picture(tiny_scan)
    assert draw.num_drawn == 2
    next((tmp_path / "cache").glob("*.png")).write_bytes(b"\x89PNG cut short")
    assert pictures.picture(tiny_scan) is not None
    pictures.clear()
    assert not list((tmp_path / "cache").glob("*.png"))


def test_what_gives_no_picture_is_no_fault(tmp_path: Path, write_scan: Callable[..., Path]) -> None:
    pictures = ScenePictures(tmp_path / "cache", draw=Drawer())
    assert pictures.picture(tmp_path / "gone") is None
    assert pictures.picture(write_scan(tmp_path / "a", mesh=False, frames=False)) is None
    broken = write_scan(tmp_path / "b")
    next(broken.glob("*.ply")).write_bytes(b"ply\n")
    assert pictures.picture(broken) is None


def test_a_scene_without_a_mesh_shows_its_first_good_frame(
    tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    draw = Drawer()
    pictures = ScenePictures(tmp_path / "cache", draw=draw, size_px=(8, 6))
    scan = write_scan(tmp_path / "a", mesh=False, annotation=False)
    first = open_scene(scan).frames[0]
    color = scan / "color" / f"{first.name}.jpg"
    Image.new("RGB", (64, 48), (200, 10, 10)).save(color)
    shown = pictures.picture(scan)
    assert shown is not None
    assert shown.shape == (6, 8, 4)
    assert shown[..., 0].min() > 150
    kept = pictures.kept(scan)
    assert kept is not None
    np.testing.assert_array_equal(kept, shown)
    assert draw.num_drawn == 0
    pictures.clear()
    color.write_bytes(b"no picture")
    other = pictures.picture(scan)
    assert other is not None
    assert other[..., 0].min() < 150


def test_the_cache_stays_small(
    tmp_path: Path, write_scan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_pictures, "MAX_PICTURES", 2)
    pictures = ScenePictures(tmp_path / "cache", draw=Drawer())
    for name in "abcd":
        assert pictures.picture(write_scan(tmp_path / name)) is not None
    assert len(list((tmp_path / "cache").glob("*.png"))) == 2
