import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whatwhere.demo.audit import audit_masked_anchors, read_things
from whatwhere.demo.dataset import SEEDS, SPLITS, room_seeds, write_dataset
from whatwhere.demo.facts import SKILLS, WHAT
from whatwhere.errors import ConfigError
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

_SIZE = (64, 48)
_FRAMES = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    make(path)
    return path


def make(path: Path, num_scenes: int = 3, **changes: Any) -> None:
    options = {"seed": 1, "split": "train", "frames": _FRAMES, "size": _SIZE} | changes
    write_dataset(path, num_scenes=num_scenes, **options)


def rows_of(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        (folder / f"ScanRefer_filtered_{split}.json").read_text()
    )
    return rows


def scenes_of(folder: Path) -> list[Scene]:
    return [open_scene(path) for path in sorted((folder / "scans").iterdir())]


def test_rows_have_the_official_keys_and_ours(folder: Path) -> None:
    rows = rows_of(folder)
    assert len(rows) > 3 * 15
    for row in rows:
        assert all(isinstance(row[key], str) for key in ("scene_id", "object_id", "ann_id"))
        assert row["token"] == [*row["description"].removesuffix(".").split(), "."]
        assert " " not in row["object_name"]
        assert row["skill"] in SKILLS
        assert row["kind"] == ("what" if row["skill"] in WHAT else "where")
        assert row["shortcut"] in (("aligned", "conflict") if row["kind"] == "where" else (None,))
        assert ("frame" in row) == (row["skill"] in ("left", "right"))
    keys = [(row["scene_id"], row["ann_id"]) for row in rows]
    assert len(set(keys)) == len(keys)


def test_the_readers_open_what_was_written(folder: Path) -> None:
    file = read_scanrefer(folder / "ScanRefer_filtered_train.json")
    assert not file.problems
    expressions = file.by_scene()
    scenes = scenes_of(folder)
    assert list(expressions) == [scene.scene_id for scene in scenes]
    for scene in scenes:
        assert scene.is_aligned
        assert scene.mesh is None
        assert len(scene.frames) == len(scene.headers) == _FRAMES
        labels = {item.object_id: item.label for item in scene.objects}
        for row in expressions[scene.scene_id]:
            assert row.target_id is not None
            assert labels[row.target_id] == row.target_label
            assert set(row.anchor_ids) <= set(labels)
        unboxed = [item.label for item in scene.objects if item.box is None]
        assert sorted(unboxed) == ["ceiling", "floor", "wall"]
        assert sum(item.box is not None for item in scene.objects) <= 26


def test_the_mesh_frame_is_turned_and_shifted(folder: Path) -> None:
    matrices = [scene.aligned_from_mesh for scene in scenes_of(folder)]
    for matrix in matrices:
        assert np.abs(matrix[:2, 3]).max() > 0.1
        assert abs(matrix[0, 1]) > 1e-3
    assert np.abs(matrices[0] - matrices[1]).max() > 0.1


def test_boxes_enclose_what_the_frames_show(folder: Path) -> None:
    """Every depth pixel lies in the room; most of an object's box is near a seen point."""
    from whatwhere.geometry.cameras import backproject
    from whatwhere.geometry.poses import transform

    for scene in scenes_of(folder):
        points = []
        for header in scene.frames:
            frame = scene.read_frame(header)
            local = backproject(frame.depth_m, frame.depth_camera)
            points.append(transform(local, frame.world_from_camera)[frame.depth_valid])
        seen = np.concatenate(points)
        assert abs(np.percentile(seen[:, 2], 1)) < 0.02, "the floor is at z = 0"
        boxed = [item for item in scene.objects if item.box is not None]
        touched = [item.box.contains(seen, margin_m=0.01).any() for item in boxed if item.box]
        assert np.mean(touched) > 0.9


def test_same_seed_same_bytes_whatever_the_number_of_workers(folder: Path, tmp_path: Path) -> None:
    make(tmp_path, workers=2)
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(paths) > 3 * 3 * _FRAMES
    for path in paths:
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path


def test_finished_rooms_are_kept_and_half_made_ones_redone(tmp_path: Path) -> None:
    make(tmp_path, num_scenes=2)
    first, second = sorted((tmp_path / "scans").iterdir())
    before = rows_of(tmp_path)
    (first / "color" / "0.jpg").write_bytes(b"kept")
    # As after an interruption: the second room has files, but was never finished.
    (tmp_path / "finished" / f"{second.name}.json").unlink()
    (second / "color" / "0.jpg").write_bytes(b"half made")
    made: list[tuple[int, int, str]] = []
    make(tmp_path, num_scenes=3, progress=lambda *news: made.append(news))
    assert (first / "color" / "0.jpg").read_bytes() == b"kept"
    assert (second / "color" / "0.jpg").read_bytes() != b"half made"
    assert [(done, total) for done, total, _ in made] == [(1, 3), (2, 3), (3, 3)]
    assert rows_of(tmp_path)[: len(before)] == before


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    make(tmp_path, num_scenes=1)
    with pytest.raises(ConfigError, match="other settings"):
        make(tmp_path, num_scenes=1, frames=_FRAMES + 1)


def test_no_room_is_in_two_splits() -> None:
    used: set[int] = set()
    for split in SPLITS:
        for seed in (0, 1, SEEDS[split][1] // 5000 - 1):
            seeds = set(room_seeds(split, seed, 5000))
            assert not seeds & used
            used |= seeds
    assert not used & set(range(600_000, 700_000)), "reserved for the rooms that are shipped"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": "exam"}, "exam"),
        ({"num_scenes": 0}, "0 scenes"),
        ({"num_scenes": 5001}, "5001 scenes"),
        ({"seed": 120}, "seed 120"),
        ({"seed": -1}, "seed -1"),
        ({"shortcut": 0.0}, "shortcut"),
        ({"shortcut": 1.5}, "shortcut"),
    ],
)
def test_values_out_of_range_are_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make(tmp_path, **changes)
    assert not list(tmp_path.iterdir())


def test_only_biased_splits_have_a_shortcut(tmp_path: Path) -> None:
    for split, expected in (("train", 0.6), ("val_biased", 0.6), ("val", None), ("test", None)):
        make(tmp_path / split, num_scenes=1, split=split, shortcut=0.6, seed=0)
        document = json.loads((tmp_path / split / "dataset.json").read_text())
        assert document["shortcut"] == {"colour": expected}
        assert document["size"] == list(_SIZE)


def test_the_audit_reads_a_data_set(folder: Path) -> None:
    scores = {score.skill: score for score in audit_masked_anchors(folder, "train")}
    counted = [row for row in rows_of(folder) if row["skill"] in scores]
    assert sum(score.num_sentences for score in scores.values()) == len(counted)
    for score in scores.values():
        assert 0.25 <= score.chance <= 0.5
        assert 0 <= score.guessed <= 1
    for scan in (folder / "scans").iterdir():
        assert {thing.name for thing in read_things(scan)} >= {"door"}
