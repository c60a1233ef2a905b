"""Small pictures of scenes, kept in the cache folder so that each is drawn once."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from whatwhere.errors import BrokenFileError, WhatWhereError
from whatwhere.files import replacing
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh, Scene

MAX_PICTURES = 2000
_MAX_MESH_BYTES = 200 * 2**20
_SCHEME = 1
_MAX_TRIED = 5
"""To be raised whenever pictures are drawn differently."""

Pixels = NDArray[np.uint8]


class ScenePictures:
    """Pictures by scene path; reading and drawing is for a thread beside the window's.

    Args:
        folder: of the cache; made when the first picture is kept.
        draw: a mesh to (H, W, 4) RGBA; None when there is nothing to see.
        size_px: width and height of the picture of a scene without a mesh: its first good frame.
    """

    def __init__(
        self,
        folder: Path,
        *,
        draw: Callable[[Mesh], Pixels | None],
        size_px: tuple[int, int] = (104, 78),
    ) -> None:
        self._folder = folder
        self._draw, self._size_px = draw, size_px

    def picture(self, path: Path) -> Pixels | None:
        """(H, W, 4) RGBA, from the cache or drawn now; None for a scene that gives none.

        A scene that is gone, broken or too large to read for a picture gives none, and so does a
        cache folder that cannot be used.
        """
        try:
            source = _source_of(path)
            if source.suffix.lower() == ".ply" and source.stat().st_size > _MAX_MESH_BYTES:
                return None
            kept = self._folder / f"{_key(source)}.png"
            found = _read(kept)
            if found is None:
                scene = open_scene(path)
                mesh = scene.mesh
                found = self._frame_of(scene) if mesh is None else self._draw(mesh)
                if found is not None:
                    self._keep(kept, found)
        except (OSError, WhatWhereError):
            return None
        return found

    def kept(self, path: Path) -> Pixels | None:
        """(H, W, 4) RGBA from the cache; None for what is still to be drawn."""
        try:
            return _read(self._folder / f"{_key(_source_of(path))}.png")
        except OSError:
            return None

    def clear(self) -> None:
        """Forget all."""
        for kept in self._folder.glob("*.png"):
            kept.unlink(missing_ok=True)

    def _frame_of(self, scene: Scene) -> Pixels | None:
        """The middle of the first frame that can be read."""
        width, height = self._size_px
        for header in scene.frames[:_MAX_TRIED]:
            try:
                color = scene.read_coarse_color(header, width_px=2 * width)
            except BrokenFileError:
                continue
            fitted = ImageOps.fit(Image.fromarray(color), (width, height))
            return np.asarray(fitted.convert("RGBA"))
        return None

    def _keep(self, path: Path, pixels: Pixels) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            Image.fromarray(pixels).save(temporary, "PNG")
        kept = sorted(self._folder.glob("*.png"), key=lambda item: item.stat().st_mtime)
        for old in kept[:-MAX_PICTURES]:
            old.unlink(missing_ok=True)


_MESHES = ("*_vh_clean_2.ply", "scans/mesh_aligned_0.05.ply", "*_3dod_mesh.ply", "*.[pP][lL][yY]")


def _source_of(path: Path) -> Path:
    """What a picture is of: the mesh, or the whole folder or recording where there is none."""
    if path.is_file():
        return path
    found = (sorted(path.glob(pattern)) for pattern in _MESHES)
    return next((paths[0] for paths in found if paths), path)


def _key(source: Path) -> str:
    """Changes with its place, size and date."""
    facts = source.stat()
    text = f"{_SCHEME} {source.resolve()} {facts.st_size} {facts.st_mtime_ns}"
    return sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Pixels | None:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"))
    except FileNotFoundError:
        return None
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError):
        return None  # cut short: drawn again
