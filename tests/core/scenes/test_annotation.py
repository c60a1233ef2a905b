import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whatwhere.errors import BrokenFileError, SceneError, WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.annotation import is_boxed, read_aligned_boxes, read_groups, read_segments
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals, box_source_of

WriteScan = Callable[..., Path]


def edit_json(path: Path, change: Callable[[dict], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_the_last_object_wins_a_shared_segment(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path))
    wall, middle, right = scene.objects
    sizes = [len(item.vertex_indices) for item in scene.objects]
    assert sizes == [7 * 21, 7 * 21, 7 * 21]
    assert sum(sizes) == 441
    assert scene.mesh is not None
    assert right.box == Box.from_points(scene.mesh.vertices[right.vertex_indices].astype(float))
    assert wall.box is None
    assert (middle.object_id, right.object_id) == (1, 5)
    assert scene.object_by_id(5) is right
    assert scene.object_by_id(2) is None


def test_further_words_about_an_object_are_kept(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path))
    assert [dict(item.attributes) for item in scene.objects] == [{}, {"colour": "red"}, {}]


def test_unknown_segments_are_counted(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path))
    before = len(scene.warnings)
    assert scene.objects
    assert scene.warnings[before:] == [
        "Object 5 (office chair) names segments that the mesh does not have; 1 left out."
    ]


def test_the_hi_res_name_of_the_aggregation_is_accepted(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    (folder / "tiny0000_00.aggregation.json").rename(
        folder / "tiny0000_00_vh_clean.aggregation.json"
    )
    assert len(open_scene(folder).objects) == 3


def test_segments_of_another_mesh_are_refused(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    path = folder / "tiny0000_00_vh_clean_2.0.010000.segs.json"
    edit_json(path, lambda document: document["segIndices"].pop())
    with pytest.raises(BrokenFileError, match=r"440 vertices, but the mesh has 441"):
        _ = open_scene(folder).objects


def test_a_scene_without_a_mesh_takes_the_boxes_beside_it(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, mesh=False)
    rows = np.array([[0, 1, 2, 0.5, 0.6, 0.7, 5, 1], [3, 1, 2, 0.5, 0.6, 0.7, 5, 8]])
    np.save(folder / "tiny0000_00_aligned_bbox.npy", rows)
    objects = open_scene(folder).objects
    assert [(item.object_id, item.label, item.box is not None) for item in objects] == [
        (0, "wall", False),
        (1, "office chair", True),
        (5, "office chair", False),
        (8, "object", True),
    ]
    assert objects[1].box == Box((0, 1, 2), (0.5, 0.6, 0.7))
    assert dict(objects[1].attributes) == {"colour": "red"}
    assert all(len(item.vertex_indices) == 0 for item in objects)


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((2, 7)),
        np.zeros(8),
        np.full((1, 8), np.nan),
        np.array([[0, 0, 0, 1, -1, 1, 5, 0]]),
        np.array([[0, 0, 0, 1, 1, 1, 5, 3]] * 2),
        np.array([["a"] * 8]),
    ],
)
def test_arrays_that_are_no_boxes_are_refused(tmp_path: Path, rows: np.ndarray) -> None:
    np.save(tmp_path / "boxes.npy", rows)
    with pytest.raises(BrokenFileError, match=r"boxes\.npy"):
        read_aligned_boxes(tmp_path / "boxes.npy")


def test_a_pickled_array_is_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "boxes.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(BrokenFileError, match="not a plain array"):
        read_aligned_boxes(tmp_path / "boxes.npy")


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"objectId": 0, "label": "a", "segments": []}, "more than once"),
        ({"label": "a", "segments": []}, "lacks"),
        ({"objectId": 9, "segments": []}, "lacks"),
        ({"objectId": "9", "label": "a", "segments": []}, "lacks"),
        ({"objectId": 9, "label": "a", "segments": ["x"]}, "whole numbers"),
        ([], "lacks"),
    ],
)
def test_a_broken_group_is_named(
    tmp_path: Path, write_scan: WriteScan, group: object, words: str
) -> None:
    path = write_scan(tmp_path) / "tiny0000_00.aggregation.json"
    edit_json(path, lambda document: document["segGroups"].append(group))
    with pytest.raises(BrokenFileError, match=words):
        read_groups(path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"segIndices": 3}', '{"segIndices": [1, "2"]}',
             '{"segIndices": [1.5]}', '{"segIndices": [[1], [2, 3]]}', '{"segIndices": [null]}',
             '{"segIndices": [1e999]}', '{"segIndices": [' + "9" * 40 + "]}", "[" * 100_000]
)  # fmt: skip
def test_files_that_hold_no_segments_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.segs.json"
    path.write_text(text)
    with pytest.raises(BrokenFileError, match=r"x\.segs\.json"):
        read_segments(path)


def test_walls_floors_and_ceilings_have_no_box() -> None:
    assert not any(map(is_boxed, ["wall", "Floor", "ceiling", "closet wall"]))
    assert is_boxed("wall lamp")


def test_the_unboxed_labels_are_those_of_the_label_table(realdata: Path) -> None:
    for path in sorted((realdata / "scannet").glob("**/*combined.tsv")):
        lines = path.read_text(encoding="utf-8").replace("\r", "\n").split("\n")
        header, *rows = [line.split("\t") for line in lines if line]
        name, nyu40 = header.index("raw_category"), header.index("nyu40id")
        unboxed = {row[name] for row in rows if row[nyu40] in ("1", "2", "22")}
        assert all(is_boxed(row[name]) == (row[name] not in unboxed) for row in rows)


def test_proposals_are_the_objects_with_a_box(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path))
    proposals = annotation_proposals(scene)
    assert [(item.proposal, item.object_id) for item in proposals] == [(0, 1), (1, 5)]
    assert box_source_of(proposals) == "annotation"


def test_a_scene_without_annotation_has_no_proposals(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path, annotation=False))
    with pytest.raises(SceneError, match="no candidates"):
        annotation_proposals(scene)


edits = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 6), st.binary(max_size=6)), min_size=1
)


@settings(max_examples=200)
@given(
    st.sampled_from([".aggregation.json", "_vh_clean_2.0.010000.segs.json", ".txt"]),
    edits,
)
def test_no_edit_of_a_text_file_crashes_the_reader(
    tmp_path_factory: pytest.TempPathFactory,
    write_scan: WriteScan,
    name: str,
    edits: list[tuple[int, int, bytes]],
) -> None:
    root = tmp_path_factory.getbasetemp() / "fuzzed"
    folder = root / "tiny0000_00"
    if not folder.is_dir():
        write_scan(root, frames=False)
    path = folder / f"tiny0000_00{name}"
    good = path.read_bytes()
    content = good
    for start, length, replacement in edits:
        content = content[:start] + replacement + content[start + length :]
    path.write_bytes(content)
    try:
        scene = open_scene(folder)
        assert sum(len(item.vertex_indices) for item in scene.objects) <= 441
    except WhatWhereError:
        pass
    finally:
        path.write_bytes(good)
