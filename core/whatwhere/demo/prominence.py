"""Camera poses from which one member of every group of look-alikes is the prominent one.

Many poses are drawn and rendered coarsely, so that what hides what is known. Then poses are
exchanged one by one as long as that makes the focus members larger against their look-alikes,
without losing sight of anything that sentences may speak about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.annotating import CLEAR_PIXELS
from whatwhere.demo.cues import PROMINENCE_RATIO
from whatwhere.demo.footprints import Footprints
from whatwhere.demo.raster import rasterise
from whatwhere.demo.rooms import Room
from whatwhere.demo.scanner import camera_for
from whatwhere.demo.solids import Quads
from whatwhere.demo.viewpoints import likeness, looking, standing_points, tall_footprints
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.poses import Matrix4, invert, transform

Floats = NDArray[np.float64]

_COARSE = (32, 32)
_ACROSS, _TOWARDS = 32, 10
_SWEEPS = 3
# The coarse picture is off by some: what is aimed at is more than what is asked for later.
_AIMED_RATIO, _AIMED_CLEAR = 1.8 * PROMINENCE_RATIO, 1.6 * CLEAR_PIXELS


def draw_focus(room: Room, rng: np.random.Generator) -> dict[str, int]:
    """Class -> the member of its group that is to be prominent."""
    return {name: int(rng.choice(members)) for name, members in room.groups().items()}


def choose_focused_poses(
    room: Room,
    quads: Quads,
    boxes: Sequence[Box],
    focus: Mapping[str, int],
    *,
    num_frames: int,
    rng: np.random.Generator,
) -> list[Matrix4]:
    """Camera poses (world_from_camera) that show the focus members more than their look-alikes.

    Args:
        room: what is looked at.
        quads: its geometry.
        boxes: one per item, aligned metres.
        focus: class -> number of the item to be prominent, as from `draw_focus`.
        num_frames: how many poses.
        rng: draws the poses to choose from.
    """
    poses = np.concatenate(
        [
            standing_points(room, rng, max(_ACROSS, 4 * num_frames)),
            *(_points_near(room, boxes, number, rng) for number in focus.values()),
        ]
    )
    seen = _pixels_seen(quads, poses, len(room.items)) * (128 * 128 / np.prod(_COARSE))
    wanted = _Wanted.of(room, focus, num_frames)
    alike = np.stack([likeness(poses, pose) for pose in poses])
    chosen = _improved(_first_choice(seen, alike, wanted, num_frames), seen, alike, wanted)
    return [poses[index] for index in chosen]


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What a set of poses is judged by; pixels are those of eight images of 128 x 128.

    Attributes:
        named: numbers of the items that sentences may speak about.
        members: numbers of those that have look-alikes.
        focus: for each group, its focus member.
        rivals: for each group, the others.
        per_frame: turns the sum over the chosen frames into that of eight.
    """

    named: NDArray[np.int64]
    members: NDArray[np.int64]
    focus: tuple[int, ...]
    rivals: tuple[NDArray[np.int64], ...]
    per_frame: float

    @classmethod
    def of(cls, room: Room, focus: Mapping[str, int], num_frames: int) -> "_Wanted":
        groups = room.groups()
        return cls(
            np.array([n for n, item in enumerate(room.items) if not item.is_clutter]),
            np.array([number for members in groups.values() for number in members], int),
            tuple(focus.values()),
            tuple(np.array([n for n in groups[name] if n != one]) for name, one in focus.items()),
            8 / num_frames,
        )

    def worth(self, total: Floats) -> Floats:
        """(P,) for (P, N) pixels of each item over all frames."""
        total = total * self.per_frame + 1.0
        named = total[:, self.named]
        worth: Floats = 0.004 * np.sqrt(named).sum(axis=1)
        worth += np.minimum(np.log(named / _AIMED_CLEAR), 0.0).sum(axis=1)
        worth += 3 * np.minimum(np.log(total[:, self.members] / _AIMED_CLEAR), 0.0).sum(axis=1)
        for one, others in zip(self.focus, self.rivals, strict=True):
            ratio = total[:, one] / total[:, others].max(axis=1)
            worth += 6 * np.minimum(np.log(ratio / _AIMED_RATIO), 0.0)
        return worth


def _first_choice(seen: Floats, alike: Floats, wanted: _Wanted, num_frames: int) -> list[int]:
    """Greedy: the pose that adds most, again and again; each set is judged as if repeated."""
    chosen: list[int] = []
    total = np.zeros(seen.shape[1])
    for count in range(1, num_frames + 1):
        worth = wanted.worth((total + seen) * (num_frames / count))
        worth -= alike[:, chosen].sum(axis=1)
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
        total += seen[chosen[-1]]
    return chosen


def _improved(chosen: list[int], seen: Floats, alike: Floats, wanted: _Wanted) -> list[int]:
    """The same number of poses, each exchanged for a better one where there is one."""
    for _ in range(_SWEEPS):
        before = list(chosen)
        for slot in range(len(chosen)):
            others = chosen[:slot] + chosen[slot + 1 :]
            worth = wanted.worth(seen[others].sum(axis=0) + seen)
            worth -= alike[:, others].sum(axis=1)
            worth[others] = -np.inf
            chosen[slot] = int(np.argmax(worth))
        if chosen == before:
            break
    return chosen


def _points_near(room: Room, boxes: Sequence[Box], number: int, rng: np.random.Generator) -> Floats:
    """(P, 4, 4) poses some steps from one item that look at it from all sides."""
    w, d, _ = room.size
    center = np.array(boxes[number].center)
    count = _TOWARDS * 8
    angle = rng.uniform(-np.pi, np.pi, count)
    away = rng.uniform(1.0, 2.6, count)
    eyes = np.column_stack(
        [
            center[0] + away * np.cos(angle),
            center[1] + away * np.sin(angle),
            rng.uniform(1.2, 1.75, count),
        ]
    )
    inside = (np.abs(eyes[:, :2]) < (w / 2 - 0.25, d / 2 - 0.25)).all(axis=1)
    stands = Footprints(eyes[:, :2], np.full((count, 2), 0.05), np.zeros(count))
    free = inside & ~stands.touch_any(tall_footprints(room), gap_m=0.25)
    aims = center + rng.normal(0.0, 0.2, (count, 3))
    return looking(eyes[free], aims[free])[:_TOWARDS]


def _pixels_seen(quads: Quads, poses: Floats, num_items: int) -> Floats:
    """(P, N) pixels of a coarse picture that show each item."""
    camera = camera_for(_COARSE)
    counts = np.zeros((len(poses), num_items))
    for row, pose in zip(counts, poses, strict=True):
        _, quad = rasterise(transform(quads.corners, invert(pose)), camera)
        owners = quads.owners[quad[quad >= 0]]
        row += np.bincount(owners, minlength=num_items)[:num_items]
    return counts
