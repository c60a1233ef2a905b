import numpy as np
import pytest

from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.thumbnail import top_view


def slab(z: float, color: tuple[int, int, int], *, faces_up: bool, x: float = 4.0) -> Mesh:
    """A rectangle x by 2 m at a height."""
    corners = np.array([[0, 0, z], [x, 0, z], [x, 2, z], [0, 2, z]], np.float32)
    order = [[0, 1, 2], [0, 2, 3]] if faces_up else [[0, 2, 1], [0, 3, 2]]
    steps = np.linspace(0, 1, 60, dtype=np.float32)
    grid = np.stack(np.meshgrid(steps * x, steps * 2), -1).reshape(-1, 2)
    corner = (np.arange(59)[:, None] * 60 + np.arange(59)).reshape(-1, 1)
    quads = corner + np.array([0, 1, 61, 60])
    vertices = np.column_stack([grid, np.full(len(grid), corners[0, 2])]).astype(np.float32)
    faces = np.concatenate([quads[:, triangle] for triangle in order]).astype(np.int32)
    return Mesh(vertices, faces, np.tile(np.array(color, np.uint8), (len(vertices), 1)))


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=False)]).astype(
            np.int32
        ),
        np.concatenate([mesh.colors for mesh in meshes]),
    )


def test_the_upper_of_two_floors_is_seen_through_the_ceiling() -> None:
    floor = slab(0, (10, 20, 30), faces_up=True)
    table = slab(0.8, (200, 0, 0), faces_up=True, x=2.0)
    ceiling = slab(2.5, (255, 255, 255), faces_up=False)
    picture = top_view(joined(table, floor, ceiling), width_px=40, height_px=20)
    assert picture is not None
    assert picture.shape == (20, 40, 4)
    assert (picture[10, [3, 36]] == [[200, 0, 0, 255], [10, 20, 30, 255]]).all()
    assert (picture[5:15, 3:37, 3] == 255).all()


def test_a_long_room_lies_along_the_picture() -> None:
    floor = slab(0, (10, 20, 30), faces_up=True)
    turned = Mesh(floor.vertices[:, [1, 0, 2]].copy(), floor.faces[:, ::-1].copy(), floor.colors)
    picture = top_view(turned, width_px=40, height_px=20)
    assert picture is not None
    assert picture[10, 2:38, 3].all()


@pytest.mark.parametrize("num_points", [0, 50])
def test_point_clouds_and_nothing(num_points: int) -> None:
    points = np.random.default_rng(0).uniform(size=(num_points, 3)).astype(np.float32)
    cloud = Mesh(points, np.zeros((0, 3), np.int32), np.full((num_points, 3), 5, np.uint8))
    picture = top_view(cloud, width_px=8, height_px=6)
    assert (picture is None) == (num_points == 0)
