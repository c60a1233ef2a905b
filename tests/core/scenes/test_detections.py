import json
from pathlib import Path

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.detections import (
    as_proposals,
    detected_proposals,
    detections_path,
    reach_of,
    write_boxes,
)
from whatwhere.scenes.scene import Frame, FrameHeader, Mesh, Scene, SceneObject

CHAIR = Box((0.0, 0.0, 0.5), (1.0, 1.0, 1.0))
TABLE = Box((3.0, 0.0, 0.5), (1.0, 1.0, 1.0))


class Annotated:
    """Two boxed objects and a wall."""

    def read_mesh(self) -> Mesh | None:
        return None

    def read_objects(self, mesh: Mesh | None) -> tuple[SceneObject, ...]:
        none = np.zeros(0, np.int32)
        return (
            SceneObject(4, "chair", none, CHAIR),
            SceneObject(7, "table", none, TABLE),
            SceneObject(9, "wall", none, None),
        )

    def read_frame(self, header: FrameHeader) -> Frame:
        raise AssertionError("boxes need no frames")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    identity: Matrix4 = np.eye(4)
    return Scene("scene0001_00", tmp_path, (), identity, True, Annotated())


def test_what_was_written_is_read_back(scene: Scene) -> None:
    write_boxes(detections_path(scene.folder, scene.scene_id), scene.scene_id, [TABLE, CHAIR])
    proposals = detected_proposals(scene)
    assert [item.box for item in proposals] == [TABLE, CHAIR]
    assert [item.proposal for item in proposals] == [0, 1]
    assert {item.source for item in proposals} == {"detections"}


def test_one_file_may_hold_many_scenes(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "scannet_val_pred_box.json"
    row = CHAIR.as_row().tolist()
    path.write_text(json.dumps({"scannet/scene0000_00": [], "scannet/scene0001_00": [row]}))
    assert [item.box for item in detected_proposals(scene, path)] == [CHAIR]


def test_each_object_has_the_candidate_that_covers_it_best(scene: Scene) -> None:
    half = Box((0.5, 0.0, 0.5), (1.0, 1.0, 1.0))  # 0.5 of 1.5 shared
    far = Box((9.0, 9.0, 0.5), (1.0, 1.0, 1.0))
    chair, table = reach_of(scene, as_proposals([far, half]))
    assert (chair.object_id, chair.proposal) == (4, 1)
    assert chair.best_iou == pytest.approx(1 / 3)
    assert chair.is_reachable
    assert (table.object_id, table.best_iou, table.is_reachable) == (7, 0.0, False)
    quarter = Box((0.0, 0.0, 0.125), (1.0, 1.0, 0.25))
    assert reach_of(scene, as_proposals([quarter]))[0].best_iou == pytest.approx(0.25)
    assert not any(reach.is_reachable for reach in reach_of(scene, ()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "by scene"),
        ('{"scannet/scene0002_00": []}', "no boxes of scene0001_00"),
        ('{"scannet/scene0001_00": []}', "six numbers"),
        ('{"scannet/scene0001_00": [[1, 2, 3]]}', "six numbers"),
        ('{"scannet/scene0001_00": [[1, 2, 3, 1, 1, 1], [1]]}', "six numbers"),
        ('{"scannet/scene0001_00": [["a", 2, 3, 1, 1, 1]]}', "six numbers"),
        ('{"scannet/scene0001_00": {"a": 1}}', "six numbers"),
        ('{"scannet/scene0001_00": [[1, 2, 3, 1, -1, 1]]}', "negative"),
        ('{"scannet/scene0001_00": [[1, 2, NaN, 1, 1, 1]]}', "negative or an infinite"),
    ],
)
def test_a_broken_file_is_named(scene: Scene, text: str, said: str) -> None:
    path = detections_path(scene.folder, scene.scene_id)
    path.write_text(text)
    with pytest.raises(BrokenFileError, match=said) as caught:
        detected_proposals(scene)
    assert caught.value.path == path


def test_a_missing_file_says_how_to_get_one(scene: Scene) -> None:
    with pytest.raises(MissingFileError, match="whatwhere demo --detections"):
        detected_proposals(scene)
