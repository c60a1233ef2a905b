"""A simulated RGB-D scan of a room: where the cameras stand and what they record."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.footprints import Footprints
from whatwhere.demo.light import Lighting
from whatwhere.demo.palette import encode_srgb
from whatwhere.demo.raster import rasterise
from whatwhere.demo.rooms import Room
from whatwhere.demo.solids import Quads
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert, transform

_FIELD_OF_VIEW_DEG = 72.0
_MIN_CHOICES = 40
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


def choose_poses(
    room: Room, boxes: Sequence[Box], camera: Intrinsics, *, num_frames: int
) -> list[Matrix4]:
    """Camera poses (world_from_camera) that together see the room's things well.

    Many standing points are drawn; then the view that adds most to what is seen so far is taken,
    again and again.
    """
    rng = np.random.default_rng([room.seed, 4])
    poses = _standing_points(room, rng, max(_MIN_CHOICES, 4 * num_frames))
    gain = _sizes_seen(boxes, poses, camera)
    hidden = np.minimum(gain, 0).sum(axis=1)
    gain = np.maximum(gain, 0)
    seen = np.zeros(len(boxes))
    novelty = np.ones(len(poses))
    chosen: list[int] = []
    for _ in range(num_frames):
        # The square root: a second look at something big is worth less than a first at another.
        more = np.sqrt(seen + gain).sum(axis=1) - np.sqrt(seen).sum()
        worth = novelty * more + hidden
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        chosen.append(best)
        seen += gain[best]
        novelty *= 1 - 0.8 * _likeness(poses, poses[best])
    return [poses[index] for index in chosen]


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


def _standing_points(room: Room, rng: np.random.Generator, num_choices: int) -> NDArray[np.float64]:
    """(P, 4, 4) candidate poses: along the walls and in the corners, looking across the room."""
    w, d, _ = room.size
    standing = [item for item in room.items if item.support is None and item.kind.place != "hung"]
    blocked = Footprints.of(
        [
            (*item.position[:2], item.size[0] / 2, item.size[1] / 2, item.yaw_rad)
            for item in standing
            if item.size[2] > 0.7
        ]
    )
    count = num_choices * 4
    edge = rng.uniform(-1, 1, (count, 2))
    pushed = rng.random(count) < 0.85
    side = rng.integers(2, size=count)
    edge[pushed, side[pushed]] = rng.choice([-1.0, 1.0], count)[pushed]
    height = np.where(
        rng.random(count) < 0.3, rng.uniform(1.9, 2.3, count), rng.uniform(1.35, 1.75, count)
    )
    eyes = np.column_stack([edge * (w / 2 - 0.25, d / 2 - 0.25), height])
    aims = np.column_stack(
        [rng.uniform(-0.3, 0.3, (count, 2)) * (w, d), rng.uniform(0.45, 0.95, count)]
    )
    stands = Footprints(eyes[:, :2], np.full((count, 2), 0.05), np.zeros(count))
    good = np.linalg.norm(aims[:, :2] - eyes[:, :2], axis=1) > 1.5
    for gap_m in (0.6, 0.3, 0.05, -1.0):
        free = good & ~stands.touch_any(blocked, gap_m=gap_m)
        if free.sum() >= num_choices or gap_m < 0:
            break
    return _looking(eyes[free], aims[free])[:num_choices]


def _looking(eyes: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4, 4) poses at `eyes` that look at `targets`, upright."""
    forward = targets - eyes
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.column_stack([forward[:, 1], -forward[:, 0], np.zeros(len(eyes))])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    poses = np.tile(np.eye(4), (len(eyes), 1, 1))
    poses[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], axis=2)
    poses[:, :3, 3] = eyes
    return poses


def _likeness(poses: NDArray[np.float64], other: Matrix4) -> NDArray[np.float64]:
    """(P,) in [0, 1]: how nearly each pose stands and looks as another does."""
    apart = ((poses[:, :3, 3] - other[:3, 3]) ** 2).sum(axis=1)
    same_way = np.clip(poses[:, :3, 2] @ other[:3, 2], 0, 1)
    alike: NDArray[np.float64] = np.exp(-apart) * same_way
    return alike


def _sizes_seen(
    boxes: Sequence[Box], poses: NDArray[np.float64], camera: Intrinsics
) -> NDArray[np.float64]:
    """(P, N) about how large each box appears, capped; 0 outside the view; occlusion ignored."""
    centers = np.array([box.center for box in boxes])
    extent = np.array([float(np.sqrt(np.prod(np.sort(box.size)[1:]))) for box in boxes])
    local = np.matmul(centers[None] - poses[:, None, :3, 3], poses[:, :3, :3])
    depth = np.maximum(local[..., 2], 0.4)
    x = local[..., 0] / depth * camera.fx + camera.cx
    y = local[..., 1] / depth * camera.fy + camera.cy
    inside = (local[..., 2] > 0.4) & (np.abs(x - camera.cx) < camera.width * 0.46)
    inside &= np.abs(y - camera.cy) < camera.height * 0.46
    share = (extent / depth * camera.fx / camera.width) ** 2
    worth = np.minimum(share, 0.06)
    # Something right before the lens hides the rest.
    worth = np.where(share > 0.3, -0.06, worth)
    capped: NDArray[np.float64] = np.where(inside, worth, 0.0)
    return capped


def _rays(camera: Intrinsics) -> NDArray[np.float32]:
    """(H*W, 3) viewing directions with z = 1."""
    x = (np.arange(camera.width) - camera.cx) / camera.fx
    y = (np.arange(camera.height) - camera.cy) / camera.fy
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.ones((1, 1))), axis=-1)
    return grid.reshape(-1, 3).astype(np.float32)
