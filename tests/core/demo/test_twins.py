import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.palette import VIVID
from whatwhere.demo.rooms import Room
from whatwhere.demo.scanner import camera_for
from whatwhere.demo.staging import stage
from whatwhere.demo.twins import twins_of

OPTIONS = {"num_scenes": 6, "seed": 2, "split": "val", "frames": 2, "size": (96, 96)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twins")
    write_dataset(path, twins=True, **OPTIONS)
    return path


@pytest.fixture(scope="module")
def pairs(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / "twins.json").read_text())
    return rows


def objects(folder: Path, scene_id: str) -> dict[int, dict[str, Any]]:
    path = folder / "scans" / scene_id / f"{scene_id}.aggregation.json"
    return {group["objectId"]: group for group in json.loads(path.read_text())["segGroups"]}


def boxes(folder: Path, scene_id: str) -> dict[int, np.ndarray]:
    table = np.load(folder / "scans" / scene_id / f"{scene_id}_aligned_bbox.npy")
    return {int(row[7]): row[:6] for row in table}


def image(folder: Path, scene_id: str, kind: str) -> np.ndarray:
    suffix = "jpg" if kind == "color" else "png"
    return np.asarray(Image.open(folder / "scans" / scene_id / kind / f"0.{suffix}"))


def test_every_room_has_its_twins(folder: Path, pairs: list[dict[str, Any]]) -> None:
    kinds = [pair["kind"] for pair in pairs]
    assert kinds.count("appearance") == kinds.count("placebo") == 6
    assert kinds.count("position") >= 1
    assert len(list((folder / "scans").iterdir())) == 6 + len(pairs)
    rows = json.loads((folder / "ScanRefer_filtered_val.json").read_text())
    assert {row["scene_id"][-3:] for row in rows} == {"_00"}


def test_an_appearance_twin_exchanges_two_colours_only(
    folder: Path, pairs: list[dict[str, Any]]
) -> None:
    for pair in (pair for pair in pairs if pair["kind"] == "appearance"):
        before = objects(folder, pair["scene_id"])
        after = objects(folder, pair["twin_id"])
        one, two = pair["exchanged"]
        assert before[one]["label"] == before[two]["label"]
        assert (before[one]["colour"] in VIVID) != (before[two]["colour"] in VIVID)
        assert after[one]["colour"] == before[two]["colour"]
        assert after[two]["colour"] == before[one]["colour"]
        others = set(before) - {one, two}
        assert all(before[key]["colour"] == after[key]["colour"] for key in others)
        for key, row in boxes(folder, pair["scene_id"]).items():
            np.testing.assert_array_equal(boxes(folder, pair["twin_id"])[key], row)
        np.testing.assert_array_equal(
            image(folder, pair["scene_id"], "depth"), image(folder, pair["twin_id"], "depth")
        )


def test_a_placebo_changes_image_noise_only(folder: Path, pairs: list[dict[str, Any]]) -> None:
    for pair in (pair for pair in pairs if pair["kind"] == "placebo"):
        assert objects(folder, pair["scene_id"]).keys() == objects(folder, pair["twin_id"]).keys()
        a = image(folder, pair["scene_id"], "color").astype(int)
        b = image(folder, pair["twin_id"], "color").astype(int)
        assert (a != b).mean() > 0.5
        assert np.abs(a - b).mean() < 6
        np.testing.assert_array_equal(
            image(folder, pair["scene_id"], "depth"), image(folder, pair["twin_id"], "depth")
        )


def test_a_position_twin_exchanges_places(folder: Path, pairs: list[dict[str, Any]]) -> None:
    for pair in (pair for pair in pairs if pair["kind"] == "position"):
        before, after = boxes(folder, pair["scene_id"]), boxes(folder, pair["twin_id"])
        one, two = pair["exchanged"]
        np.testing.assert_allclose(after[one][:2], before[two][:2], atol=0.08)
        np.testing.assert_allclose(after[two][:2], before[one][:2], atol=0.08)
        volume = [float(np.prod(before[key][3:])) for key in (one, two)]
        assert max(volume) > 1.15 * min(volume)
        colours = [objects(folder, pair[key])[one]["colour"] for key in ("scene_id", "twin_id")]
        assert colours[0] == colours[1], "an object keeps its colour"
        others = set(before) - {one, two}
        assert all(np.array_equal(before[key], after[key]) for key in others)


def test_twins_see_through_the_same_cameras(folder: Path, pairs: list[dict[str, Any]]) -> None:
    for pair in pairs:
        for name in ("pose/0.txt", "pose/1.txt", "intrinsic/intrinsic_color.txt"):
            one, two = (folder / "scans" / pair[key] / name for key in ("scene_id", "twin_id"))
            assert one.read_bytes() == two.read_bytes()


def test_the_pair_comes_from_the_group_most_spoken_of(rooms: list[Room]) -> None:
    camera = camera_for((32, 24))
    for room in rooms[:20]:
        staged = stage(room, "colour", camera, num_frames=2)
        for name, numbers in room.groups().items():
            twin = next(twins_of(staged, "colour", (), {name: 5}))[0]
            assert set(twin.exchanged) <= set(numbers)
