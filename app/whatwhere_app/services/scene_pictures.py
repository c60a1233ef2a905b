"""Small pictures of scenes, kept in the cache folder so that each is drawn once."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from whatwhere.errors import WhatWhereError
from whatwhere.files import replacing
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh

MAX_PICTURES = 2000
_MAX_MESH_BYTES = 200 * 2**20
_SCHEME = 1
"""To be raised whenever pictures are drawn differently."""

Pixels = NDArray[np.uint8]


class ScenePictures:
    """Pictures by scene path; reading and drawing is for a thread beside the window's.

    Args:
        folder: of the cache; made when the first picture is kept.
        draw: a mesh to (H, W, 4) RGBA; None when there is nothing to see.
    """

    def __init__(self, folder: Path, *, draw: Callable[[Mesh], Pixels | None]) -> None:
        self._folder = folder
        self._draw = draw

    def picture(self, path: Path) -> Pixels | None:
        """(H, W, 4) RGBA, from the cache or drawn now; None for a scene that gives none.

        A scene that is gone, broken, without a mesh or too large to read for a picture gives
        none, and so does a cache folder that cannot be used.
        """
        try:
            mesh_path = _mesh_of(path)
            if mesh_path is None or mesh_path.stat().st_size > _MAX_MESH_BYTES:
                return None
            kept = self._folder / f"{_key(mesh_path)}.png"
            found = _read(kept)
            if found is None:
                mesh = open_scene(path).mesh
                found = None if mesh is None else self._draw(mesh)
                if found is not None:
                    self._keep(kept, found)
        except (OSError, WhatWhereError):
            return None
        return found

    def kept(self, path: Path) -> Pixels | None:
        """(H, W, 4) RGBA from the cache; None for what is still to be drawn."""
        try:
            mesh_path = _mesh_of(path)
            return None if mesh_path is None else _read(self._folder / f"{_key(mesh_path)}.png")
        except OSError:
            return None

    def clear(self) -> None:
        """Forget all."""
        for kept in self._folder.glob("*.png"):
            kept.unlink(missing_ok=True)

    def _keep(self, path: Path, pixels: Pixels) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            Image.fromarray(pixels).save(temporary, "PNG")
        kept = sorted(self._folder.glob("*.png"), key=lambda item: item.stat().st_mtime)
        for old in kept[:-MAX_PICTURES]:
            old.unlink(missing_ok=True)


_MESHES = ("*_vh_clean_2.ply", "scans/mesh_aligned_0.05.ply", "*_3dod_mesh.ply")


def _mesh_of(path: Path) -> Path | None:
    if path.is_file():
        return path
    found = (sorted(path.glob(pattern)) for pattern in _MESHES)
    return next((paths[0] for paths in found if paths), None)


def _key(mesh_path: Path) -> str:
    """Changes with the mesh's place, size and date."""
    facts = mesh_path.stat()
    text = f"{_SCHEME} {mesh_path.resolve()} {facts.st_size} {facts.st_mtime_ns}"
    return sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Pixels | None:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"))
    except FileNotFoundError:
        return None
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError):
        return None  # cut short: drawn again
