"""A companion beside one member of every group of look-alikes; nobody ever speaks of it.

It stands on the floor or surface that its member stands on, or hangs beside a member that hangs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.footprints import Footprints
from whatwhere.demo.kinds import COMPANION
from whatwhere.demo.layout import Spot, surface_area
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.rooms import Item, Room
from whatwhere.geometry.boxes import Box

BESIDE_M = 0.35
"""A companion is nearer to its own member than this, surface to surface."""

# And so far from every other look-alike.
_APART_M = 0.55
_TRIES = 64
_GAPS_M = (0.02, 0.16)
_SIZE = COMPANION.size[0]


@dataclass(frozen=True, slots=True)
class Accompanied:
    """A room with companions.

    Attributes:
        room: the companions are its last items.
        companions: member -> the companion beside it, both as numbers of items.
    """

    room: Room
    companions: Mapping[int, int]


def accompany(room: Room) -> Accompanied:
    """Put a companion beside one member, drawn at random, of each group that has a place for it."""
    rng = np.random.default_rng([room.seed, 10])
    boxes = item_boxes(room_quads(room), len(room.items))
    companions: dict[int, int] = {}
    for members in room.groups().values():
        for number in rng.permutation(members):
            spot = _spot_beside(room, boxes, int(number), rng)
            if spot is not None:
                companions[int(number)] = len(room.items)
                item = _companion(spot, room.items[number].support)
                room = replace(room, items=(*room.items, item))
                boxes = [*boxes, _box_at(spot)]
                break
    return Accompanied(room, companions)


def moved_companion(
    scene: Accompanied, from_member: int, to_member: int, rng: np.random.Generator
) -> Accompanied | None:
    """The same room with one companion beside another member; None where there is no place."""
    room, number = scene.room, scene.companions[from_member]
    boxes = item_boxes(room_quads(room), len(room.items))
    spot = _spot_beside(room, boxes, to_member, rng, ignored=number)
    if spot is None:
        return None
    items = list(room.items)
    items[number] = _companion(spot, items[to_member].support)
    companions = {to_member if n == from_member else n: c for n, c in scene.companions.items()}
    return Accompanied(replace(room, items=tuple(items)), companions)


def _companion(spot: Spot, support: int | None) -> Item:
    return Item(COMPANION, "white", _SIZE, spot[0], spot[1], 0, 0, support, is_clutter=True)


def _spot_beside(
    room: Room,
    boxes: Sequence[Box],
    number: int,
    rng: np.random.Generator,
    *,
    ignored: int | None = None,
) -> Spot | None:
    """A free place near one item and far from its look-alikes and those of other groups."""
    item = room.items[number]
    around = _beside_hanging if item.kind.place == "hung" else _beside_standing
    rivals = [n for members in room.groups().values() for n in members if n != number]
    for spot in around(room, boxes, number, rng, ignored):
        box = _box_at(spot)
        apart = min((_gap_m(box, boxes[rival]) for rival in rivals), default=np.inf)
        if _gap_m(box, boxes[number]) < BESIDE_M and apart > _APART_M:
            return spot
    return None


def _beside_standing(
    room: Room,
    boxes: Sequence[Box],
    number: int,
    rng: np.random.Generator,
    ignored: int | None,
) -> Iterable[Spot]:
    """Around the item's footprint, on what it stands on, clear of what else stands there."""
    item = room.items[number]
    half = np.array([item.size[0], item.size[1]]) / 2
    reach = half + _SIZE[0] / 2 + rng.uniform(*_GAPS_M, (_TRIES, 1))
    # On the edge of the grown rectangle: one coordinate at its limit, the other anywhere.
    local = rng.uniform(-1, 1, (_TRIES, 2)) * reach
    side, sign = rng.integers(2, size=_TRIES), rng.choice([-1.0, 1.0], _TRIES)
    rows = np.arange(_TRIES)
    local[rows, side] = sign * reach[rows, side]
    at = _turned(local, item.yaw_rad) + np.array(item.position[:2])
    tries = Footprints(at, np.full((_TRIES, 2), _SIZE[0] / 2), np.zeros(_TRIES))
    free = tries.inside((room.size[0] / 2, room.size[1] / 2), margin_m=0.03)
    if item.support is not None:
        free &= _on_carrier(at, room.items[item.support])
    others = [
        other
        for index, other in enumerate(room.items)
        if index != ignored
        and other.support == item.support
        and other.kind.place != "hung"
        and other.kind.name != "rug"
    ]
    taken = [(*o.position[:2], o.size[0] / 2, o.size[1] / 2, o.yaw_rad) for o in others]
    free &= ~tries.touch_any(Footprints.of(taken), gap_m=0.01)
    for x, y in at[free]:
        yield (float(x), float(y), item.position[2]), 0.0


def _beside_hanging(
    room: Room,
    boxes: Sequence[Box],
    number: int,
    rng: np.random.Generator,
    ignored: int | None,
) -> Iterable[Spot]:
    """To the left or right of the item on its wall, clear of everything."""
    item = room.items[number]
    half = np.array(room.size[:2]) / 2 - _SIZE[0] / 2 - 0.01
    for sign in rng.permutation([-1.0, 1.0]):
        for gap_m in (0.05, 0.12, 0.2):
            along = sign * (item.size[0] / 2 + gap_m + _SIZE[0] / 2)
            # Flush with the wall behind the item.
            back = item.size[1] / 2 - _SIZE[1] / 2 - 0.01
            local = _turned(np.array([[along, back]]), item.yaw_rad)[0]
            x, y = (float(value) for value in local + np.array(item.position[:2]))
            if abs(x) > half[0] or abs(y) > half[1]:
                continue
            for share in (0.5, 0.8, 0.2):
                z = item.position[2] + share * (item.size[2] - _SIZE[2])
                spot = ((x, y, float(z)), 0.0)
                box = _box_at(spot)
                taken = (other for index, other in enumerate(boxes) if index != ignored)
                if all(_gap_m(box, other) > 0.0 for other in taken):
                    yield spot


def _on_carrier(at: NDArray[np.float64], carrier: Item) -> NDArray[np.bool_]:
    """(N,): which points lie on the carrier's surface, so far in that a companion rests there."""
    low, high = surface_area(carrier.kind, carrier.size)
    local = _turned(at - np.array(carrier.position[:2]), -carrier.yaw_rad)
    rest_m = 0.06
    inside = (local > low + rest_m) & (local < high - rest_m)
    return np.asarray(inside.all(axis=1))


def _box_at(spot: Spot) -> Box:
    (x, y, z), _ = spot
    return Box((x, y, z + _SIZE[2] / 2), _SIZE)


def _gap_m(one: Box, two: Box) -> float:
    """The distance between two boxes, 0 when they touch."""
    between = np.abs(np.array(one.center) - np.array(two.center))
    reach = (np.array(one.size) + np.array(two.size)) / 2
    return float(np.linalg.norm(np.maximum(between - reach, 0.0)))


def _turned(points: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    """(N, 2) points turned counter-clockwise."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned: NDArray[np.float64] = points @ np.array([[cos, sin], [-sin, cos]])
    return turned
