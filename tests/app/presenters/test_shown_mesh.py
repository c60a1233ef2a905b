import numpy as np
import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters import shown_mesh as module
from whatwhere_app.presenters.shown_mesh import MeshTools, shown_mesh
from whatwhere_app.render.mesh import ceiling_height, room_extent
from whatwhere_app.render.proxy import cluster

TOOLS = MeshTools(
    ceiling_height=ceiling_height,
    extent=room_extent,
    merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
    stand_ins=lambda mesh: (),
    picker=lambda mesh: None,
)


@pytest.fixture
def scene(tiny_scan) -> Scene:
    return open_scene(tiny_scan)


def test_a_scan_is_drawn_as_it_is(scene: Scene) -> None:
    bare = shown_mesh(scene.mesh, TOOLS)
    assert bare.object_at(0) is None
    shown = bare.with_objects(scene.objects)
    assert shown.mesh is scene.mesh
    assert (shown.is_preview, shown.note) == (False, "")
    chair = scene.object_by_id(1)
    assert shown.drawn(chair.vertex_indices) is chair.vertex_indices
    assert shown.object_at(int(chair.vertex_indices[0])) == 1
    assert shown.object_at(10**6) is None
    assert isinstance(shown.extent, Box)


def test_a_vast_scan_is_drawn_as_a_preview_that_knows_its_objects(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VAST_FACES", 500)
    monkeypatch.setattr(module, "PREVIEW_FACES", 200)
    shown = shown_mesh(scene.mesh, TOOLS).with_objects(scene.objects)
    assert shown.is_preview
    assert 100 < len(shown.mesh.faces) < 300
    assert shown.note == f"preview: 1 in {round(800 / len(shown.mesh.faces))} triangles"
    chair = scene.object_by_id(5)
    drawn = shown.drawn(chair.vertex_indices)
    assert chair.box.contains(shown.mesh.vertices[drawn], margin_m=0.3).all()
    assert np.mean([shown.object_at(int(vertex)) == 5 for vertex in drawn]) > 0.6
    whole = shown_mesh(scene.mesh, TOOLS, is_whole=True)
    assert whole.mesh is scene.mesh
