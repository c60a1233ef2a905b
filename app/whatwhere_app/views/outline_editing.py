"""What a drag does to an outline: a corner, a side or all of it goes along. No widget is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from whatwhere.geometry.outlines import Outline, box_outline, is_box

Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Grip:
    """What of an outline is held.

    Attributes:
        part: a corner, the middle of a side, or the whole.
        index: which corner or side; side i runs from corner i to the next.
    """

    part: Literal["corner", "side", "whole"]
    index: int = 0


def side_middles(outline: Sequence[Pixel]) -> list[Pixel]:
    """The middle of each side."""
    following = [*outline[1:], *outline[:1]]
    return [
        ((x0 + x1) / 2, (y0 + y1) / 2)
        for (x0, y0), (x1, y1) in zip(outline, following, strict=True)
    ]


def grip_at(outline: Sequence[Pixel], place: Pixel, *, reach_px: float) -> Grip | None:
    """The corner or side whose grip lies there, the corner where both do."""
    for part, spots in (("corner", outline), ("side", side_middles(outline))):
        away = [(x - place[0]) ** 2 + (y - place[1]) ** 2 for x, y in spots]
        nearest = min(range(len(away)), key=away.__getitem__)
        if away[nearest] <= reach_px**2:
            return Grip("corner" if part == "corner" else "side", nearest)
    return None


def dragged(outline: Outline, grip: Grip, start: Pixel, place: Pixel) -> Outline:
    """The outline after a drag from one place to another.

    A rectangle stays one; a new corner comes where the side of another outline is dragged.
    """
    shift = place[0] - start[0], place[1] - start[1]
    if grip.part == "whole":
        return tuple((x + shift[0], y + shift[1]) for x, y in outline)
    if is_box(outline):
        return _box_dragged(outline, grip, place)
    corners = [*outline]
    if grip.part == "corner":
        corners[grip.index] = place
    else:
        corners.insert(grip.index + 1, place)
    return tuple(corners)


def without_corner(outline: Outline, index: int) -> Outline:
    """One corner less; a triangle stays as it is."""
    if len(outline) <= 3 or is_box(outline):
        return outline
    return tuple(corner for place, corner in enumerate(outline) if place != index)


def _box_dragged(outline: Outline, grip: Grip, place: Pixel) -> Outline:
    here, there = outline[grip.index], outline[(grip.index + 1) % 4]
    opposite = outline[(grip.index + 2) % 4]
    if grip.part == "corner":
        return box_outline(opposite, place)
    if here[0] == there[0]:  # an upright side
        return box_outline(opposite, (place[0], here[1]))
    return box_outline(opposite, (here[0], place[1]))
