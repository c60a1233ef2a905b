import numpy as np
import pytest

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.errors import MissingFileError, SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.geometric import MAX_PROPOSALS, GeometricProposals, find_boxes
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import best_overlaps
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Mesh


def sheet(origin, along, across, step=0.1):
    """Points and faces of a rectangle."""
    along, across = np.array(along, float), np.array(across, float)
    counts = [max(2, round(float(np.linalg.norm(side)) / step) + 1) for side in (along, across)]
    u, v = np.meshgrid(*(np.linspace(0, 1, count) for count in counts), indexing="ij")
    points = np.array(origin) + u.reshape(-1, 1) * along + v.reshape(-1, 1) * across
    index = np.arange(len(points)).reshape(counts)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack(x, -1).reshape(-1, 3) for x in ((a, b, c), (a, c, d))])
    return points, faces


def block(low, size, step=0.05):
    """The five sheets of a box that stands on something."""
    x, y, z = low
    dx, dy, dz = size
    return [
        sheet((x, y, z + dz), (dx, 0, 0), (0, dy, 0), step),
        sheet((x, y, z), (dx, 0, 0), (0, 0, dz), step),
        sheet((x + dx, y, z), (0, dy, 0), (0, 0, dz), step),
        sheet((x + dx, y + dy, z), (-dx, 0, 0), (0, 0, dz), step),
        sheet((x, y + dy, z), (0, -dy, 0), (0, 0, dz), step),
    ]


def mesh_of(sheets):
    points, faces, start = [], [], 0
    for some, corners in sheets:
        points.append(some)
        faces.append(corners + start)
        start += len(some)
    vertices = np.concatenate(points).astype(np.float32)
    colors = np.zeros((len(vertices), 3), np.uint8)
    return Mesh(vertices, np.concatenate(faces).astype(np.int32), colors)


ROOM = [
    sheet((0, 0, 0), (4, 0, 0), (0, 3, 0)),
    sheet((0, 0, 0), (4, 0, 0), (0, 0, 2.5)),
    sheet((0, 0, 0), (0, 3, 0), (0, 0, 2.5)),
]
DESK = Box((1.5, 1.5, 0.45), (1.0, 0.6, 0.9))
STOOL = Box((3.0, 2.0, 0.35), (0.4, 0.4, 0.7))


def furniture():
    return [
        *block(DESK.lower, DESK.size),
        *block(STOOL.lower, STOOL.size),
    ]


def overlaps(targets, boxes):
    found = [Proposal(index, box, "geometric") for index, box in enumerate(boxes)]
    return best_overlaps(targets, found)


def test_furniture_is_found_without_floor_and_walls():
    boxes = find_boxes(mesh_of([*ROOM, *furniture()]))
    assert overlaps([DESK, STOOL], boxes).min() > 0.7
    assert max(max(box.size) for box in boxes) < 1.5  # neither floor nor wall


def test_a_room_turned_as_it_was_captured_is_no_harder():
    mesh = mesh_of([*ROOM, *furniture()])
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]], np.float32)
    turned = Mesh(mesh.vertices @ turn.T, mesh.faces, mesh.colors)
    boxes = find_boxes(turned)
    centres = np.array([DESK.center, STOOL.center]) @ turn.T
    for centre in centres:
        assert min(np.linalg.norm(np.array(box.center) - centre) for box in boxes) < 0.15
    assert max(max(box.size) for box in boxes) < 2


SPECK = [sheet((0, 0, 0), (0.01, 0, 0), (0, 0.01, 0))]
POINT = [sheet((0, 0, 0), (0, 0, 0), (0, 0, 0))]


@pytest.mark.parametrize("sheets", [ROOM, SPECK, POINT])
def test_nothing_to_find_gives_nothing(sheets):
    assert find_boxes(mesh_of(sheets)) == []


def test_a_scan_without_faces_is_refused(tmp_path, write_scan):
    scene = open_scene(write_scan(tmp_path, mesh=False))
    with pytest.raises(SceneError, match="this scene has none with faces"):
        GeometricProposals().of(scene)


def recall(scene):
    found = GeometricProposals().of(scene).proposals
    assert 0 < len(found) <= MAX_PROPOSALS
    assert {item.source for item in found} == {"geometric"}
    assert all(item.object_id is None and item.label is None for item in found)
    targets = [item.box for item in scene.objects if item.box is not None]
    return (best_overlaps(targets, found) >= 0.25).mean()


def test_a_demo_room_is_reached_for_the_most_part():
    try:
        room = shipped_rooms()[0]
    except MissingFileError:
        pytest.skip("this checkout has no demo rooms")
    assert recall(open_scene(room.path)) >= 0.6


def test_a_real_scan_is_reached_for_a_good_part(realdata):
    scan = realdata / "scannet" / "scans" / "scene0000_00"
    assert recall(open_scene(scan)) >= 0.45
