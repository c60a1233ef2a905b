"""Controlled changes of a room that show what a model's answer depends on.

Two look-alikes exchange their colours at fixed geometry (appearance), or, where they differ in
size, their places with their colours (position). The placebo changes nothing but image noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from whatwhere.demo.footprints import Footprints
from whatwhere.demo.palette import VIVID
from whatwhere.demo.rooms import Item, Room

TwinKind = Literal["appearance", "placebo", "position"]


@dataclass(frozen=True, slots=True)
class Twin:
    """A changed room.

    Attributes:
        kind: what was changed.
        room: the result; items keep their numbers.
        exchanged: numbers of the two look-alikes the change is about.
    """

    kind: TwinKind
    room: Room
    exchanged: tuple[int, int]


def twins_of(room: Room, weights: Mapping[str, int]) -> list[Twin]:
    """The twins of a room: appearance and placebo, and position where one is possible.

    Args:
        room: the original.
        weights: class -> how many "where" sentences point into that group. The pair is taken from
            the group that most sentences speak about.
    """
    rng = np.random.default_rng([room.seed, 8])
    groups = room.groups()
    order = sorted(groups, key=lambda name: -weights.get(name, 0))
    if not order:
        return []
    pair = _vivid_and_dull(room, groups[order[0]], rng)
    found = [
        Twin("appearance", _colours_exchanged(room, *pair), pair),
        Twin("placebo", room, pair),
    ]
    for name in order:
        changed = _position_twin(room, groups[name], rng)
        if changed is not None:
            return [*found, changed]
    return found


def _vivid_and_dull(room: Room, members: list[int], rng: np.random.Generator) -> tuple[int, int]:
    vivid = [number for number in members if room.items[number].colour in VIVID]
    dull = [number for number in members if number not in vivid]
    return vivid[0], int(rng.choice(dull))


def _colours_exchanged(room: Room, one: int, two: int) -> Room:
    a, b = room.items[one], room.items[two]
    return _with(
        room,
        {
            one: replace(a, colour=b.colour, paint_seed=b.paint_seed),
            two: replace(b, colour=a.colour, paint_seed=a.paint_seed),
        },
    )


def _position_twin(room: Room, members: list[int], rng: np.random.Generator) -> Twin | None:
    """Two members of clearly different size exchange places, if the larger one fits."""
    for one, two in rng.permutation([[a, b] for a in members for b in members if a < b]).tolist():
        a, b = room.items[one], room.items[two]
        if abs(a.size[0] - b.size[0]) < 0.1 * a.size[0] or a.kind.place == "hung":
            continue
        moved = {one: _at_place_of(a, b), two: _at_place_of(b, a)}
        if _fits(room, moved):
            return Twin("position", _with(room, moved), (one, two))
    return None


def _at_place_of(item: Item, other: Item) -> Item:
    return replace(item, position=other.position, yaw_rad=other.yaw_rad, support=other.support)


def _fits(room: Room, moved: Mapping[int, Item]) -> bool:
    """Whether the moved items clear what shares their floor or surface, and the walls."""
    half = (room.size[0] / 2, room.size[1] / 2)
    for number, item in moved.items():
        others = [
            other
            for index, other in enumerate(room.items)
            if index not in moved
            and other.support == item.support
            and other.kind.place != "hung"
            and other.kind.name != "rug"
        ]
        here = _footprints([item])
        if not here.inside(half, margin_m=0.0).all():
            return False
        if others and here.touch_any(_footprints(others), gap_m=0.0).any():
            return False
        if any(other.support == number for other in room.items):
            return False
    return True


def _footprints(items: list[Item]) -> Footprints:
    return Footprints.of(
        [(*item.position[:2], item.size[0] / 2, item.size[1] / 2, item.yaw_rad) for item in items]
    )


def _with(room: Room, changed: Mapping[int, Item]) -> Room:
    items = tuple(changed.get(number, item) for number, item in enumerate(room.items))
    return replace(room, items=items)
