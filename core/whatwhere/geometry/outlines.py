"""Outlines drawn on a picture: whether they can be meant, which pixels they hold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import RegionError

Outline = tuple[tuple[float, float], ...]
"""Corners (x, y) in pixels, pixel centres at integers; the last one joins the first."""

MOST_CORNERS = 1_000
_LEAST_AREA_PX = 4.0


def box_outline(start: tuple[float, float], end: tuple[float, float]) -> Outline:
    """The four corners of a rectangle between two opposite ones, clockwise from the upper left."""
    left, right = sorted((float(start[0]), float(end[0])))
    top, bottom = sorted((float(start[1]), float(end[1])))
    return (left, top), (right, top), (right, bottom), (left, bottom)


def is_box(outline: Sequence[tuple[float, float]]) -> bool:
    """Whether it is a rectangle along the sides of the picture."""
    return len(outline) == 4 and set(outline) == set(box_outline(*bounds_of(outline)))


def bounds_of(
    outline: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The upper left and the lower right corner of the rectangle around it."""
    across, down = [x for x, _ in outline], [y for _, y in outline]
    return (min(across), min(down)), (max(across), max(down))


def area_px(outline: Sequence[tuple[float, float]]) -> float:
    """Square pixels inside, for an outline that does not cross itself."""
    corners = np.array(outline, float).reshape(-1, 2)
    x, y = corners.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y)) / 2)


def check_outline(outline: Sequence[tuple[float, float]]) -> None:
    """See that it encloses something.

    Raises:
        RegionError: too few or too many corners, sides that cross, next to no area, or numbers that
            are none.
    """
    corners = np.array(outline, float).reshape(-1, 2)
    if len(corners) < 3:
        raise RegionError(
            f"an outline needs three corners or more, this one has {len(corners)}",
            remedy="Click around the object, and close with Enter or a double-click",
        )
    if len(corners) > MOST_CORNERS:
        raise RegionError(
            f"an outline has {MOST_CORNERS} corners at most, this one {len(corners)}",
            remedy="Draw it with fewer corners",
        )
    if not np.isfinite(corners).all():
        raise RegionError("a corner of the outline is no number", remedy="Draw it again")
    if _crosses_itself(corners):
        raise RegionError(
            "the sides of the outline cross each other",
            remedy="Draw it so that it goes around the object once",
        )
    if area_px(outline) < _LEAST_AREA_PX:
        raise RegionError(
            "the outline encloses next to nothing", remedy="Draw it larger, or zoom in first"
        )


def clipped(outline: Outline, *, width: int, height: int) -> Outline:
    """What of it lies inside a picture, by Sutherland and Hodgman; () where nothing does.

    A picture reaches half a pixel beyond the centres of its outermost pixels.
    """
    corners = [*outline]
    for axis, limit, sign in (
        (0, -0.5, 1),
        (0, width - 0.5, -1),
        (1, -0.5, 1),
        (1, height - 0.5, -1),
    ):
        kept: list[tuple[float, float]] = []
        for here, there in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            inside, comes_inside = (sign * (point[axis] - limit) >= 0 for point in (here, there))
            if inside:
                kept.append(here)
            if inside != comes_inside:
                share = (limit - here[axis]) / (there[axis] - here[axis])
                other = here[1 - axis] + share * (there[1 - axis] - here[1 - axis])
                kept.append((limit, other) if axis == 0 else (other, limit))
        corners = kept
    unique = [
        one for one, last in zip(corners, [*corners[-1:], *corners], strict=False) if one != last
    ]
    return tuple(unique)


def outline_mask(
    outline: Sequence[tuple[float, float]], height: int, width: int
) -> NDArray[np.bool_]:
    """(height, width): the pixels whose centres lie inside, by counting crossings."""
    mask = np.zeros((height, width), bool)
    (left, top), (right, bottom) = bounds_of(outline)
    columns = np.arange(max(int(np.ceil(left)), 0), min(int(np.floor(right)) + 1, width))
    rows = np.arange(max(int(np.ceil(top)), 0), min(int(np.floor(bottom)) + 1, height))
    if len(columns) and len(rows):
        x, y = np.meshgrid(columns, rows)
        mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = holds(outline, x, y)
    return mask


def holds(
    outline: Sequence[tuple[float, float]], x: NDArray[np.number], y: NDArray[np.number]
) -> NDArray[np.bool_]:
    """Which of the places (x, y), both of one shape, lie inside."""
    corners = np.array(outline, float).reshape(-1, 2)
    inside = np.zeros(np.shape(x), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 <= y) != (y1 <= y)
        inside ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def _crosses_itself(corners: NDArray[np.float64]) -> bool:
    """Whether two sides that are not neighbours meet."""
    ends = np.roll(corners, -1, axis=0)
    count = len(corners)
    first, second = np.triu_indices(count, 2)
    apart = ~((first == 0) & (second == count - 1))
    first, second = first[apart], second[apart]
    a, b, c, d = corners[first], ends[first], corners[second], ends[second]
    straddles = (_side(a, b, c) * _side(a, b, d) <= 0) & (_side(c, d, a) * _side(c, d, b) <= 0)
    # Sides on one line straddle each other also where they are far apart.
    meets = (np.minimum(a, b) <= np.maximum(c, d)) & (np.minimum(c, d) <= np.maximum(a, b))
    return bool((straddles & meets.all(axis=1)).any())


def _side(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    along, beside = b - a, c - a
    return np.asarray(np.sign(along[:, 0] * beside[:, 1] - along[:, 1] * beside[:, 0]))
