import json
from collections import Counter

import pytest

from whatwhere.demo.annotating import judge_visibility
from whatwhere.demo.shipped import ROOM_NAMES, ShippedRoom, shipped_rooms
from whatwhere.errors import MissingFileError
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.scenes.opening import open_scene


@pytest.fixture(scope="module", params=ROOM_NAMES)
def room(request: pytest.FixtureRequest) -> ShippedRoom:
    return next(room for room in shipped_rooms() if room.name == request.param)


def test_a_shipped_room_is_small_and_complete(room: ShippedRoom) -> None:
    files = [path for path in room.path.parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5 * 1024 * 1024
    scene = open_scene(room)
    assert not scene.warnings
    assert len(scene.frames) == 24
    assert scene.mesh is not None
    assert scene.read_frame(scene.frames[0]).color.shape == (240, 320, 3)


def test_its_sentences_point_at_its_objects(room: ShippedRoom) -> None:
    file = read_scanrefer(room.expressions)
    assert not file.problems
    assert len(file.expressions) > 40
    scene = open_scene(room)
    labels = {item.object_id: item.label for item in scene.objects}
    for expression in file.expressions:
        assert expression.scene_id == scene.scene_id
        assert expression.target_id is not None
        assert labels[expression.target_id] == expression.target_label
    skills = Counter(expression.skill for expression in file.expressions)
    assert {"near", "far", "between", "colour"} <= set(skills)


def test_every_shipped_room_has_several_chairs_and_a_door(room: ShippedRoom) -> None:
    """The sentence people try first is about the chair nearest the door."""
    labels = Counter(item.label for item in open_scene(room).objects)
    assert labels["chair"] >= 2
    assert labels["door"] == 1


def test_an_incomplete_installation_says_so(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rooms" / "bedroom").mkdir(parents=True)
    monkeypatch.setattr("whatwhere.demo.shipped.asset", lambda *parts: tmp_path.joinpath(*parts))
    with pytest.raises(MissingFileError, match="Install whatwhere again"):
        shipped_rooms()


def test_shipped_rooms_are_what_their_seeds_make(room: ShippedRoom) -> None:
    import numpy as np

    from whatwhere.demo.light import Lighting
    from whatwhere.demo.model import item_boxes, room_quads
    from whatwhere.demo.rooms import plan_room
    from whatwhere.demo.scanner import camera_for, record
    from whatwhere.demo.viewpoints import choose_poses

    seed = int(room.path.name[4:10])
    theme = {"living-room": "living room"}.get(room.name, room.name)
    plan = plan_room(seed, theme=theme)
    quads = room_quads(plan)
    boxes = item_boxes(quads, len(plan.items))
    poses = choose_poses(plan, boxes, camera_for((320, 240)), num_frames=24)
    views = record(
        quads, Lighting.of(plan, quads), poses, camera_for((64, 48)), np.random.default_rng(0)
    )
    numbers = judge_visibility(plan, views).annotated
    path = room.path / f"{room.path.name}.aggregation.json"
    groups = json.loads(path.read_text())["segGroups"]
    labels = [group["label"] for group in groups if group["colour"] is not None]
    assert labels == [plan.items[number].kind.name for number in numbers]
