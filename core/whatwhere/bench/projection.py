"""300 frames: choosing those that see most, and every box projected into all of them."""

import time
from collections.abc import Callable

import numpy as np

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import rotation_z
from whatwhere.geometry.visibility import box_visibility
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.coverage import max_coverage
from whatwhere.scenes.opening import open_scene

_NUM_FRAMES = 300
_NUM_CHOSEN = 32
_NUM_BOXES = 60
_REPEATS = 5
_STRETCH = 2
"""The demo rooms' depth is 320 pixels wide, half of what a scanner's is."""


def run() -> Figures:
    """The frames of a demo room, each in several places, with depth held at quarter size.

    Raises:
        MissingFileError: this installation has no demo rooms.
    """
    depths, boxes = _capture()
    chosen = [_timed(lambda: max_coverage(depths, _NUM_CHOSEN)) for _ in range(_REPEATS)]
    projected = [_timed(lambda: _project_all(depths, boxes)) for _ in range(_REPEATS)]
    what = f"{_NUM_BOXES} boxes into {_NUM_FRAMES} frames, with occlusion"
    return {
        f"choosing {_NUM_CHOSEN} of {_NUM_FRAMES} frames": Figure.median(
            [wall for wall, _ in chosen], "s", at_most=1
        ),
        "the same, processor time": Figure.median([busy for _, busy in chosen], "s"),
        what: Figure.median([wall for wall, _ in projected], "s", at_most=2),
        f"{what}, processor time": Figure.median([busy for _, busy in projected], "s"),
    }


def _capture() -> tuple[list[PosedDepth], list[Box]]:
    scene = open_scene(first_room())
    camera = scene.source.depth_camera()
    assert camera is not None
    rng = np.random.default_rng(0)
    coarse = []
    for header in scene.frames:
        depth_m = scene.read_frame(header).depth_m
        coarse.append(CoarseDepth.of(depth_m.repeat(_STRETCH, 0).repeat(_STRETCH, 1)))
    depths = []
    for index in range(_NUM_FRAMES):
        header = scene.frames[index % len(scene.frames)]
        assert header.world_from_camera is not None
        pose = header.world_from_camera @ rotation_z(rng.normal(0, 0.02))
        pose[:3, 3] += rng.normal(0, 0.05, 3)
        depths.append(coarse[index % len(coarse)].posed(camera, pose))
    known = [item.box for item in scene.objects if item.box is not None]
    return depths, [known[index % len(known)] for index in range(_NUM_BOXES)]


def _project_all(depths: list[PosedDepth], boxes: list[Box]) -> None:
    for depth in depths:
        box_visibility(depth.depth_m, depth.valid, depth.camera, depth.world_from_camera, boxes)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process; they differ where others are busy, too."""
    started, began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - began
