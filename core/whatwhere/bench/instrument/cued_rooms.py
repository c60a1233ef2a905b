"""Rendered rooms with the cues of all their objects: what planted shortcuts are drawn from.

Shapes: M rooms, K candidates at most, P cues, n sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.families import Family
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.scan import Recipe, scene_name, write_room
from whatwhere.evaluation.cues import CUES, cues_of
from whatwhere.scenes.opening import open_scene

NOTHING = -1


@dataclass(frozen=True, slots=True, eq=False)
class CuedRooms:
    """Rooms as the shortcut finder reads them, and their sentences of place.

    Attributes:
        seeds: (M,) int32 of the rooms.
        cues: (M, K, P) float32; NaN beyond a room's last candidate.
        labels: (M, K) int16 class of each; `NOTHING` beyond the last.
        rooms: (n,) int32 index of the room a sentence is about.
        target: (n,) int16 candidate that is meant, one of several of its class.
    """

    seeds: NDArray[np.int32]
    cues: NDArray[np.float32]
    labels: NDArray[np.int16]
    rooms: NDArray[np.int32]
    target: NDArray[np.int16]


def cued_rooms(seeds: Sequence[int], family: Family) -> CuedRooms:
    """Record rooms as `whatwhere demo` does, fair ones, and read their cues."""
    cues: list[NDArray[np.float64]] = []
    labels: list[list[int]] = []
    asked: list[tuple[int, int]] = []
    for place, seed in enumerate(seeds):
        with TemporaryDirectory(prefix="whatwhere-bench-") as folder:
            rows = write_room(Path(folder), seed, recipe=Recipe(family=family)).rows
            scene = open_scene(Path(folder) / scene_name(seed))
            boxed = [(thing, thing.box) for thing in scene.objects if thing.box is not None]
            names = [header.name for header in scene.frames]
            cues.append(cues_of(scene, [box for _, box in boxed], names))
        labels.append([CLASS_NAMES.index(thing.label) for thing, _ in boxed])
        numbers = [str(thing.object_id) for thing, _ in boxed]
        asked += [
            (place, numbers.index(row["object_id"]))
            for row in rows
            if row["kind"] == "where" and row["num_lookalikes"] > 1
        ]
    widest = max(len(one) for one in cues)
    all_cues = np.full((len(cues), widest, len(CUES)), np.nan, np.float32)
    all_labels = np.full((len(cues), widest), NOTHING, np.int16)
    for place, (of_room, classes) in enumerate(zip(cues, labels, strict=True)):
        all_cues[place, : len(of_room)] = of_room
        all_labels[place, : len(classes)] = classes
    rooms, target = np.array(asked).T
    return CuedRooms(
        np.array(seeds, np.int32),
        all_cues,
        all_labels,
        rooms.astype(np.int32),
        target.astype(np.int16),
    )
