"""Where the cameras of a scan stand and look."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.footprints import Footprints
from whatwhere.demo.rooms import Room
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4

_MIN_CHOICES = 40


def choose_poses(
    room: Room, boxes: Sequence[Box], camera: Intrinsics, *, num_frames: int
) -> list[Matrix4]:
    """Camera poses (world_from_camera) that together see the room's things well.

    Many standing points are drawn; then the view that adds most to what is seen so far is taken,
    again and again.
    """
    rng = np.random.default_rng([room.seed, 4])
    poses = standing_points(room, rng, max(_MIN_CHOICES, 4 * num_frames))
    gain = sizes_seen(boxes, poses, camera)
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
        novelty *= 1 - 0.8 * likeness(poses, poses[best])
    return [poses[index] for index in chosen]


def standing_points(room: Room, rng: np.random.Generator, num_choices: int) -> NDArray[np.float64]:
    """(P, 4, 4) candidate poses: along the walls and in the corners, looking across the room."""
    w, d, _ = room.size
    blocked = tall_footprints(room)
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
    return looking(eyes[free], aims[free])[:num_choices]


def tall_footprints(room: Room) -> Footprints:
    """Of what stands on the floor and rises above the knee: no camera stands in it."""
    standing = [item for item in room.items if item.support is None and item.kind.place != "hung"]
    return Footprints.of(
        [
            (*item.position[:2], item.size[0] / 2, item.size[1] / 2, item.yaw_rad)
            for item in standing
            if item.size[2] > 0.7
        ]
    )


def looking(eyes: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4, 4) poses at `eyes` that look at `targets`, upright."""
    forward = targets - eyes
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.column_stack([forward[:, 1], -forward[:, 0], np.zeros(len(eyes))])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    poses = np.tile(np.eye(4), (len(eyes), 1, 1))
    poses[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], axis=2)
    poses[:, :3, 3] = eyes
    return poses


def likeness(poses: NDArray[np.float64], other: Matrix4) -> NDArray[np.float64]:
    """(P,) in [0, 1]: how nearly each pose stands and looks as another does."""
    apart = ((poses[:, :3, 3] - other[:3, 3]) ** 2).sum(axis=1)
    same_way = np.clip(poses[:, :3, 2] @ other[:3, 2], 0, 1)
    alike: NDArray[np.float64] = np.exp(-apart) * same_way
    return alike


def sizes_seen(
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
