"""Arrows as lines."""

import numpy as np
from numpy.typing import NDArray

_HEAD_M = 0.18


def arrow(start: NDArray[np.floating], end: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3, 2, 3) or none: a line from one point to another with a head of two strokes."""
    way = np.asarray(end, float) - start
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        return np.empty((0, 2, 3))
    ahead = way / length
    side = np.cross(ahead, (0.0, 0.0, 1.0))
    if np.linalg.norm(side) < 1e-6:
        side = np.array([1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    head_m = min(_HEAD_M, length / 2)
    back = end - ahead * head_m
    return np.array(
        [[start, end], [back + side * head_m / 2, end], [back - side * head_m / 2, end]]
    )


def dashed(segment: NDArray[np.floating], *, dash_m: float, gap_m: float) -> NDArray[np.float64]:
    """(S, 2, 3): one segment (2, 3) in dashes; it begins and ends with one."""
    start, end = np.asarray(segment, float)
    length = float(np.linalg.norm(end - start))
    gaps = max(int((length - dash_m) // (dash_m + gap_m)), 0)
    step = (length - dash_m) / gaps if gaps else 0.0
    at = np.arange(gaps + 1) * step
    ends = np.minimum(at + (dash_m if gaps else length), length)
    shares = np.stack([at, ends], axis=1) / max(length, 1e-9)
    return np.asarray(start + shares[..., None] * (end - start))
