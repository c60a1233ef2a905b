"""The relations of a sentence, measured on one box: how far, and whether they hold.

Relations that depend on where one stands are measured only where that is known. Distances run
between the middles of boxes; what "nearest" means is settled among boxes of the same class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.probes.phrases import Phrase, phrases_in
from whatwhere.evaluation.probes.synonyms import in_other_words
from whatwhere.geometry.boxes import Box
from whatwhere.language.mentions import first_mentioned
from whatwhere.language.relations import relations_in

Point = tuple[float, float, float]

_SIDE_M = 0.05
_ON_GAP_M = 0.15
_OVER_M = 0.1
_BETWEEN = (0.1, 0.9)
_LEAST_LENGTH_M = 1e-6


@dataclass(frozen=True, slots=True)
class Thing:
    """A box with the name of its class."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Facing:
    """Where someone looks to, which left, right, before and behind depend on.

    Attributes:
        towards: x and y of the direction, any length.
        says: whose it is: "as the annotator stood".
    """

    towards: tuple[float, float]
    says: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """One relation of a sentence, measured on one box.

    Attributes:
        words: as the sentence says it.
        relation: "near", "left", ...
        arrows: from the anchor to the box, aligned metres; none where nothing could be measured.
        distance_m: along the first arrow; None likewise.
        holds: None where that cannot be told.
        says: what was measured, or why nothing was.
    """

    words: str
    relation: str
    arrows: tuple[tuple[Point, Point], ...]
    distance_m: float | None
    holds: bool | None
    says: str


def ruled(
    text: str, things: Sequence[Thing], box: Box, label: str, *, facing: Facing | None = None
) -> tuple[Ruled, ...]:
    """Every relation of a sentence that we know the words of, in order.

    Args:
        text: the sentence.
        things: all that stands in the room, the box itself included or not.
        box: that is measured: a prediction, or the target.
        label: of its class; others of it are what "nearest" compares with.
        facing: where one looks to; None where that is not known.
    """
    room = _Room(tuple(things), box, [item.box for item in things if item.label == label], facing)
    return tuple(_measured(text, phrase, room) for phrase in phrases_in(text))


@dataclass(frozen=True, slots=True)
class _Room:
    things: tuple[Thing, ...]
    box: Box
    alike: list[Box]
    facing: Facing | None

    @property
    def others(self) -> list[Box]:
        return [item for item in self.alike if item != self.box]


def _measured(text: str, phrase: Phrase, room: _Room) -> Ruled:
    relation = (relations_in(phrase.words) or ("far",))[-1]  # "most distant from"
    if relation in _PLACES:
        return _PLACES[relation](phrase, relation, room)
    rest = text[phrase.end :]
    if relation == "between":
        return _between(phrase, rest, room)
    anchors = _named(rest, room)
    if not anchors:
        return _unknown(phrase, relation, f"nothing here is called “{rest.strip(' .,')}”")
    if relation in ("near", "far"):
        return _near_or_far(phrase, relation, anchors, room)
    if relation in _WAYS:
        return _on_a_side(phrase, relation, anchors, room)
    if relation in ("on", "above", "under"):
        return _over_or_under(phrase, relation, anchors, room)
    return _unknown(phrase, relation, "we cannot measure this relation")


def _near_or_far(phrase: Phrase, relation: str, anchors: list[Box], room: _Room) -> Ruled:
    anchor = min(anchors, key=lambda item: _distance_m(item, room.box))
    own_m = _distance_m(anchor, room.box)
    others_m = [min(_distance_m(item, other) for item in anchors) for other in room.others]
    if not others_m:
        return _told(phrase, relation, [anchor], room, own_m, None, "the only one of its class")
    best_m = min(others_m) if relation == "near" else max(others_m)
    holds = own_m <= best_m if relation == "near" else own_m >= best_m
    said = "" if holds else f"another is at {best_m:.2f} m"
    return _told(phrase, relation, [anchor], room, own_m, holds, said)


