"""A simulated RGB-D camera and what it records of a room."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.light import Lighting
from whatwhere.demo.palette import encode_srgb
from whatwhere.demo.raster import rasterise
from whatwhere.demo.solids import Quads
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert, transform

_FIELD_OF_VIEW_DEG = 72.0
_NOISE = 2.6


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One recorded frame.

    Attributes:
        color: (H, W, 3) uint8.
        depth_mm: (H, W) uint16, 0 where nothing was seen.
        owner: (H, W) int32: the item each pixel shows, -1 for none.
        world_from_camera: (4, 4), aligned metres, OpenCV axes.
    """

    color: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16]
    owner: NDArray[np.int32]
    world_from_camera: Matrix4


def camera_for(size: tuple[int, int]) -> Intrinsics:
    """The scanner's camera for images of `size` = (width, height).

    The sensor is 4:3 whatever the image size, so a square image is a squeezed 320 x 240 one: what
    a model learns from small square images holds for the shipped rooms and for ScanNet's frames.
    """
    width, height = size
    half_width = float(np.tan(np.radians(_FIELD_OF_VIEW_DEG) / 2))
    fx, fy = width / 2 / half_width, height / 2 / (half_width * 3 / 4)
    return Intrinsics(fx, fy, (width - 1) / 2, (height - 1) / 2, width, height)


def record(
    quads: Quads,
    lighting: Lighting,
    poses: Sequence[Matrix4],
    camera: Intrinsics,
    rng: np.random.Generator,
) -> list[View]:
    """Render every pose; `rng` draws the sensor noise."""
    corners = quads.corners
    owners = quads.owners.astype(np.int32)
    rays = _rays(camera)
    views = []
    for pose in poses:
        local = transform(corners, invert(pose))
        depth_m, quad = rasterise(local, camera)
        flat_quad = quad.ravel()
        seen = flat_quad >= 0
        safe = np.where(seen, flat_quad, 0)
        points = (rays * depth_m.reshape(-1, 1)) @ pose[:3, :3].T.astype(np.float32)
        points += pose[:3, 3].astype(np.float32)
        light = lighting.shade(points, safe)
        color = encode_srgb(light).astype(np.float32)
        color += rng.standard_normal(color.shape, dtype=np.float32) * np.float32(_NOISE)
        views.append(
            View(
                np.clip(color, 0, 255).astype(np.uint8).reshape(camera.height, camera.width, 3),
                np.rint(depth_m * 1000).astype(np.uint16),
                np.where(seen, owners[safe], -1).reshape(quad.shape),
                pose,
            )
        )
    return views


def visible_pixels(views: Sequence[View], num_items: int) -> NDArray[np.int64]:
    """(num_items,) how many pixels of all views show each item."""
    shown = np.concatenate([view.owner.ravel() for view in views])
    return np.bincount(shown[shown >= 0], minlength=num_items)[:num_items]


def pixel_scale(views: Sequence[View]) -> float:
    """How many times as many pixels these views have as eight images of 128 x 128."""
    return float(views[0].owner.size * len(views) / (128 * 128 * 8))


def _rays(camera: Intrinsics) -> NDArray[np.float32]:
    """(H*W, 3) viewing directions with z = 1."""
    x = (np.arange(camera.width) - camera.cx) / camera.fx
    y = (np.arange(camera.height) - camera.cy) / camera.fy
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.ones((1, 1))), axis=-1)
    return grid.reshape(-1, 3).astype(np.float32)
