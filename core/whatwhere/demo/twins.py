"""Controlled changes of a room that show what a model's answer depends on.

In the causal twin of a family only the cue has moved from one look-alike to another: they have
exchanged colours at fixed geometry (appearance), the cameras favour the other one (prominence), or
the companion stands beside the other one (cooccurrence). The placebo keeps the cue where it was
and changes only what any new recording would: the image noise, and for prominence the poses. Where
two look-alikes differ in size, they may also exchange places with their colours (position).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from whatwhere.demo.companions import moved_companion
from whatwhere.demo.families import Family
from whatwhere.demo.footprints import Footprints
from whatwhere.demo.palette import VIVID
from whatwhere.demo.rooms import Item, Room
from whatwhere.demo.staging import Staged, refocused, restaged

TwinKind = Literal["appearance", "prominence", "cooccurrence", "placebo", "position"]
# Pairs that are tried before a room is left without twins; each costs two recordings.
_MOST_PAIRS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """A changed room, or the same one seen otherwise.

    Attributes:
        kind: what was changed.
        staged: the result; items keep their numbers.
        exchanged: numbers of the two look-alikes the change is about; the first is the cued one,
            except in "position".
    """

    kind: TwinKind
    staged: Staged
    exchanged: tuple[int, int]


def twins_of(
    staged: Staged, family: Family, cued: Collection[int], weights: Mapping[str, int]
) -> Iterator[tuple[Twin, ...]]:
    """Sets of twins of a room, the one to be preferred first.

    Args:
        staged: the original.
        family: which cue is moved.
        cued: numbers of the items that carry it in the original.
        weights: class -> how many "where" sentences point into that group. The pair is taken from
            the group that most sentences speak about.
    """
    if family == "colour":
        found = _colour_twins(staged, weights)
        if found:
            yield found
        return
    rng = np.random.default_rng([staged.room.seed, 8])
    pairs = _cued_pairs(staged.room, cued, weights, rng)
    for pair in pairs[:_MOST_PAIRS]:
        if family == "prominence":
            yield _prominence_twins(staged, pair)
        else:
            moved = moved_companion(staged.accompanied, *pair, rng)
            if moved is not None:
                changed = restaged(moved.room, staged, moved.companions)
                yield Twin("cooccurrence", changed, pair), Twin("placebo", staged, pair)


def _cued_pairs(
    room: Room, cued: Collection[int], weights: Mapping[str, int], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """(cued member, another of its group), those of the group most spoken of first."""
    groups = room.groups()
    found = []
    for name in sorted(groups, key=lambda name: -weights.get(name, 0)):
        carriers = [number for number in groups[name] if number in cued]
        others = [int(n) for n in rng.permutation(groups[name]) if n not in carriers]
        if weights.get(name, 0):
            found += [(one, other) for one in carriers for other in others]
    return found


def _prominence_twins(staged: Staged, pair: tuple[int, int]) -> tuple[Twin, ...]:
    """Both from poses that the original did not have; they differ in whom these favour."""
    name = staged.room.items[pair[0]].kind.name
    favoured: tuple[tuple[TwinKind, int], ...] = (("prominence", pair[1]), ("placebo", pair[0]))
    found = []
    for kind, number in favoured:
        focus = {**staged.focus, name: number}
        rng = np.random.default_rng([staged.room.seed, 11])
        found.append(Twin(kind, refocused(staged, focus, rng), pair))
    return tuple(found)


def _colour_twins(staged: Staged, weights: Mapping[str, int]) -> tuple[Twin, ...]:
    """Appearance and placebo, and position where one is possible."""
    room = staged.room
    rng = np.random.default_rng([room.seed, 8])
    groups = room.groups()
    order = sorted(groups, key=lambda name: -weights.get(name, 0))
    if not order:
        return ()
    pair = _vivid_and_dull(room, groups[order[0]], rng)
    found = (
        Twin("appearance", restaged(with_colours_exchanged(room, *pair), staged), pair),
        Twin("placebo", staged, pair),
    )
    for name in order:
        changed = _position_twin(room, groups[name], rng)
        if changed is not None:
            moved, exchanged = changed
            return (*found, Twin("position", restaged(moved, staged), exchanged))
    return found


def _vivid_and_dull(room: Room, members: list[int], rng: np.random.Generator) -> tuple[int, int]:
    vivid = [number for number in members if room.items[number].colour in VIVID]
    dull = [number for number in members if number not in vivid]
    return vivid[0], int(rng.choice(dull))


def with_colours_exchanged(room: Room, one: int, two: int) -> Room:
    """The same room but for the colours of two items, by their numbers."""
    a, b = room.items[one], room.items[two]
    return _with(
        room,
        {
            one: replace(a, colour=b.colour, paint_seed=b.paint_seed),
            two: replace(b, colour=a.colour, paint_seed=a.paint_seed),
        },
    )


def _position_twin(
    room: Room, members: list[int], rng: np.random.Generator
) -> tuple[Room, tuple[int, int]] | None:
    """Two members of clearly different size exchange places, if the larger one fits."""
    for one, two in rng.permutation([[a, b] for a in members for b in members if a < b]).tolist():
        a, b = room.items[one], room.items[two]
        if abs(a.size[0] - b.size[0]) < 0.1 * a.size[0] or a.kind.place == "hung":
            continue
        moved = {one: _at_place_of(a, b), two: _at_place_of(b, a)}
        if _fits(room, moved):
            return _with(room, moved), (one, two)
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
