"""Scenes that a frozen part of a network has looked at once, a file per scene.

What is kept is named after everything it depends on: the scan's files, the weights that looked,
the size and number of frames. A scene that is kept is not looked at again, by whatever run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from torch import Tensor

from whatwhere.folders import user_folder
from whatwhere.language.expressions import Expression
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.rooms import TwinRoom, sentences_of, twins_of
from whatwhere.training.scene_store import (
    KeptScene,
    fingerprint,
    read_kept,
    stamp_of,
    write_scene,
)

_TELL_EVERY = 5

Wanted = Sequence[tuple[str, Sequence[Expression]]]
"""Names of scenes, and the sentences about each."""


class SeenRoom(NamedTuple):
    """A scene that is kept, and what is asked about it."""

    kept: KeptScene
    expressions: tuple[Expression, ...]

    @property
    def scene_id(self) -> str:
        """Its name."""
        return self.kept.scene_id

    @property
    def object_ids(self) -> tuple[int | None, ...]:
        """(K,) of the candidates."""
        return self.kept.object_ids


class Looked(NamedTuple):
    """One scene, just looked at.

    Attributes:
        scene_id: its name.
        tensors: by name, those of the eye.
        about: what JSON can hold: "object_ids", "classes", "colours", and what the eye adds.
    """

    scene_id: str
    tensors: Mapping[str, Tensor]
    about: Mapping[str, Any]


class Eye(Protocol):
    """How one kind of network looks at a scene, and what is kept of that."""

    @property
    def names(self) -> Collection[str]:
        """Of the tensors that a whole file holds."""

    def depends_on(self, dataset: DataSet) -> str:
        """A name made of all but the scan that what is kept depends on."""

    def look(self, dataset: DataSet, wanted: Wanted) -> Iterator[Looked]:
        """The scenes in the order given, few of them in memory."""


@dataclass(frozen=True, slots=True)
class KeptScenes:
    """The user's cache of what one eye saw.

    Attributes:
        eye: looks at what is not there yet.
        report: told what is being done, see `Report`.
    """

    eye: Eye
    report: Report

    def seen(self, dataset: DataSet, wanted: Wanted, doing: str) -> list[SeenRoom]:
        """The scenes, in their order, after those that are not kept were looked at."""
        paths = self._paths(dataset, [name for name, _ in wanted])
        names = self.eye.names
        found = {name: kept for name, path in paths.items() if (kept := read_kept(path, names))}
        missing = [(name, said) for name, said in wanted if name not in found]
        for number, looked in enumerate(self.eye.look(dataset, missing), start=1):
            path = paths[looked.scene_id]
            write_scene(path, looked.tensors, {**looked.about, "scene_id": looked.scene_id})
            if kept := read_kept(path, names):
                found[looked.scene_id] = kept
            if number % _TELL_EVERY == 0:
                self.report(f"{doing}: {number} of {len(missing)} scenes")
        return [SeenRoom(found[name], _answerable(found[name], said)) for name, said in wanted]

    def twins(
        self, dataset: DataSet, kind: str, originals: Collection[str]
    ) -> list[TwinRoom[SeenRoom]]:
        """The twins of one kind that some scenes of a split have.

        Raises:
            BrokenFileError: twins.json cannot be read.
        """
        found = twins_of(dataset.folder, dataset.split, kind)
        twins = [twin for twin in found if twin.original_id in originals]
        wanted = [(twin.twin_id, twin.expressions) for twin in twins]
        rooms = self.seen(dataset, wanted, f"looking at its {kind} twins")
        return [
            TwinRoom(twin.original_id, twin.exchanged, room)
            for twin, room in zip(twins, rooms, strict=True)
        ]

    def _paths(self, dataset: DataSet, names: Sequence[str]) -> dict[str, Path]:
        folder = user_folder("cache") / "frames" / self.eye.depends_on(dataset)
        scans = dataset.folder.resolve() / "scans"
        stamps = {name: fingerprint([str(scans), stamp_of(scans / name)]) for name in names}
        return {name: folder / f"{name}-{stamp}.safetensors" for name, stamp in stamps.items()}


def spread_scenes(dataset: DataSet, at_most: int) -> Wanted:
    """The scenes of a split with their sentences; at most so many, spread evenly, 0 for all."""
    wanted = list(sentences_of(dataset.folder, dataset.split).items())
    if 0 < at_most < len(wanted):
        return [wanted[i * len(wanted) // at_most] for i in range(at_most)]
    return wanted


def _answerable(kept: KeptScene, said: Sequence[Expression]) -> tuple[Expression, ...]:
    return tuple(item for item in said if item.target_id in kept.object_ids)
