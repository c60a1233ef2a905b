"""From an outline on a frame to points in the room and a box around what was meant."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree  # type: ignore[import-untyped]

from whatwhere.assets import asset
from whatwhere.errors import RegionError
from whatwhere.geometry.boxes import Box, box_iou
from whatwhere.geometry.cameras import Intrinsics, backproject, project
from whatwhere.geometry.outlines import Outline, box_outline, holds
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform
from whatwhere.geometry.region_lifting import lift_region
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

CAMERA = Intrinsics(100.0, 100.0, 79.5, 59.5, 160, 120)
FROM_EYE = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 1], [0, 0, 0, 1]], float)
"""An eye one metre above the floor that looks along y."""
AROUND: Outline = box_outline((59, 39), (100, 80))


def before_a_wall(*, has_depth: bool = True) -> tuple[PosedDepth, Box]:
    """A face 0.8 m wide at 2 m, a wall at 4 m, the floor between."""
    y, x = np.mgrid[:120, :160]
    below = (y - 59.5) / 100
    depth_m = np.minimum(4.0, np.where(below > 0, 1.0 / np.maximum(below, 1e-9), 4.0))
    depth_m[(x >= 60) & (x < 100) & (y >= 40) & (y < 80)] = 2.0
    valid = np.full(depth_m.shape, has_depth)
    depth_m = np.where(valid, depth_m, 0).astype(np.float32)
    face = Box.from_bounds((-0.39, 1.95, 0.61), (0.39, 2.05, 1.39))
    return PosedDepth(depth_m, valid, CAMERA, FROM_EYE), face


def test_the_wall_behind_is_cut_off() -> None:
    depth, face = before_a_wall()
    lifted = lift_region(AROUND, CAMERA, depth)
    np.testing.assert_allclose(lifted.box.lower[[0, 2]], face.lower[[0, 2]], atol=0.03)
    np.testing.assert_allclose(lifted.box.upper[[0, 2]], face.upper[[0, 2]], atol=0.03)
    assert lifted.box.size[1] < 0.05
    assert lifted.num_vertices == 0
    assert not lifted.is_cut


def test_its_points_lie_inside_the_outline_again() -> None:
    depth, _ = before_a_wall()
    outline: Outline = ((50.0, 50.0), (80.0, 38.0), (108.0, 70.0), (70.0, 90.0))
    lifted = lift_region(outline, CAMERA, depth)
    pixels, depths_m = project(lifted.points_N3, CAMERA, FROM_EYE)
    assert (depths_m > 0).all()
    nudged = [pixels + shift for shift in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    assert np.any([holds(outline, *place.T) for place in nudged], axis=0).all()


def test_colour_and_depth_of_other_sizes_see_the_same() -> None:
    depth, _ = before_a_wall()
    large = CAMERA.resized(width=640, height=480)
    outline = tuple(
        (
            (x - CAMERA.cx) / CAMERA.fx * large.fx + large.cx,
            (y - CAMERA.cy) / CAMERA.fy * large.fy + large.cy,
        )
        for x, y in AROUND
    )
    one, other = lift_region(AROUND, CAMERA, depth), lift_region(outline, large, depth)
    np.testing.assert_allclose(one.box.as_row(), other.box.as_row(), atol=1e-6)


def test_an_outline_beyond_the_picture_is_cut_and_says_so() -> None:
    depth, _ = before_a_wall()
    lifted = lift_region(box_outline((59, 39), (400, 80)), CAMERA, depth)
    assert lifted.is_cut
    with pytest.raises(RegionError, match="outside the picture"):
        lift_region(box_outline((300, 39), (400, 80)), CAMERA, depth)


def test_vertices_stand_in_where_no_depth_was_measured() -> None:
    depth, face = before_a_wall(has_depth=False)
    with pytest.raises(RegionError, match="no depth was measured"):
        lift_region(AROUND, CAMERA, depth)
    steps = np.linspace(-1, 1, 40)
    across, up = np.meshgrid(steps * 0.39, 1 + steps * 0.39)
    front = np.stack([across, np.full_like(across, 2.0), up], axis=-1).reshape(-1, 3)
    wall = np.stack([4 * across, np.full_like(across, 4.0), 1 + 4 * (up - 1)], axis=-1)
    vertices = np.concatenate([front, wall.reshape(-1, 3)]).astype(np.float32)
    lifted = lift_region(AROUND, CAMERA, depth, vertices)
    assert lifted.num_vertices == len(lifted.points_N3) > 100
    assert lifted.points_N3[:, 1].max() < 2.5
    np.testing.assert_allclose(lifted.box.upper[[0, 2]], face.upper[[0, 2]], atol=0.05)


def test_regions_about_objects_of_a_demo_room_lift_to_their_seen_boxes() -> None:
    """A room on which nothing was tuned; objects that fill half of the rectangle about them."""
    room = open_scene(next(path for path in asset("rooms", "kitchen").iterdir() if path.is_dir()))
    surface, owner = _surface(room)
    overlaps: dict[str, list[float]] = {"box": [], "outline": []}
    for header in room.frames[::10]:
        frame = room.read_frame(header)
        points = transform(backproject(frame.depth_m, frame.depth_camera), frame.world_from_camera)
        away_m, nearest = surface.query(points)
        seen = np.where(frame.depth_valid & (away_m < 0.05), owner[nearest], -1)
        for item in room.objects:
            pixels = np.argwhere(seen == item.object_id)[:, ::-1].astype(float)
            if item.box is None or min(item.box.size) < 0.1 or len(pixels) < 400:
                continue
            low, high = pixels.min(axis=0), pixels.max(axis=0)
            if len(pixels) < 0.5 * np.prod(high - low + 1):
                continue
            x, y = pixels.astype(int).T
            box = Box.from_points(np.percentile(points[y, x], [0.5, 99.5], axis=0))
            hull = tuple((float(x), float(y)) for x, y in pixels[ConvexHull(pixels).vertices])
            for name, outline in (("box", box_outline(low - 1, high + 1)), ("outline", hull)):
                lifted = lift_region(outline, frame.depth_camera, frame.depth)
                overlaps[name].append(box_iou(lifted.box, box))
    assert len(overlaps["box"]) >= 10
    for name, found in overlaps.items():
        assert np.mean(np.array(found) >= 0.5) >= 0.8, (name, found)


def _surface(room: Scene) -> tuple[cKDTree, NDArray[np.int64]]:
    """Points all over the mesh, and which object each is of; -1 for none."""
    mesh = room.mesh
    assert mesh is not None
    of_vertex = np.full(len(mesh.vertices), -1)
    for item in room.objects:
        of_vertex[item.vertex_indices] = item.object_id
    corners = mesh.vertices[mesh.faces].astype(float)
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    counts = np.ceil(np.linalg.norm(sides, axis=1) / 2 / 0.002).astype(int)
    faces = np.repeat(np.arange(len(corners)), counts)
    one, other = np.random.default_rng(0).random((2, len(faces)))
    shares = np.stack([1 - np.sqrt(one), np.sqrt(one) * (1 - other), np.sqrt(one) * other], axis=1)
    points = (corners[faces] * shares[:, :, None]).sum(axis=1)
    return cKDTree(points), of_vertex[mesh.faces[faces].max(axis=1)]
