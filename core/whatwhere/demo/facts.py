"""What is true of a room: every statement of every skill whose answer is unique, with margins.

A statement points at one member of a group of look-alikes ("where" skills) or at an object by
its looks ("what" skills). Anchors are single objects of their class. left and right are seen
facing +y of the aligned frame: left is smaller x.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box

ANCHORED = ("near", "far", "left", "right", "between", "on")
PLACES = ("corner", "wall", "middle", "floor")
WHERE = (*ANCHORED, *PLACES)
WHAT = ("cat", "colour", "big", "small")
SKILLS = (*WHERE, *WHAT)

_NEAR_GAP_M, _NEAR_RATIO = 0.4, 1.25
_SIDE_GAP_M = 0.35
_BETWEEN_GAP_M = 0.4
_PLACE_GAP_M = 0.35
_VOLUME_RATIO = 1.4


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that sentences may speak about.

    Attributes:
        object_id: its annotated id.
        name: its class.
        colour: one of the eight names.
        box: aligned metres.
        support: object_id of the annotated object it stands on, or None.
        on_floor: it stands on the floor.
        hangs: it hangs on a wall.
        clear: seen well enough to be a target or an anchor.
    """

    object_id: int
    name: str
    colour: str
    box: Box
    support: int | None
    on_floor: bool
    hangs: bool
    clear: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: its skill, the object it is true of, and the anchors it mentions."""

    skill: str
    target: int
    anchors: tuple[int, ...] = ()


def groups_of(things: Sequence[Thing]) -> dict[str, list[Thing]]:
    """Class -> its members, for classes with two or more, all of them clearly visible."""
    found = _by_class(things)
    return {
        name: members
        for name, members in found.items()
        if len(members) > 1 and all(thing.clear for thing in members)
    }


def anchors_of(things: Sequence[Thing]) -> list[Thing]:
    """The clearly visible things that are the only one of their class."""
    return [
        members[0]
        for members in _by_class(things).values()
        if len(members) == 1 and members[0].clear
    ]


def where_facts(
    members: Sequence[Thing], anchors: Sequence[Thing], room: tuple[float, float]
) -> list[Fact]:
    """Every valid statement about one group of look-alikes.

    An anchored skill is used only when each member is the answer for some anchor. Otherwise
    the answer could be guessed with the anchor's name hidden.
    """
    found: list[Fact] = []
    for skill in ANCHORED:
        facts = list(anchored_facts(skill, members, anchors))
        if {fact.target for fact in facts} == {thing.object_id for thing in members}:
            found += facts
    return found + list(_place_facts(members, room))


def anchored_facts(
    skill: str, members: Sequence[Thing], anchors: Sequence[Thing]
) -> Iterator[Fact]:
    """Every valid statement of one anchored skill, complete or not."""
    if skill == "between":
        yield from _between(members, anchors)
        return
    answer_of = {"near": _near, "far": _far, "left": _left, "right": _right, "on": _on}[skill]
    for anchor in anchors:
        answer = answer_of(members, anchor)
        if answer is not None:
            yield Fact(skill, answer, (anchor.object_id,))


def what_facts(things: Sequence[Thing]) -> list[Fact]:
    """Every valid statement that names a class, a colour or a size."""
    found: list[Fact] = []
    for members in _by_class(things).values():
        if len(members) == 1:
            found += [Fact("cat", thing.object_id) for thing in members if thing.clear]
            continue
        if not all(thing.clear for thing in members):
            continue
        found += [Fact("colour", thing.object_id) for thing in members]
        order = sorted(members, key=_volume)
        if _volume(order[-1]) > _VOLUME_RATIO * _volume(order[-2]):
            found.append(Fact("big", order[-1].object_id))
        if _volume(order[1]) > _VOLUME_RATIO * _volume(order[0]):
            found.append(Fact("small", order[0].object_id))
    return found


def _near(members: Sequence[Thing], anchor: Thing) -> int | None:
    distance, gap = _distances(members, anchor)
    order = np.argsort(distance)
    first, second = order[0], order[1]
    clear = distance[second] - distance[first] > _NEAR_GAP_M
    clear &= distance[second] > _NEAR_RATIO * distance[first]
    # Whether people measure between middles or between surfaces, they must agree.
    clear &= gap[first] + 0.1 < np.delete(gap, first).min()
    return members[first].object_id if clear else None


def _far(members: Sequence[Thing], anchor: Thing) -> int | None:
    distance, gap = _distances(members, anchor)
    order = np.argsort(-distance)
    first, second = order[0], order[1]
    clear = distance[first] - distance[second] > _NEAR_GAP_M
    clear &= distance[first] > _NEAR_RATIO * distance[second]
    clear &= gap[first] > np.delete(gap, first).max() + 0.1
    return members[first].object_id if clear else None


def _left(members: Sequence[Thing], anchor: Thing) -> int | None:
    return _beside(members, anchor, -1.0)


def _right(members: Sequence[Thing], anchor: Thing) -> int | None:
    return _beside(members, anchor, 1.0)


def _beside(members: Sequence[Thing], anchor: Thing, sign: float) -> int | None:
    """The first member on that side of the anchor, counted along x.

    Several may stand on that side; the first is meant. So the side alone does not give the
    answer away: which one is first depends on the anchor.
    """
    ahead = sign * (_centers(members)[:, 0] - anchor.box.center[0])
    if (np.abs(ahead) < _SIDE_GAP_M).any() or not (ahead > 0).any():
        return None
    beside = np.where(ahead > 0, ahead, np.inf)
    order = np.argsort(beside)
    if beside[order[1]] - beside[order[0]] < _SIDE_GAP_M:
        return None
    return members[int(order[0])].object_id


def _on(members: Sequence[Thing], anchor: Thing) -> int | None:
    standing = [thing.object_id for thing in members if thing.support == anchor.object_id]
    return standing[0] if len(standing) == 1 else None


def _between(members: Sequence[Thing], anchors: Sequence[Thing]) -> Iterator[Fact]:
    """For each pair of anchors: the member with clearly the smallest detour on the way."""
    if len(anchors) < 2:
        return
    at, ends = _centers(members)[:, :2], _centers(anchors)[:, :2]
    one, two = np.triu_indices(len(anchors), k=1)
    way = ends[two] - ends[one]
    length = np.linalg.norm(way, axis=1)
    from_ends = np.linalg.norm(at[:, None] - ends[None], axis=2)
    detour = from_ends[:, one] + from_ends[:, two] - length
    first = detour.argmin(axis=0)
    pairs = np.arange(len(one))
    least, next_least = np.partition(detour, 1, axis=0)[:2]
    share = np.einsum("pi,pi->p", at[first] - ends[one], way) / np.maximum(length, 1e-9) ** 2
    clear = (length > 1.2) & (share > 0.2) & (share < 0.8)
    clear &= (least < 0.3 * length) & (next_least - least > _BETWEEN_GAP_M)
    for pair in pairs[clear]:
        ids = (anchors[one[pair]].object_id, anchors[two[pair]].object_id)
        yield Fact("between", members[first[pair]].object_id, ids)


def _place_facts(members: Sequence[Thing], room: tuple[float, float]) -> Iterator[Fact]:
    """Corner, wall, middle and floor: statements without an anchor."""
    on_floor = [thing for thing in members if thing.on_floor]
    if len(on_floor) == 1 and all(
        thing.support is not None for thing in members if not thing.on_floor
    ):
        yield Fact("floor", on_floor[0].object_id)
    if any(thing.hangs for thing in members):
        return
    to_walls = np.array(room) / 2 - np.abs(_centers(members)[:, :2])
    nearest, farther = to_walls.min(axis=1), to_walls.max(axis=1)
    corner = np.hypot(to_walls[:, 0], to_walls[:, 1])
    first = _smallest(corner, _PLACE_GAP_M)
    if first is not None and farther[first] < 1.1:
        yield Fact("corner", members[first].object_id)
    first = _smallest(nearest, _PLACE_GAP_M)
    if first is not None and nearest[first] < 0.65:
        yield Fact("wall", members[first].object_id)
    from_middle = np.hypot(*_centers(members)[:, :2].T)
    first = _smallest(from_middle, _PLACE_GAP_M)
    if first is not None and from_middle[first] < 0.3 * min(room):
        yield Fact("middle", members[first].object_id)


def _smallest(values: NDArray[np.float64], margin: float) -> int | None:
    order = np.argsort(values)
    return int(order[0]) if values[order[1]] - values[order[0]] > margin else None


def _distances(
    members: Sequence[Thing], anchor: Thing
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between middles, and between the surfaces of the boxes, metres."""
    offset = np.abs(_centers(members) - np.array(anchor.box.center))
    reach = (np.array([thing.box.size for thing in members]) + np.array(anchor.box.size)) / 2
    gap = np.linalg.norm(np.maximum(offset - reach, 0.0), axis=1)
    return np.linalg.norm(offset, axis=1), gap


def _centers(members: Sequence[Thing]) -> NDArray[np.float64]:
    return np.array([thing.box.center for thing in members])


def _volume(thing: Thing) -> float:
    return float(np.prod(thing.box.size))


def _by_class(things: Sequence[Thing]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for thing in things:
        found.setdefault(thing.name, []).append(thing)
    return found
