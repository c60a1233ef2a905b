import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from whatwhere.cli.demo import demo
from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.detections import degrade, degraded_proposals
from whatwhere.demo.facts import Thing
from whatwhere.geometry.boxes import box_rows, iou
from whatwhere.scenes.detections import detected_proposals, reach_of
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import box_source_of

QUICK = {"num_scenes": 2, "seed": 0, "frames": 2, "size": (48, 32)}


def rows_of(things: list[Thing]) -> np.ndarray:
    return box_rows(thing.box for thing in things)


def test_as_many_are_reached_as_by_a_published_detector(all_things: list[list[Thing]]) -> None:
    best, counts = [], []
    for number, things in enumerate(all_things):
        rows = rows_of(things)
        for seed in range(4):
            found = box_rows(degrade(rows, np.random.default_rng([number, seed])))
            best += iou(rows, found).max(axis=1).tolist()
            counts.append(len(found) / len(rows))
    assert np.mean(np.array(best) >= 0.25) == pytest.approx(0.91, abs=0.02)
    assert np.mean(np.array(best) >= 0.5) == pytest.approx(0.83, abs=0.02)
    assert np.mean(best) < 0.8, "hardly any box is exact"
    assert 1.0 < np.mean(counts) < 1.4


def test_neighbours_are_merged_and_large_things_split() -> None:
    apart = np.array([[0, 0, 0.5, 1, 1, 1], [4, 0, 0.5, 2, 1, 1]], float)
    together = apart.copy()
    together[1, 0] = 1.5
    union = np.array([[1.0, 0, 0.5, 3, 1, 1]])
    merged = {"apart": 0, "together": 0}
    halved = 0
    for seed in range(400):
        for name, rows in (("apart", apart), ("together", together)):
            found = box_rows(degrade(rows, np.random.default_rng(seed)))
            merged[name] += bool(iou(union, found).max() > 0.75)
        pieces = box_rows(degrade(apart[1:], np.random.default_rng(seed)))
        share = pieces[:, 3] / apart[1, 3]
        halved += bool(len(pieces) >= 2 and share.sum() < 1.2 and (share > 0.25).all())
    assert merged["apart"] == 0
    assert 20 <= merged["together"] <= 70
    assert halved >= 8


def test_the_order_tells_nothing(all_things: list[list[Thing]]) -> None:
    """What stands first in the annotation stands first among the detections by chance only."""
    places = []
    for number, things in enumerate(all_things):
        rows = rows_of(things)
        found = box_rows(degrade(rows, np.random.default_rng(number)))
        places.append(int(iou(rows[:1], found).argmax()) / max(len(found) - 1, 1))
    assert np.mean(places) == pytest.approx(0.5, abs=0.12)


def test_a_twin_has_the_detections_of_its_room(tmp_path: Path) -> None:
    write_dataset(tmp_path, split="test", twins=True, **QUICK)
    for pair in json.loads((tmp_path / "twins.json").read_text()):
        if pair["kind"] == "position":
            continue
        one, two = (open_scene(tmp_path / "scans" / pair[key]) for key in ("scene_id", "twin_id"))
        assert degraded_proposals(one, 3) == degraded_proposals(two, 3)
        assert degraded_proposals(one, 3) != degraded_proposals(one, 4)


def test_a_room_of_one_missed_thing_still_has_a_candidate() -> None:
    for seed in range(60):
        assert degrade(np.array([[0.0, 0, 0.5, 1, 1, 1]]), np.random.default_rng(seed))


def test_the_command_writes_them_beside_each_scan(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(demo)
    options = ["--scenes", "1", "--frames", "2", "--size", "48x32", "--detections"]
    document = json.loads(CliRunner().invoke(app, [str(tmp_path), *options, "--json"]).stdout)
    (scan,) = (tmp_path / "scans").iterdir()
    scene = open_scene(scan)
    proposals = detected_proposals(scene)
    assert box_source_of(proposals) == "detections"
    assert all(item.object_id is None and item.label is None for item in proposals)
    wanted = box_rows(item.box for item in degraded_proposals(scene, 0))
    np.testing.assert_allclose(box_rows(item.box for item in proposals), wanted, atol=1e-4)
    reached = [reach.is_reachable for reach in reach_of(scene, proposals)]
    said = document["detections"]
    assert (said["objects"], said["reached_at_25"]) == (len(reached), sum(reached))
    assert said["reached_at_50"] <= said["reached_at_25"]
    again = CliRunner().invoke(app, [str(tmp_path), *options])
    assert f"{said['reached_at_25']} of {said['objects']} objects" in again.stdout