_WAYS = {"left": (-1, 0), "right": (1, 0), "front": (0, -1), "behind": (0, 1)}
"""Steps to the right, and away from who looks."""


def _on_a_side(phrase: Phrase, relation: str, anchors: list[Box], room: _Room) -> Ruled:
    if room.facing is None:
        return _unknown(phrase, relation, "it depends on where one stands, which is not known")
    ahead = np.array(room.facing.towards, float)
    ahead /= max(float(np.linalg.norm(ahead)), _LEAST_LENGTH_M)
    to_right = np.array([ahead[1], -ahead[0]])
    sideways, away = _WAYS[relation]
    axis = sideways * to_right + away * ahead
    anchor = min(anchors, key=lambda item: _distance_m(item, room.box))
    offset_m = float((np.array(room.box.center) - anchor.center)[:2] @ axis)
    start = anchor.center
    end = (start[0] + axis[0] * offset_m, start[1] + axis[1] * offset_m, start[2])
    holds = offset_m > _SIDE_M
    said = f"on {'that' if holds else 'the other'} side, {room.facing.says}"
    arrows = (_points(start, end),)
    return Ruled(phrase.words, relation, arrows, abs(offset_m), holds, said)


def _over_or_under(phrase: Phrase, relation: str, anchors: list[Box], room: _Room) -> Ruled:
    anchor = min(anchors, key=lambda item: _beside_m(item, room.box))
    overlaps = _beside_m(anchor, room.box) <= _OVER_M
    if relation == "under":
        gap_m = float(anchor.upper[2] - room.box.upper[2])
        holds = overlaps and gap_m > 0
    else:
        gap_m = float(room.box.lower[2] - anchor.upper[2])
        holds = overlaps and (abs(gap_m) < _ON_GAP_M if relation == "on" else gap_m > -_ON_GAP_M)
    said = f"{gap_m:+.2f} m in height" if overlaps else "not over one another"
    return _told(phrase, relation, [anchor], room, abs(gap_m), holds, said.replace("-", "\u2212"))


def _between(phrase: Phrase, rest: str, room: _Room) -> Ruled:
    one, _, other = rest.partition(" and ")
    ends = [_named(part, room) for part in (one, other)]
    if not all(ends):
        return _unknown(phrase, "between", "one of the two things is not here")
    first = min(ends[0], key=lambda item: _distance_m(item, room.box))
    second = min(
        (item for item in ends[1] if item != first),
        key=lambda item: _distance_m(item, room.box),
        default=None,
    )
    if second is None:
        return _unknown(phrase, "between", "one of the two things is not here")
    own_m, share = _detour(first, second, room.box)
    others_m = [_detour(first, second, item)[0] for item in room.others]
    holds = _BETWEEN[0] < share < _BETWEEN[1] and own_m <= min(others_m, default=np.inf)
    said = f"a detour of {own_m:.2f} m"
    return _told(phrase, "between", [first, second], room, own_m, holds, said)


def _to_wall(phrase: Phrase, relation: str, room: _Room) -> Ruled:
    return _by_measure(phrase, relation, room, lambda box: _walls(room, box).min(), _wall_point)


def _to_corner(phrase: Phrase, relation: str, room: _Room) -> Ruled:
    return _by_measure(
        phrase, relation, room, lambda box: float(np.hypot(*_walls(room, box))), _corner_point
    )


def _to_middle(phrase: Phrase, relation: str, room: _Room) -> Ruled:
    def away_m(box: Box) -> float:
        lower, upper = _bounds(room)
        return float(np.hypot(*(np.array(box.center[:2]) - (lower + upper) / 2)))

    return _by_measure(phrase, relation, room, away_m, _middle_point)


_PLACES: dict[str, Callable[[Phrase, str, _Room], Ruled]] = {
    "wall": _to_wall,
    "against": _to_wall,
    "corner": _to_corner,
    "middle": _to_middle,
}


