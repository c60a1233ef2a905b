from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from whatwhere.demo.dataset import write_dataset
from whatwhere.geometry.boxes import box_rows
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.poses import transform
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

OPTIONS = {"num_scenes": 1, "seed": 3, "split": "test", "frames": 4, "size": (96, 72)}


@pytest.fixture(scope="module")
def meshed(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("meshed")
    write_dataset(folder, mesh=True, **OPTIONS)
    return open_scene(next((folder / "scans").iterdir()))


@pytest.fixture(scope="module")
def boxed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxed")
    write_dataset(folder, **OPTIONS)
    return next((folder / "scans").iterdir())


def test_the_mesh_has_a_scan_like_size(meshed: Scene) -> None:
    assert meshed.mesh is not None
    assert not meshed.warnings
    assert 30_000 <= len(meshed.mesh.vertices) <= 80_000
    assert len(meshed.mesh.faces) > len(meshed.mesh.vertices)
    assert meshed.mesh.colors.std() > 10


def test_boxes_from_the_mesh_are_the_boxes_without_it(meshed: Scene, boxed: Path) -> None:
    table = np.load(boxed / f"{boxed.name}_aligned_bbox.npy", allow_pickle=False)
    assert table.shape[1] == 8
    with_box = [item for item in meshed.objects if item.box is not None]
    assert [item.object_id for item in with_box] == table[:, 7].astype(int).tolist()
    boxes = box_rows(item.box for item in with_box if item.box is not None)
    np.testing.assert_allclose(boxes, table[:, :6], atol=1e-3)
    assert ((table[:, 6] >= 3) & (table[:, 6] <= 40) & (table[:, 6] != 22)).all()


def test_frames_land_on_the_mesh(meshed: Scene) -> None:
    assert meshed.mesh is not None
    tree = cKDTree(meshed.mesh.vertices)
    ceiling = float(meshed.mesh.vertices[:, 2].max()) - 0.05
    for header in meshed.frames:
        frame = meshed.read_frame(header)
        points = transform(backproject(frame.depth_m, frame.depth_camera), frame.world_from_camera)
        seen = points[frame.depth_valid]
        distance, _ = tree.query(seen[seen[:, 2] < ceiling][::7])
        assert np.median(distance) < 0.04
        assert np.percentile(distance, 99) < 0.09


def test_frames_and_mesh_show_the_same_colours(meshed: Scene) -> None:
    """The floor seen in the frames has the colour baked into the mesh."""
    assert meshed.mesh is not None
    tree = cKDTree(meshed.mesh.vertices)
    frame = meshed.read_frame(meshed.frames[0])
    points = transform(backproject(frame.depth_m, frame.depth_camera), frame.world_from_camera)
    flat, color = points.reshape(-1, 3), frame.color.reshape(-1, 3).astype(float)
    chosen = np.flatnonzero(flat[:, 2] < 2.0)[::5]
    _, nearest = tree.query(flat[chosen])
    difference = np.abs(meshed.mesh.colors[nearest].astype(float) - color[chosen]).mean(axis=1)
    assert np.median(difference) < 12


def test_faces_look_into_the_room(meshed: Scene) -> None:
    """With faces turned away left out, one looks into the room from outside."""
    assert meshed.mesh is not None
    floor = next(item for item in meshed.objects if item.label == "floor")
    wall = next(item for item in meshed.objects if item.label == "wall")
    for item in (floor, wall):
        mine = np.zeros(len(meshed.mesh.vertices), bool)
        mine[item.vertex_indices] = True
        faces = meshed.mesh.faces[mine[meshed.mesh.faces].all(axis=1)]
        a, b, c = (meshed.mesh.vertices[faces[:, k]].astype(float) for k in range(3))
        normals = np.cross(b - a, c - a)
        middle = np.array([0.0, 0.0, 1.3])
        inward = np.einsum("fi,fi->f", normals, middle - (a + b + c) / 3) > 0
        area = np.linalg.norm(normals, axis=1)
        assert area[inward].sum() / area.sum() > 0.9  # skirting boards have ends and backs


def test_unannotated_clutter_belongs_to_no_object(meshed: Scene) -> None:
    assert meshed.mesh is not None
    owned = np.concatenate([item.vertex_indices for item in meshed.objects])
    assert len(np.unique(owned)) == len(owned)
    assert len(owned) > 0.9 * len(meshed.mesh.vertices)
