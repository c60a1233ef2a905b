"""What a frozen tower saw of each scene: a file per scene, few of them in memory at a time.

A file is mapped, not read; those of the step at hand and of the next one are read into memory by a
thread while the step before is computed. A file is whole or not there, and one that is damaged is
made again.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.files import replacing
from whatwhere.models.frame_vlm.sights import Sight

SIGHT = frozenset(item.name for item in fields(Sight)) - {"room", "looks_KD", "looks_from_K"}
"""Names of the tensors that are kept of every `Sight`."""
_SMALL = ("seen_K", "centers_m_K3", "sizes_m_K3", "room_half_m_3")
_ABOUT = "about"

Scene = TypeVar("Scene")


@dataclass(frozen=True, slots=True)
class KeptScene:
    """What a file says of its scene beside the features.

    Attributes:
        path: the file.
        scene_id: of the scene.
        object_ids: (K,) of the candidates.
        classes: (K,) labels.
        colours: (K,) colour names, "" where there is none.
        small: the tensors that describe candidates and room, by their names in `Sight`.
        about: all that is said of it.
    """

    path: Path
    scene_id: str
    object_ids: tuple[int | None, ...]
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    small: Mapping[str, Tensor]
    about: Mapping[str, Any]


def sight_tensors(sight: Sight) -> dict[str, Tensor]:
    """What is kept of a sight, by name."""
    own = {name: getattr(sight, name) for name in SIGHT}
    return own if sight.looks_KD is None else {**own, "looks_KD": sight.looks_KD}


def write_scene(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Keep a scene.

    Args:
        path: of the file; its folder is made.
        tensors: by name.
        about: what JSON can hold of it: "scene_id", "object_ids", "classes", "colours".

    Raises:
        RefusedPathError: the disk is full, or refuses the file.
    """
    kept = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            save_file(kept, temporary, metadata={_ABOUT: json.dumps(dict(about))})
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    except SafetensorError as error:
        raise RefusedPathError(path, str(error)) from error


def read_kept(path: Path, names: Collection[str] = SIGHT) -> KeptScene | None:
    """What is kept of a scene, its features aside; None where no whole file is there.

    Args:
        path: of the file.
        names: of the tensors that a whole file holds, at least.
    """
    try:
        with safe_open(path, "pt") as file:
            if not set(file.keys()) >= set(names):
                return None
            about = json.loads(file.metadata()[_ABOUT])
            small = {name: file.get_tensor(name).clone() for name in _SMALL if name in names}
        return KeptScene(
            path,
            str(about["scene_id"]),
            tuple(about["object_ids"]),
            tuple(about["classes"]),
            tuple(about["colours"]),
            small,
            about,
        )
    except (OSError, SafetensorError, LookupError, ValueError, TypeError):
        return None


def sight_of(number: int, tensors: Mapping[str, Tensor]) -> Sight:
    """The inverse of `sight_tensors`."""
    return Sight(room=number, **tensors)


class SceneStore(Generic[Scene]):
    """Scenes by number; at most those are held that `hold` was told last.

    Args:
        paths: of their files, the number of a scene being its place here.
        made: a scene of its number and the tensors of its file.
    """

    def __init__(
        self, paths: Iterable[Path], made: Callable[[int, dict[str, Tensor]], Scene]
    ) -> None:
        self.paths, self.made = tuple(paths), made
        self._held: dict[int, Future[Scene]] = {}
        self._lock = threading.Lock()
        self._reader: ThreadPoolExecutor | None = None

    @property
    def num_held(self) -> int:
        """Scenes in memory, or on their way there."""
        return len(self._held)

    def hold(self, numbers: Iterable[int]) -> None:
        """Begin to read these scenes, in this order, and forget all others."""
        if self._reader is None:
            self._reader = ThreadPoolExecutor(1, thread_name_prefix="scenes")
        wanted = list(dict.fromkeys(numbers))
        with self._lock:
            for number in self._held.keys() - set(wanted):
                self._held.pop(number).cancel()
            for number in wanted:
                if number not in self._held:
                    self._held[number] = self._reader.submit(self._read, number, copied=True)

    def scene(self, number: int) -> Scene:
        """One scene; one that is not held is mapped, and not kept.

        Raises:
            BrokenFileError: its file is gone or damaged.
        """
        with self._lock:
            held = self._held.get(number)
        return self._read(number, copied=False) if held is None else held.result()

    def close(self) -> None:
        """Forget all scenes and end the thread that reads."""
        self.hold(())
        if self._reader is not None:
            self._reader.shutdown()
            self._reader = None

    def _read(self, number: int, *, copied: bool) -> Scene:
        path = self.paths[number]
        try:
            with safe_open(path, "pt") as file:
                found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise BrokenFileError(
                path,
                f"the kept features of a scene cannot be read ({error})",
                remedy="Resume the run: what is missing is made again",
            ) from error
        # A copy is in memory; what is only mapped is read when it is first used.
        tensors = {name: t.clone() if copied else t for name, t in found.items()}
        return self.made(number, tensors)


def fingerprint(known: object, modules: Iterable[torch.nn.Module] = ()) -> str:
    """A name made of everything that features depend on: what JSON can hold, and weights."""
    digest = hashlib.sha256(json.dumps(known).encode())
    for module in modules:
        for name, tensor in sorted(module.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().to(torch.float32).numpy().tobytes())
    return digest.hexdigest()[:32]


def stamp_of(folder: Path) -> list[list[str | int]]:
    """What changes when a file of a scan is written anew, or one is added or taken away."""
    found: list[list[str | int]] = []
    # A scan that is not there is told of by whoever opens it.
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        state = path.stat()
        found.append([path.name, 0 if path.is_dir() else state.st_size, state.st_mtime_ns])
    return found
