"""What surfaces look like before light falls on them: grain, boards, tiles, weave; and what shines.

Every pattern depends on the place alone, so frames and meshes agree.
"""

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.solids import Finish

Floats32 = NDArray[np.float32]


def textured_in_place(colour: Floats32, points: Floats32, finish: NDArray[np.int8]) -> None:
    """Grain, planks, tiles and weave, multiplied into `colour` in place."""
    for kind, pattern in _PATTERNS.items():
        where = np.flatnonzero(finish == kind)
        if len(where):
            colour[where] *= pattern(points[where])[:, None]


def shining(
    colour: Floats32,
    light: Floats32,
    points: Floats32,
    finish: NDArray[np.int8],
) -> Floats32:
    """Lit colour; screens, lamp shades and the sky also shine by themselves."""
    shaded = colour * light
    glows = np.flatnonzero(finish == Finish.GLOW)
    shaded[glows] = colour[glows] * np.maximum(light[glows], 0.95)
    sky = np.flatnonzero(finish == Finish.SKY)
    if len(sky):
        height = np.clip((points[sky, 2:] - 0.95) / 1.1, 0, 1)
        ground = np.array([0.30, 0.46, 0.22], np.float32)
        horizon = np.array([0.90, 0.95, 1.0], np.float32)
        zenith = np.array([0.38, 0.62, 0.95], np.float32)
        above = horizon + (zenith - horizon) * np.clip(height * 1.6 - 0.5, 0, 1)
        shaded[sky] = np.where(height < 0.3, ground, above)
    return shaded


def _planks(p: Floats32) -> Floats32:
    row = np.floor(p[:, 1] / 0.16)
    along = p[:, 0] + (row * 0.73) % 1.1
    board = np.floor(along / 1.1)
    tone = 0.86 + 0.24 * _hashed(row * 7.1 + board * 3.7)
    grain = 0.03 * np.sin(p[:, 0] * 9 + _hashed(row) * 40 + 6 * np.sin(p[:, 1] * 55))
    seam = (np.abs(p[:, 1] / 0.16 - row - 0.5) > 0.46) | (along - board * 1.1 < 0.02)
    return np.asarray((tone + grain) * np.where(seam, 0.72, 1.0), np.float32)


def _tiles(p: Floats32) -> Floats32:
    x, y = np.floor(p[:, 0] / 0.4), np.floor(p[:, 1] / 0.4)
    fx, fy = np.abs(p[:, 0] / 0.4 - x - 0.5), np.abs(p[:, 1] / 0.4 - y - 0.5)
    tone = np.where((x + y) % 2 == 0, 1.0, 0.62) + 0.05 * _hashed(x * 3.1 + y * 17.7)
    return np.asarray(np.where(np.maximum(fx, fy) > 0.475, 0.55, tone), np.float32)


def _carpet(p: Floats32) -> Floats32:
    weave = np.sin(p[:, 0] * 90) * np.sin(p[:, 1] * 90)
    return np.asarray(
        0.95
        + 0.06 * weave
        + 0.05 * _hashed(np.floor(p[:, 0] * 40) + np.floor(p[:, 1] * 40) * 57.0),
        np.float32,
    )


def _wood(p: Floats32) -> Floats32:
    rings = np.sin(
        p[:, 0] * 14 + p[:, 1] * 23 + p[:, 2] * 31 + 2 * np.sin(p[:, 0] * 5 + p[:, 1] * 4)
    )
    return np.asarray(0.95 + 0.07 * rings, np.float32)


def _fabric(p: Floats32) -> Floats32:
    cells = np.floor(p[:, 0] * 60) + np.floor(p[:, 1] * 60) * 57.0 + np.floor(p[:, 2] * 60) * 113.0
    return np.asarray(0.95 + 0.08 * _hashed(cells), np.float32)


def _hashed(value: NDArray[np.floating]) -> NDArray[np.floating]:
    """Numbers in [0, 1) that look random but depend on `value` alone."""
    wave = np.sin(value * 12.9898) * 437.585
    return np.asarray(wave - np.floor(wave))


_PATTERNS = {
    Finish.PLANKS: _planks,
    Finish.TILES: _tiles,
    Finish.CARPET: _carpet,
    Finish.WOOD: _wood,
    Finish.FABRIC: _fabric,
}
