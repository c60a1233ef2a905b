from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import rotation_z
from whatwhere.geometry.visibility import project_box_edges
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import FrameHeader
from whatwhere_app.presenters.frame_boxes import (
    best_first,
    coarse_overlays,
    facing,
    of_first_seen,
    overlays,
    seen_shares,
    tile,
)

camera = Intrinsics(60, 60, 33, 22, 64, 48)
ahead = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 1.2], [0, 0, 0, 1.0]])
near_by, lengths = st.floats(-4, 4), st.floats(0.05, 3)
boxes = st.builds(Box, st.tuples(near_by, near_by, near_by), st.tuples(lengths, lengths, lengths))


def frames_around(count: int) -> list[FrameHeader]:
    turns = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [
        FrameHeader(str(i), None, camera, rotation_z(turn) @ ahead) for i, turn in enumerate(turns)
    ]


@given(boxes)
def test_no_frame_that_shows_an_edge_is_taken_for_looking_elsewhere(box: Box) -> None:
    frames = frames_around(12)
    for header, may_see in zip(frames, facing(frames, box.corners()), strict=True):
        assert header.camera is not None
        assert header.world_from_camera is not None
        assert may_see or not project_box_edges(box, header.camera, header.world_from_camera)


def test_frames_that_look_elsewhere_are_told_apart() -> None:
    frames = frames_around(8)
    small = Box((0.0, 3.0, 1.2), (0.2, 0.2, 0.2))
    assert facing(frames, small.corners()) == [i == 0 for i in range(8)]
    unposed = FrameHeader("lost", "the pose is not finite")
    assert facing([unposed, frames[0]], small.corners()) == [False, True]
    assert facing([unposed], small.corners()) == [False]


def test_ties_stay_in_capture_order_and_what_sees_nothing_comes_last() -> None:
    shares = {"0": 0.0, "1": 0.2, "2": 0.0004, "3": 0.2, "4": 0.3, "5": 0.0}
    assert best_first(shares) == ["4", "1", "3", "0", "2", "5"]
    assert tile("4", 0.3, "chair 1").caption == "4 · 30.0 %"
    assert not tile("4", 0.3, "chair 1").is_faint
    assert tile("2", 0.0004, "chair 1").is_faint
    assert tile("2", 0.0004, "chair 1").caption == "2"


def test_the_first_box_that_any_frame_sees_decides() -> None:
    assert of_first_seen({"0": (0.0, 0.1), "1": (0.0, 0.2)}) == (1, {"0": 0.1, "1": 0.2})
    assert of_first_seen({"0": (0.0, 0.1), "1": (0.3, 0.2)}) == (0, {"0": 0.0, "1": 0.3})
    assert of_first_seen({"0": (0.0,)}) == (0, {"0": 0.0})


def test_a_box_behind_the_wall_is_hidden_where_depth_is_known(tiny_scan: Path) -> None:
    scene = open_scene(tiny_scan)
    header = scene.frames[0]
    assert header.world_from_camera is not None
    behind = header.world_from_camera @ np.array([0, 0.3, 4.0, 1])
    box = Box(tuple(behind[:3].tolist()), (0.5, 0.5, 0.5))
    (known,) = coarse_overlays(scene, [header], [("gt", box, False)])["0"]
    assert known.hidden
    assert not known.segments
    (unknown,) = overlays(header, [("gt", box, True)], None)
    assert unknown.segments
    assert unknown.is_rival
    assert not unknown.hidden
    assert coarse_overlays(scene, [header], []) == {}


def test_a_broken_depth_image_hides_nothing(tiny_scan: Path) -> None:
    scene = open_scene(tiny_scan)
    header = scene.frames[0]
    (scene.folder / "depth" / "0.png").unlink()
    target = scene.object_by_id(1)
    assert target is not None
    assert target.box is not None
    (overlay,) = coarse_overlays(scene, [header], [("gt", target.box, False)])["0"]
    assert overlay.segments
    assert not overlay.hidden
    assert seen_shares(scene, header, [target.box, target.box]) == (0.0, 0.0)
