from collections.abc import Iterator

import numpy as np
import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.boxes import dashed_edges, draw_boxes, erase_boxes, nested
from whatwhere_app.render.camera import CameraPose, apply_pose
from whatwhere_app.render.mesh import ceiling_height, draw_mesh
from whatwhere_app.render.picking import nearest_box, screen_ray
from whatwhere_app.render.proxy import cluster, stand_ins
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.theme import DARK

pv = pytest.importorskip("pyvista")

ABOVE = CameraPose((0.0, 0.0, 6.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
SIZE = 200


def _grid(num: int, *, height_m: float = 0.0, faces_up: bool = True) -> Mesh:
    """A square floor of 4 m with `num` vertices on a side, grey."""
    x, y = np.meshgrid(np.linspace(-2, 2, num), np.linspace(-2, 2, num))
    vertices = np.stack([x, y, np.full_like(x, height_m)], -1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(num - 1)[:, None] * num + np.arange(num - 1)).reshape(-1, 1)
    order = [0, 1, num + 1], [0, num + 1, num]
    faces = np.concatenate([corner + np.array(triangle) for triangle in order]).astype(np.int32)
    if not faces_up:
        faces = faces[:, ::-1]
    return Mesh(vertices, np.ascontiguousarray(faces), np.full((num * num, 3), 120, np.uint8))


def _joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=True)]).astype(np.int32),
        np.concatenate([mesh.colors for mesh in meshes]),
    )


@pytest.fixture
def plotter() -> "Iterator[pv.Plotter]":
    plotter = pv.Plotter(off_screen=True, window_size=(SIZE, SIZE))
    plotter.set_background("black")
    plotter.disable_anti_aliasing()
    apply_pose(plotter, ABOVE)
    yield plotter
    plotter.close()


def test_a_mesh_is_drawn_unlit_and_an_object_tinted_and_untinted(plotter: "pv.Plotter") -> None:
    drawing = draw_mesh(plotter, _grid(9))
    middle = SIZE // 2
    apply_pose(plotter, ABOVE)
    plotter.show(auto_close=False)
    assert plotter.screenshot()[middle, middle].tolist() == [120, 120, 120]
    drawing.highlight(np.arange(81, dtype=np.int32), "#ff0000")
    plotter.render()
    red, green, _ = plotter.screenshot()[middle, middle].tolist()
    assert red > 120 > green
    drawing.highlight(None, "#ff0000")
    plotter.render()
    assert plotter.screenshot()[middle, middle].tolist() == [120, 120, 120]


def test_light_shades_what_it_meets_aslant_and_goes_without_a_trace(plotter: "pv.Plotter") -> None:
    drawing = draw_mesh(plotter, _grid(9))
    aslant = CameraPose((0.0, -5.5, 1.2), (0.0, 0.0, 0.0))
    apply_pose(plotter, aslant)
    plotter.show(auto_close=False)
    middle = SIZE // 2
    drawing.set_lit(True)
    plotter.render()
    assert 40 < plotter.screenshot()[middle, middle, 0] < 250
    assert plotter.screenshot()[middle, middle, 0] != 120
    drawing.set_lit(False)
    plotter.render()
    assert plotter.screenshot()[middle, middle].tolist() == [120, 120, 120]


