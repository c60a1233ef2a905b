"""What a vision tower saw of a scene, on disk, so that opening the scene again skips the tower.

An entry is named after all that it depends on: the pictures of the frames, the model's files, the
size of the frames, the type of the numbers. It is a cache: what is damaged is made again, and what
was not used for longest goes first when all together outgrow their cap.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from whatwhere.errors import SceneError
from whatwhere.files import replacing
from whatwhere.models.adapter_link import WEIGHTS, is_adapted
from whatwhere.models.cache_cap import cache_folder
from whatwhere.models.folder_checks import weight_files
from whatwhere.scenes.scene import FrameHeader, Scene

_VERSION = 1
_SUFFIX = ".safetensors"


class KeptFeatures:
    """The entries of one model.

    Args:
        model: folder whose files the features depend on.
        max_bytes: of all entries together, those of other models too; 0 keeps nothing.
        folder: where they lie; None takes the user's cache.

    Attributes:
        num_used: how often features were there, since this was made.
        num_made: how often they were not.
        spares_own: whether what this was asked for is never thrown away to make room. Whoever
            goes through more scenes than fit, again and again, would find none of them otherwise.
    """

    def __init__(self, model: Path, *, max_bytes: int, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder()
        self._max_bytes = max_bytes
        self._model = _fingerprint(model) if max_bytes else ""
        self._own: set[str] = set()
        self.num_used = self.num_made = 0
        self.spares_own = False

    def key(
        self,
        scene: Scene,
        headers: Sequence[FrameHeader],
        *,
        image_size: tuple[int, int],
        dtype: torch.dtype,
    ) -> str:
        """The name of what this model sees of these frames; "" where nothing is kept.

        Pictures that lie in files of their own count by their bytes, others by size and time of
        the file that they lie in.
        """
        if not self._max_bytes or scene.edit:
            return ""  # the files do not hold what an edited scene shows
        digest = hashlib.sha256()
        known = [_VERSION, self._model, list(image_size), str(dtype)]
        digest.update(json.dumps(known).encode())
        try:
            for header in headers:
                digest.update(header.name.encode() + b"\0")
                try:
                    path, _ = scene.source.frame_paths(header)
                    digest.update(path.read_bytes())
                except SceneError as error:
                    digest.update(_stamp(error.path or scene.path).encode())
        except OSError:
            return ""  # a picture is gone: whoever reads it says so
        return digest.hexdigest()[:40]

    def get(self, key: str, *, device: torch.device) -> tuple[Tensor, tuple[str, ...]] | None:
        """Features (F, ...) float32 on a device and the names of their frames, or None."""
        path = self._path(key)
        if not key or not path.is_file():
            self.num_made += 1
            return None
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                names = json.loads(file.metadata()["frames"])
                features = file.get_tensor("features").to(device, torch.float32, copy=True)
            if len(names) != len(features):
                raise ValueError("frames and features differ in number")
            os.utime(path)
        except (OSError, SafetensorError, LookupError, TypeError, ValueError):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            self.num_made += 1
            return None
        self.num_used += 1
        self._own.add(path.name)
        return features, tuple(names)

    def put(self, key: str, features: Tensor, names: Sequence[str], *, dtype: torch.dtype) -> None:
        """Keep features; a disk that is full is no reason to fail.

        Args:
            key: from `key`.
            features: (F, ...).
            names: of the F frames.
            dtype: that the network computes in, which loses nothing of them.
        """
        size = features.numel() * dtype.itemsize
        if not key or size > self._max_bytes:
            return
        with contextlib.suppress(OSError, SafetensorError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._make_room(size):
                return
            self._own.add(self._path(key).name)
            with replacing(self._path(key)) as temporary:
                save_file(
                    {"features": features.to("cpu", dtype).contiguous()},
                    temporary,
                    metadata={"frames": json.dumps(list(names))},
                )

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _make_room(self, size: int) -> bool:
        """Throw away what was not used for longest; False where that was not enough."""
        entries = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):  # another process may tidy up, too
                state = path.stat()
                entries.append((state.st_mtime_ns, state.st_size, path))
        held = sum(item[1] for item in entries)
        for _, count, path in sorted(entries):
            if held + size <= self._max_bytes:
                break
            if self.spares_own and path.name in self._own:
                continue
            path.unlink(missing_ok=True)
            held -= count
        return held + size <= self._max_bytes


def _fingerprint(model: Path) -> str:
    """Of a model's files: the bytes of its config.json, size and time of its weights."""
    digest = hashlib.sha256((model / "config.json").read_bytes())
    own = (model / WEIGHTS,) if is_adapted(model) else ()
    for path in (*weight_files(model), *own):
        digest.update(_stamp(path).encode())
    return digest.hexdigest()


def _stamp(path: Path) -> str:
    state = path.stat()
    return f"{path.resolve()} {state.st_size} {state.st_mtime_ns}"
