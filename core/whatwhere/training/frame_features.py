"""Has a frozen tower look at every scene of a split once, and keeps what it saw, a file per scene.

What is kept is named after everything it depends on: the scan's files, the tower's weights, the
size and number of frames. A scene that is kept is not looked at again, by whatever run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from whatwhere.folders import user_folder
from whatwhere.geometry.boxes import box_rows
from whatwhere.language.expressions import Expression
from whatwhere.models.frame_vlm.encoding import seen_by
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.sights import Sight, pooled_points
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.frame_vlm.token_points import floor_center
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.frame_samples import FrameSamples, frame_samples
from whatwhere.training.rooms import Room, TwinRoom, read_scenes, sentences_of, twins_of
from whatwhere.training.samples import Told
from whatwhere.training.scene_store import (
    KeptScene,
    fingerprint,
    read_kept,
    stamp_of,
    write_sight,
)
from whatwhere.training.twins import TwinSamples, make_twins

_VERSION = 1
_TELL_EVERY = 5

Wanted = Sequence[tuple[str, Sequence[Expression]]]


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


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Reads splits as one network needs them.

    Attributes:
        network: whose vision part is frozen, or else trained on pixels.
        texts: its tokenizer.
        classes: names by class id.
        colours: names by colour id.
        keeps_pixels: whether frames are kept and not what the tower saw, because it learns.
        workers: processes that read.
        report: told what is being done, see `Report`.
    """

    network: FrameVLM
    texts: Texts
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    keeps_pixels: bool
    workers: int
    report: Report

    def samples(self, dataset: DataSet, *, at_most: int = 0) -> FrameSamples:
        """The split; with `at_most`, so many of its scenes, spread evenly over it."""
        wanted = list(sentences_of(dataset.folder, dataset.split).items())
        if 0 < at_most < len(wanted):
            wanted = [wanted[i * len(wanted) // at_most] for i in range(at_most)]
        return self._samples(self._seen(dataset, wanted, f"looking at {dataset.split}"))

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """The split's twins of one kind beside their placebos; None where there are none.

        Raises:
            BrokenFileError: twins.json cannot be read.
        """
        if not dataset.has_twins:
            return None
        originals = list(sentences_of(dataset.folder, dataset.split).items())
        return make_twins(
            self._seen(dataset, originals, f"looking at {dataset.split}"),
            self._twin_rooms(dataset, kind),
            self._twin_rooms(dataset, "placebo"),
            lambda _, rooms: self._samples(list(rooms)),
        )

    def _twin_rooms(self, dataset: DataSet, kind: str) -> list[TwinRoom[SeenRoom]]:
        twins = twins_of(dataset.folder, dataset.split, kind)
        wanted = [(twin.twin_id, twin.expressions) for twin in twins]
        rooms = self._seen(dataset, wanted, f"looking at its {kind} twins")
        return [
            TwinRoom(twin.original_id, twin.exchanged, room)
            for twin, room in zip(twins, rooms, strict=True)
        ]

    def _samples(self, rooms: Sequence[SeenRoom]) -> FrameSamples:
        told = [
            Told(room.object_ids, room.kept.classes, room.kept.colours, room.expressions)
            for room in rooms
        ]
        return frame_samples(
            [room.kept for room in rooms],
            told,
            self.texts,
            prompt=self.network.config.ground_prompt,
            grid=self.network.pooled_grid,
            classes=self.classes,
            colours=self.colours,
        )

    def _seen(self, dataset: DataSet, wanted: Wanted, doing: str) -> list[SeenRoom]:
        """The scenes, in their order, after those that are not kept were looked at."""
        paths = self._paths(dataset, [name for name, _ in wanted])
        found = {name: kept for name, path in paths.items() if (kept := read_kept(path))}
        missing = [(name, said) for name, said in wanted if name not in found]
        for number, room in enumerate(self._rooms(dataset, missing), start=1):
            write_sight(paths[room.scene_id], self._sight(room), _about(room))
            if kept := read_kept(paths[room.scene_id]):
                found[room.scene_id] = kept
            if number % _TELL_EVERY == 0:
                self.report(f"{doing}: {number} of {len(missing)} scenes")
        return [SeenRoom(found[name], _answerable(found[name], said)) for name, said in wanted]

    def _rooms(self, dataset: DataSet, wanted: Wanted) -> Iterator[Room]:
        backbone = self.network.backbone
        return read_scenes(
            dataset.folder,
            wanted,
            image_size=backbone.image_size,
            grid=backbone.grid,
            max_frames=dataset.max_frames,
            workers=min(self.workers, len(wanted)),
            points=True,
        )

    def _sight(self, room: Room) -> Sight:
        network, views = self.network, room.views
        if room.points_m is None or room.measured is None:
            raise AssertionError("rooms are read with their points")
        points_m_FP3, measured_FP = pooled_points(room.points_m, room.measured, network.pooled_grid)
        rows = box_rows(proposal.box for proposal in room.proposals).astype(np.float32)
        floor_m = floor_center(views.room_lower, views.room_upper)
        half_m = (views.room_upper - views.room_lower) / 2
        shares_KFyx = torch.from_numpy(room.shares)
        pixels = torch.from_numpy(views.images)
        return Sight(
            room=0,
            seen=pixels if self.keeps_pixels else seen_by(network.backbone, views.images),
            shares_KFyx=shares_KFyx,
            points_m_FP3=points_m_FP3,
            measured_FP=measured_FP,
            seen_K=shares_KFyx.float().sum((1, 2, 3)) > 0,
            centers_m_K3=torch.from_numpy(rows[:, :3] - floor_m),
            sizes_m_K3=torch.from_numpy(rows[:, 3:]),
            room_half_m_3=torch.from_numpy(half_m).float(),
        )

    def _paths(self, dataset: DataSet, names: Sequence[str]) -> dict[str, Path]:
        backbone = self.network.backbone
        modules = () if self.keeps_pixels else backbone.vision
        if backbone.keeps_projected and not self.keeps_pixels:
            modules += backbone.projectors
        device = next(backbone.parameters()).device.type
        known = [_VERSION, device, self.keeps_pixels, dataset.max_frames, *backbone.image_size]
        known += [*backbone.grid, *self.network.pooled_grid, self.network.config.backbone]
        common = fingerprint(known, modules)
        folder = user_folder("cache") / "frames" / common
        scans = dataset.folder.resolve() / "scans"
        stamps = {name: fingerprint([str(scans), stamp_of(scans / name)]) for name in names}
        return {name: folder / f"{name}-{stamp}.safetensors" for name, stamp in stamps.items()}


def _about(room: Room) -> dict[str, object]:
    return {
        "scene_id": room.scene_id,
        "object_ids": list(room.object_ids),
        "classes": list(room.classes),
        "colours": list(room.colours),
    }


def _answerable(kept: KeptScene, said: Sequence[Expression]) -> tuple[Expression, ...]:
    return tuple(item for item in said if item.target_id in kept.object_ids)
