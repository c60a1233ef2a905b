"""Planted shortcuts in fresh worlds, and whether the shortcut finder names them and nothing else.

Shapes: M rooms that are kept, n sentences, K members of a class at most, P cues, W worlds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.instrument.cued_rooms import NOTHING, CuedRooms
from whatwhere.evaluation.cues import CUES
from whatwhere.evaluation.shortcuts import Choices, find_shortcuts

FOUND, SHUNNED, SILENT = 1, -1, 0
"""Of a cue: its interval lies above 0, below it, or holds it."""


@dataclass(frozen=True, slots=True)
class PlantedChoice:
    """How something chooses among look-alikes.

    Attributes:
        cue: in a share `strength` of cases the one with most of this is chosen; "" for none.
        strength: that share.
        accuracy: share of the other cases in which the target is chosen; else any, at random.
        is_first: where nothing else decides, the first of the class is chosen, not any.
    """

    cue: str = ""
    strength: float = 0.0
    accuracy: float = 0.5
    is_first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AskedSets:
    """The sentences of all kept rooms with what each lets one choose from.

    Attributes:
        cues: (n, K, P); padded.
        exists: (n, K).
        meant: (n,) place of the target.
        first: (M + 1,) first sentence of each room, and the end.
    """

    cues: NDArray[np.float64]
    exists: NDArray[np.bool_]
    meant: NDArray[np.int64]
    first: NDArray[np.int64]


def asked_sets(rooms: CuedRooms) -> AskedSets:
    """Members of the target's class, in the order of candidates."""
    labels = rooms.labels[rooms.rooms]
    wanted = rooms.labels[rooms.rooms, rooms.target]
    of_class = (labels == wanted[:, None]) & (labels != NOTHING)
    widest = int(of_class.sum(axis=1).max())
    order = np.argsort(~of_class, axis=1, kind="stable")[:, :widest]
    exists = np.take_along_axis(of_class, order, axis=1)
    cues = rooms.cues[rooms.rooms[:, None], order].astype(np.float64)
    return AskedSets(
        np.where(exists[..., None], cues, 0.0),
        exists,
        np.asarray((order == rooms.target[:, None]).argmax(axis=1)),
        np.searchsorted(rooms.rooms, np.arange(len(rooms.seeds) + 1)),
    )


def world(
    sets: AskedSets, planted: PlantedChoice, num_rooms: int, rng: np.random.Generator
) -> Choices:
    """What is chosen in rooms that are drawn anew."""
    picks = rng.integers(0, len(sets.first) - 1, num_rooms)
    cases = np.concatenate([np.arange(sets.first[p], sets.first[p + 1]) for p in picks])
    scenes = np.repeat(np.arange(num_rooms), sets.first[picks + 1] - sets.first[picks])
    exists, meant = sets.exists[cases], sets.meant[cases]
    any_one = np.where(exists, rng.random(exists.shape), -1.0).argmax(axis=1)
    if planted.is_first:
        any_one = np.zeros_like(any_one)
    chosen = np.where(rng.random(len(cases)) < planted.accuracy, meant, any_one)
    if planted.cue:
        cue = np.where(exists, sets.cues[cases, :, CUES.index(planted.cue)], -np.inf)
        most = cue >= cue.max(axis=1, keepdims=True)
        one = np.where(most, rng.random(exists.shape), -1.0).argmax(axis=1)
        chosen = np.where(rng.random(len(cases)) < planted.strength, one, chosen)
    return Choices(CUES, sets.cues[cases], exists, chosen, scenes, meant)


def judged(
    sets: AskedSets, planted: PlantedChoice, *, num_worlds: int, num_rooms: int, seed: list[int]
) -> NDArray[np.int8]:
    """(W, P) what the finder says of each of `CUES` in each world.

    Args:
        sets: of all kept rooms.
        planted: how it is chosen.
        num_worlds: W.
        num_rooms: in each.
        seed: of rooms and choices.
    """
    rng = np.random.default_rng(seed)
    found = np.full((num_worlds, len(CUES)), SILENT, np.int8)
    for number in range(num_worlds):
        for item in find_shortcuts(world(sets, planted, num_rooms, rng)).weights:
            if item.is_found:
                found[number, CUES.index(item.name)] = FOUND
            elif item.high is not None and item.high < 0:
                found[number, CUES.index(item.name)] = SHUNNED
    return found


def trained_choices(
    rooms: CuedRooms,
    scenes: NDArray[np.integer],
    of_class: NDArray[np.bool_],
    target: NDArray[np.integer],
    chosen: NDArray[np.integer],
) -> Choices:
    """What a trained network chose among look-alikes; answers of other classes are left out.

    Args:
        rooms: as it saw them, in the order of `scenes`.
        scenes: (n,) index of the room.
        of_class: (n, K) candidates of the target's class.
        target: (n,) candidate that is meant.
        chosen: (n,) candidate.

    Raises:
        ValueError: the rooms are not those that the network was asked about.
    """
    labels = np.full(of_class.shape, NOTHING, np.int16)
    known = rooms.labels[:, : of_class.shape[1]]
    labels[:, : known.shape[1]] = known[scenes]
    every = np.arange(len(scenes))
    if not np.array_equal(labels == labels[every, target][:, None], of_class):
        raise ValueError("these are not the rooms that were asked about")
    kept = np.flatnonzero(of_class[every, chosen] & (of_class.sum(axis=1) > 1))
    found = CuedRooms(
        rooms.seeds,
        rooms.cues,
        rooms.labels,
        scenes[kept].astype(np.int32),
        target[kept].astype(np.int16),
    )
    sets = asked_sets(found)
    before = of_class[kept].cumsum(axis=1)[np.arange(len(kept)), chosen[kept]] - 1
    return Choices(CUES, sets.cues, sets.exists, before, scenes[kept].astype(np.int64), sets.meant)
