import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.scanrefer import read_scanrefer, unknown_targets


def row(**changes: Any) -> dict[str, Any]:
    values = {
        "scene_id": "scene0000_00",
        "object_id": "12",
        "object_name": "coffee_table",
        "ann_id": "3",
        "description": "the coffee table near the sofa.",
        "token": ["the", "coffee", "table"],
    }
    return {key: value for key, value in {**values, **changes}.items() if value is not None}


def write(folder: Path, rows: object) -> Path:
    path = folder / "expressions.json"
    path.write_text(json.dumps(rows))
    return path


def test_an_official_row(tmp_path: Path) -> None:
    (expression,) = read_scanrefer(write(tmp_path, [row()])).expressions
    assert expression.scene_id == "scene0000_00"
    assert expression.text == "the coffee table near the sofa."
    assert (expression.target_id, expression.target_label) == (12, "coffee table")
    assert expression.ann_id == "3"
    assert expression.anchor_ids == ()
    assert expression.skill is None
    assert expression.tokens == ("the", "coffee", "table")
    assert (expression.viewpoint, expression.extra) == (None, {})


def test_the_keys_of_demo_rooms(tmp_path: Path) -> None:
    rows = [
        row(
            anchor_ids=[4, "7"], skill="near", frame="room", num_lookalikes=3, object_id=2, ann_id=9
        )
    ]
    (expression,) = read_scanrefer(write(tmp_path, rows)).expressions
    assert expression.anchor_ids == (4, 7)
    assert expression.skill == "near"
    assert expression.extra["frame"] == "room"
    assert expression.num_lookalikes == 3
    assert (expression.target_id, expression.ann_id) == (2, "9")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row(scene_id=None), "no scene_id"),
        (row(description=None), "no description"),
        (row(description="  "), "empty"),
        (row(description=5), "no description"),
        (row(object_id=None), "object_id is not a whole number"),
        (row(object_id="-1"), "object_id is not a whole number"),
        (row(object_id=1.5), "object_id is not a whole number"),
        (row(object_id=True), "object_id is not a whole number"),
        (row(object_id="9" * 30), "object_id is not a whole number"),
        (row(anchor_ids="4"), "anchor_ids are not a list"),
        (row(anchor_ids=["x"]), "anchor_ids is not a whole number"),
        ("a sentence", "not an object"),
    ],
)
def test_a_row_that_cannot_be_used_is_dropped_with_its_number(
    tmp_path: Path, bad: object, words: str
) -> None:
    result = read_scanrefer(write(tmp_path, [row(), bad, row()]))
    assert len(result.expressions) == 2
    (problem,) = result.problems
    assert problem.startswith("Row 2 of expressions.json was dropped")
    assert words in problem


def test_rows_are_grouped_by_scene_in_file_order(tmp_path: Path) -> None:
    rows = [row(scene_id=scene, ann_id=str(i)) for i, scene in enumerate("babac")]
    groups = read_scanrefer(write(tmp_path, rows)).by_scene()
    assert {scene: [item.ann_id for item in items] for scene, items in groups.items()} == {
        "b": ["0", "2"],
        "a": ["1", "3"],
        "c": ["4"],
    }
    assert list(groups) == ["b", "a", "c"]


def test_targets_that_the_scene_lacks_are_counted(tmp_path: Path) -> None:
    rows = [row(object_id=number) for number in (1, 1, 2, 3)]
    expressions = read_scanrefer(write(tmp_path, rows)).expressions
    assert unknown_targets(expressions, [3]) == [
        "2 expressions point at object 1, which the scene does not have.",
        "One expression points at object 2, which the scene does not have.",
    ]


def test_what_is_not_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="not a list"):
        read_scanrefer(write(tmp_path, {"a": 1}))
    (tmp_path / "cut.json").write_text('[{"scene_id": "sce')
    with pytest.raises(BrokenFileError, match="not valid JSON"):
        read_scanrefer(tmp_path / "cut.json")
    with pytest.raises(MissingFileError, match="nowhere"):
        read_scanrefer(tmp_path / "nowhere.json")


@pytest.mark.parametrize("split", ["train", "val"])
def test_the_real_rows_are_all_usable(realdata: Path, split: str) -> None:
    folder = realdata / "language" / "scanrefer"
    result = read_scanrefer(folder / f"ScanRefer_filtered_{split}_sampled1000.json")
    assert len(result.expressions) == 1000
    assert result.problems == ()
    assert not any("_" in str(item.target_label) for item in result.expressions)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
keys = st.sampled_from(["scene_id", "object_id", "description", "object_name", "anchor_ids", "x"])


@given(st.lists(st.dictionaries(keys, json_values) | json_values, max_size=4))
def test_every_row_is_either_used_or_explained(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any]
) -> None:
    result = read_scanrefer(write(tmp_path_factory.getbasetemp(), rows))
    assert len(result.expressions) + len(result.problems) == len(rows)
