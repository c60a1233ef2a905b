"""A room made ready for the camera: the cue of its shortcut family put in, the poses chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from whatwhere.demo.companions import Accompanied, accompany
from whatwhere.demo.families import Family
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.prominence import choose_focused_poses, draw_focus
from whatwhere.demo.rooms import Room
from whatwhere.demo.solids import Quads
from whatwhere.demo.viewpoints import choose_poses
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4

# Poses are chosen as if companions were this much larger: as small as they are, they would be
# seen by chance only, and a cue that nobody sees is none.
_COMPANION_GROWTH = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """What is recorded.

    Attributes:
        room: with companions, in the family that has them.
        quads: its geometry.
        boxes: one per item, aligned metres.
        poses: world_from_camera of every frame.
        focus: class -> the member meant to be prominent; only in "prominence".
        companions: member -> the companion beside it; only in "cooccurrence".
    """

    room: Room
    quads: Quads
    boxes: list[Box]
    poses: list[Matrix4]
    focus: Mapping[str, int] = field(default_factory=dict)
    companions: Mapping[int, int] = field(default_factory=dict)

    @property
    def accompanied(self) -> Accompanied:
        """The room as the placing of companions knows it."""
        return Accompanied(self.room, self.companions)


def stage(room: Room, family: Family, camera: Intrinsics, *, num_frames: int) -> Staged:
    """The planned room as this family shows it."""
    if family == "cooccurrence":
        scene = accompany(room)
        room, quads, boxes = _geometry(scene.room)
        sought = [
            _grown(box) if number in scene.companions.values() else box
            for number, box in enumerate(boxes)
        ]
        poses = choose_poses(room, sought, camera, num_frames=num_frames)
        return Staged(room, quads, boxes, poses, companions=scene.companions)
    room, quads, boxes = _geometry(room)
    if family == "prominence":
        rng = np.random.default_rng([room.seed, 9])
        focus = draw_focus(room, rng)
        poses = choose_focused_poses(room, quads, boxes, focus, num_frames=num_frames, rng=rng)
        return Staged(room, quads, boxes, poses, focus)
    return Staged(room, quads, boxes, choose_poses(room, boxes, camera, num_frames=num_frames))


def restaged(room: Room, before: Staged, companions: Mapping[int, int] | None = None) -> Staged:
    """A changed room seen from the same poses."""
    room, quads, boxes = _geometry(room)
    return Staged(
        room,
        quads,
        boxes,
        before.poses,
        before.focus,
        before.companions if companions is None else companions,
    )


def refocused(before: Staged, focus: Mapping[str, int], rng: np.random.Generator) -> Staged:
    """The same room from other poses, which make other members prominent, or the same again."""
    poses = choose_focused_poses(
        before.room, before.quads, before.boxes, focus, num_frames=len(before.poses), rng=rng
    )
    return Staged(before.room, before.quads, before.boxes, poses, focus)


def _geometry(room: Room) -> tuple[Room, Quads, list[Box]]:
    quads = room_quads(room)
    return room, quads, item_boxes(quads, len(room.items))


def _grown(box: Box) -> Box:
    x, y, z = (length * _COMPANION_GROWTH for length in box.size)
    return Box(box.center, (x, y, z))