def test_a_ray_passes_what_is_seen_from_behind_or_cut_off(plotter: "pv.Plotter") -> None:
    ceiling, shelf = _grid(3, height_m=2.5, faces_up=False), _grid(3, height_m=2.0)
    mesh = _joined(_grid(5), ceiling, shelf)
    draw_mesh(plotter, mesh)
    apply_pose(plotter, ABOVE)
    plotter.show(auto_close=False)
    picker = SurfacePicker(mesh)
    ray = screen_ray(plotter, SIZE / 2 - 0.5, SIZE / 2 - 0.5)
    assert picker.hit(*ray)[0] == pytest.approx([0, 0, 2.0], abs=1e-3)
    point, vertex = picker.hit(*ray, below_m=1.5)
    assert point == pytest.approx([0, 0, 0], abs=1e-3)
    assert vertex == 12
    apply_pose(plotter, CameraPose((0.0, 0.0, 20.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    assert picker.hit(*screen_ray(plotter, 0, 0)) is None


def test_boxes_are_drawn_found_under_the_cursor_and_erased(plotter: "pv.Plotter") -> None:
    box = Box((0.0, 0.0, 0.5), (2.0, 2.0, 1.0))
    draw_boxes(plotter, "boxes/gt", [box], DARK.strokes["gt"])
    apply_pose(plotter, ABOVE)
    plotter.show(auto_close=False)
    assert plotter.screenshot().any()
    edge_px = SIZE / 2 + SIZE / 2 * (1.0 / 5.0) / np.tan(np.radians(20))
    boxes = [Box((1.5, 1.5, 0.5), (0.2, 0.2, 0.2)), box]
    assert nearest_box(plotter, boxes, edge_px, SIZE / 2, reach_px=4) == 1
    assert nearest_box(plotter, boxes, SIZE / 2 + 30, SIZE / 2, reach_px=4) is None
    erase_boxes(plotter, "boxes/gt")
    plotter.render()
    assert not plotter.screenshot().any()


@pytest.mark.parametrize("pattern", ["solid", "dash", "dot"])
def test_dashes_lie_on_their_edges_and_close_the_corners(pattern: str) -> None:
    box = Box((1.0, 2.0, 3.0), (0.5, 1.3, 0.04))
    segments = dashed_edges([box], pattern)
    inside = box.contains(segments, margin_m=1e-9)
    assert inside.all()
    ends = segments.reshape(-1, 3)
    for corner in box.corners():
        assert np.isclose(ends, corner).all(axis=1).sum() == 3


@pytest.mark.parametrize("pattern", ["solid", "dash", "dot", "long"])
def test_many_boxes_are_dashed_as_one_by_one(pattern: str) -> None:
    rng = np.random.default_rng(0)
    boxes = [Box(tuple(c), tuple(s)) for c, s in rng.uniform(0.01, 2, (30, 2, 3)).tolist()]
    together = dashed_edges(boxes, pattern)
    one_by_one = np.concatenate([dashed_edges([box], pattern) for box in boxes])
    np.testing.assert_allclose(together, one_by_one)
    lengths = np.linalg.norm(together[:, 1] - together[:, 0], axis=1)
    assert (lengths > 0).all()


def test_equal_boxes_are_nested_and_others_stay_exact() -> None:
    box, other = Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), Box((3.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    drawn = nested({"gt": [box], "2d": [box], "3d": [other], "fused": [box]})
    assert drawn["gt"] == (box,)
    assert drawn["3d"] == (other,)
    sizes = [drawn[layer][0].size[0] for layer in ("gt", "fused", "2d")]
    assert sizes == sorted(set(sizes))


def test_a_proxy_is_light_and_knows_where_every_vertex_went() -> None:
    mesh = _grid(80)
    proxy = cluster(mesh, num_faces=1000)
    assert 700 < len(proxy.mesh.faces) <= 1300
    distance = np.linalg.norm(proxy.mesh.vertices[proxy.where] - mesh.vertices, axis=1)
    assert distance.max() < 0.5
    assert cluster(mesh, num_faces=len(mesh.faces)).mesh is mesh


@pytest.mark.parametrize("stretch", [(1, 1, 1), (50, 1, 1), (0.02, 0.02, 0.02)])
def test_stand_ins_keep_their_budgets_whatever_the_shape(stretch: tuple[float, ...]) -> None:
    flat = _grid(150)
    wavy = flat.vertices.copy()
    wavy[:, 2] = 0.3 * np.sin(3 * wavy[:, 0]) * np.cos(2 * wavy[:, 1])
    mesh = Mesh(wavy * np.float32(stretch), flat.faces, flat.colors)
    fine, coarse = stand_ins(mesh, (8000, 2000, 100_000))
    for proxy, budget in ((fine, 8000), (coarse, 2000)):
        assert budget / 1.5 < len(proxy.mesh.faces) < budget * 1.5
        assert proxy.where.max() == len(proxy.mesh.vertices) - 1
    distance = np.linalg.norm(coarse.mesh.vertices[coarse.where] - mesh.vertices, axis=1)
    assert distance.max() < 0.3 * np.ptp(mesh.vertices, axis=0).max()


def test_a_picker_of_many_parts_finds_what_one_ray_cast_finds() -> None:
    flat = _grid(260)  # more than three parts
    rng = np.random.default_rng(0)
    heights = rng.normal(0, 0.003, len(flat.vertices)).astype(np.float32)
    mesh = Mesh(flat.vertices + heights[:, None] * [0, 0, 1], flat.faces, flat.colors)
    mesh = Mesh(mesh.vertices.astype(np.float32), rng.permutation(mesh.faces), mesh.colors)
    picker, whole = SurfacePicker(mesh), pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces)
    for x, y in rng.uniform(-1.9, 1.9, (40, 2)):
        origin, end = np.array([x / 2, y / 2, 3.0]), np.array([x, y, -1.0])
        point, vertex = picker.hit(origin, end)
        (expected,), _ = whole.ray_trace(origin, end, first_point=False)
        assert point == pytest.approx(expected, abs=1e-4)
        nearest = np.linalg.norm(mesh.vertices - point, axis=1).min()
        assert np.linalg.norm(mesh.vertices[vertex] - point) == pytest.approx(nearest, abs=1e-6)
    assert picker.hit(np.array([9.0, 9, 3]), np.array([9.0, 9, -3])) is None


def test_a_ceiling_is_cut_and_a_shelf_is_not() -> None:
    floor, ceiling = _grid(9), _grid(9, height_m=2.6, faces_up=False)
    cut = ceiling_height(_joined(floor, ceiling))
    assert cut is not None
    assert 2.2 < cut < 2.6
    assert ceiling_height(floor) is None
    wall = Mesh(floor.vertices[:, [0, 2, 1]], floor.faces, floor.colors)
    assert ceiling_height(wall) is None
    small = _grid(9, height_m=2.4)
    shelf = Mesh(small.vertices * np.float32([0.2, 0.2, 1.0]), small.faces, small.colors)
    assert ceiling_height(_joined(floor, shelf)) is None