def _by_measure(
    phrase: Phrase,
    relation: str,
    room: _Room,
    measure: Callable[[Box], float],
    point: Callable[[_Room], NDArray[np.float64]],
) -> Ruled:
    """A place of the room: the one of its class that is nearest to it."""
    own_m = float(measure(room.box))
    others_m = [float(measure(item)) for item in room.others]
    holds = None if not others_m else own_m <= min(others_m)
    said = "" if holds in (True, None) else f"another is at {min(others_m):.2f} m"
    x, y = point(room).tolist()
    start = (x, y, room.box.center[2])
    arrows = (_points(start, room.box.center),)
    return Ruled(phrase.words, relation, arrows, own_m, holds, said or f"{own_m:.2f} m")


def _bounds(room: _Room) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    boxes = [*(item.box for item in room.things), room.box]
    return (
        np.min([item.lower[:2] for item in boxes], axis=0),
        np.max([item.upper[:2] for item in boxes], axis=0),
    )


def _walls(room: _Room, box: Box) -> NDArray[np.float64]:
    """(2,) from a box's middle to the nearer wall along x and along y."""
    lower, upper = _bounds(room)
    here = np.array(box.center[:2])
    return np.asarray(np.minimum(here - lower, upper - here))


def _corner_point(room: _Room) -> NDArray[np.float64]:
    lower, upper = _bounds(room)
    here = np.array(room.box.center[:2])
    return np.asarray(np.where(here - lower < upper - here, lower, upper))


def _wall_point(room: _Room) -> NDArray[np.float64]:
    corner, here = _corner_point(room), np.array(room.box.center[:2])
    nearer = int(np.argmin(np.abs(corner - here)))
    here[nearer] = corner[nearer]
    return here


def _middle_point(room: _Room) -> NDArray[np.float64]:
    lower, upper = _bounds(room)
    return np.asarray((lower + upper) / 2)


def _named(text: str, room: _Room) -> list[Box]:
    """Boxes of what a part of a sentence names first, but for the measured box."""
    labels = {item.label for item in room.things}
    found: tuple[str, ...] = ()
    for words in (text, in_other_words(text)):
        found = found or first_mentioned(words, labels)
    return [item.box for item in room.things if item.label in found and item.box != room.box]


def _told(
    phrase: Phrase,
    relation: str,
    anchors: list[Box],
    room: _Room,
    distance_m: float,
    holds: bool | None,
    said: str,
) -> Ruled:
    arrows = tuple(_points(item.center, room.box.center) for item in anchors)
    return Ruled(phrase.words, relation, arrows, distance_m, holds, said or f"{distance_m:.2f} m")


def _unknown(phrase: Phrase, relation: str, why: str) -> Ruled:
    return Ruled(phrase.words, relation, (), None, None, why)


def _points(start: Sequence[float], end: Sequence[float]) -> tuple[Point, Point]:
    (a, b, c), (x, y, z) = start, end
    return (float(a), float(b), float(c)), (float(x), float(y), float(z))


def _distance_m(one: Box, other: Box) -> float:
    return float(np.linalg.norm(np.subtract(one.center, other.center)))


def _beside_m(anchor: Box, box: Box) -> float:
    """How far the box's middle is beside the anchor's outline, seen from above."""
    away = np.abs(np.subtract(box.center, anchor.center))[:2] - np.array(anchor.size[:2]) / 2
    return float(np.linalg.norm(np.maximum(away, 0.0)))


def _detour(one: Box, other: Box, box: Box) -> tuple[float, float]:
    """Metres that the way between two boxes grows by this one, and where along it that lies."""
    a, b, here = (np.array(item.center[:2]) for item in (one, other, box))
    way = b - a
    length = max(float(np.linalg.norm(way)), _LEAST_LENGTH_M)
    detour = float(np.linalg.norm(here - a) + np.linalg.norm(here - b)) - length
    return detour, float((here - a) @ way) / length**2
