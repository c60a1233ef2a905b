"""The frozen tower's features of a split, computed once and kept on disk for the next run.

What is kept is a cache: it is made again when it is missing, damaged or laid out otherwise, and it
is named after everything it depends on (sentences, tower weights, words, classes).
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from whatwhere.files import replacing
from whatwhere.folders import user_folder
from whatwhere.models.vision import VisionTower
from whatwhere.models.words import Words
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.rooms import Room, TwinRoom, read_rooms, read_twins
from whatwhere.training.samples import Samples, make_samples, samples_as_tensors, samples_from
from whatwhere.training.twins import TwinSamples, make_twins, twins_as_tensors, twins_from

_VERSION = 1
_TELL_EVERY = 25

_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads splits as one network needs them.

    Attributes:
        tower: frozen.
        words: of the same network.
        classes: names by class id.
        colours: names by colour id.
        workers: processes that read.
        report: told what is being done, see `Report`.
    """

    tower: VisionTower
    words: Words
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    workers: int
    report: Report

    def rooms(self, dataset: DataSet) -> Iterator[Room]:
        """The split's scenes at the tower's image size, before the tower has seen them."""
        return read_rooms(
            dataset.folder,
            dataset.split,
            image_size=self.tower.image_size,
            grid=(self.tower.grid_height, self.tower.grid_width),
            max_frames=dataset.max_frames,
            workers=self.workers,
        )

    def samples(self, dataset: DataSet) -> Samples:
        """The split as the network sees it, from the cache where it is there."""

        def make() -> dict[str, Tensor]:
            return samples_as_tensors(self.look(self.rooms(dataset), f"looking at {dataset.split}"))

        return self._cached(dataset, "scenes", make, samples_from)

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """The split's twins of one kind beside their placebos; None where there are none.

        Raises:
            BrokenFileError: twins.json cannot be read.
        """
        if not dataset.has_twins:
            return None

        def make() -> dict[str, Tensor]:
            found = make_twins(
                list(self.rooms(dataset)),
                list(self._twin_rooms(dataset, kind)),
                list(self._twin_rooms(dataset, "placebo")),
                lambda which, rooms: self.look(rooms, f"looking at its {which}s"),
            )
            return {} if found is None else twins_as_tensors(found)

        def read(tensors: dict[str, Tensor]) -> TwinSamples | None:
            return twins_from(tensors) if tensors else None

        return self._cached(dataset, kind, make, read)

    def _twin_rooms(self, dataset: DataSet, kind: str) -> Iterator[TwinRoom[Room]]:
        return read_twins(
            dataset.folder,
            dataset.split,
            kind,
            image_size=self.tower.image_size,
            grid=(self.tower.grid_height, self.tower.grid_width),
            max_frames=dataset.max_frames,
            workers=self.workers,
        )

    def look(self, rooms: Iterator[Room], doing: str) -> Samples:
        """Run the tower over rooms; `doing` is what is reported."""
        return make_samples(
            self.counted(rooms, doing),
            self.tower,
            self.words,
            classes=self.classes,
            colours=self.colours,
        )

    def counted(self, rooms: Iterator[Room], doing: str) -> Iterator[Room]:
        """The same rooms, each few of them reported."""
        for number, room in enumerate(rooms, start=1):
            if number % _TELL_EVERY == 0:
                self.report(f"{doing}: {number} scenes")
            yield room

    def _cached(
        self,
        dataset: DataSet,
        part: str,
        make: Callable[[], dict[str, Tensor]],
        read: Callable[[dict[str, Tensor]], _Kept],
    ) -> _Kept:
        path = user_folder("cache") / "features" / f"{self._key(dataset, part)}.safetensors"
        if path.exists():
            try:
                return read(load_file(path))
            except (OSError, SafetensorError, LookupError, ValueError):
                # Damaged, or kept by a program that had other tensors.
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
        tensors = make()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                save_file(tensors, temporary)
        except (OSError, SafetensorError) as error:
            # It is only a cache; a full disk must not end a run that could go on.
            self.report(f"features are not kept: {error}")
        return read(tensors)

    def _key(self, dataset: DataSet, part: str) -> str:
        digest = hashlib.sha256()
        known = [_VERSION, part, dataset.split, dataset.max_frames, self.words.hash]
        known += [list(self.classes), list(self.colours), list(self.tower.image_size)]
        known += [str(dataset.folder.resolve()), _stamp(dataset.sentences)]
        digest.update(json.dumps(known).encode())
        for name, tensor in sorted(self.tower.state_dict().items()):
            digest.update(name.encode() + tensor.detach().to(torch.float32).numpy().tobytes())
        return digest.hexdigest()[:32]


def _stamp(path: Path) -> list[int]:
    """What changes when a file is written anew."""
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]
