"""`whatwhere models` and `whatwhere predictions`, as somebody types them."""

import json
import shlex
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import BrokenFileError, ConfigError, ModelError, WhatWhereError
from whatwhere.models.free_memory import Memory
from whatwhere.models.planning import plan_for

EXAMPLE = Path(__file__).parents[3] / "packaging" / "external_grounder.py"
PROGRAM = shlex.join([sys.executable, str(EXAMPLE)])
LINE = {
    "scene_id": "tiny0000_00",
    "text": "the chair",
    "modality": "fused",
    "boxes": [[1.0, 2.0, 0.5, 1.0, 1.0, 1.0]],
    "scores": [0.0],
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


@pytest.fixture
def run():
    """What a command prints; its known faults are raised."""

    def ask(*words):
        result = CliRunner().invoke(command_line(words), words)
        if result.exception is not None:
            raise result.exception
        assert result.exit_code == 0
        return result.stdout

    return ask


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file({"weight": np.ones(3, np.float32)}, folder / "model.safetensors")
    return folder


def test_a_folder_is_added_shown_verified_and_removed(run, folder):
    assert "--model second" in run("models", "add", str(folder), "--name", "second")
    listed = json.loads(run("models", "list", "--json"))
    second = next(item for item in listed["models"] if item["name"] == "second")
    assert (second["kind"], second["origin"]) == ("folder", str(folder))
    assert listed["models"][0]["name"] == "default"
    assert listed["models"][0]["licence"] == "Apache-2.0"
    table = run("models").splitlines()
    assert table[0].split() == ["name", "kind", "size", "licence", "hash", "origin"]
    assert any(row.split()[:2] == ["second", "folder"] for row in table)
    assert json.loads(run("models", "show", "second", "--json")) == second
    assert str(folder) in run("models", "show", "second")
    assert "whole safetensors" in run("models", "verify", "second")
    assert run("models", "remove", "second") == "second is no longer listed\n"
    with pytest.raises(ModelError, match='no model "second"'):
        run("models", "show", "second")


def test_a_program_is_added_and_verified_by_starting_it(run):
    run("models", "add", "nearest", "--command", PROGRAM, "--timeout", "120", "--map", "/a=/b/")
    shown = json.loads(run("models", "show", "nearest", "--json"))
    assert shown["command"] == [sys.executable, str(EXAMPLE)]
    assert (shown["timeout_s"], shown["path_map"]) == (120, {"/a": "/b/"})
    said = json.loads(run("models", "verify", "nearest", "--json"))["said"]
    assert said == ["It started, and answers in fused, 2d, 3d."]


def test_what_cannot_be_added_is_refused(run, folder, tmp_path):
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="pickle"):
        run("models", "add", str(folder))
    with pytest.raises(ModelError, match="no such folder"):
        run("models", "add", str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match="no map of paths"):
        run("models", "add", "x", "--command", PROGRAM, "--map", "a")
    with pytest.raises(ConfigError, match="belongs to --command"):
        run("models", "add", str(folder), "--map", "/a=/b")


def test_predictions_are_imported_and_counted(run, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps(LINE) + "\n" + json.dumps({**LINE, "modality": "2d"}) + "\n")
    said = run("predictions", "import", str(file), "--name", "theirs")
    assert said.startswith("theirs: 1 sentence of 1 scene in fused, 2d (JSON lines)")
    file.write_text(json.dumps(LINE) + "\n{}\n")
    with pytest.raises(BrokenFileError, match="line 2"):
        run("predictions", "import", str(file), "--name", "others")


def test_a_submission_takes_the_sentences_beside_a_scene(run, tmp_path, write_scan):
    scene = write_scan(tmp_path / "scans")
    sentence = {"scene_id": "tiny0000_00", "object_id": "1", "ann_id": "0"}
    (tmp_path / "ScanRefer_filtered_val.json").write_text(
        json.dumps([{**sentence, "object_name": "chair", "description": "the chair"}])
    )
    corners = [[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    file = tmp_path / "pred.json"
    file.write_text(json.dumps([{**sentence, "bbox": corners, "unique_multiple": 0, "others": 0}]))
    words = ("predictions", "import", str(file), "--name", "theirs")
    with pytest.raises(BrokenFileError, match=r"row 1: .*--expressions"):
        run(*words)
    said = json.loads(run(*words, "--scene", str(scene), "--json"))
    assert (said["form"], said["sentences"]) == ("ScanRefer submission", 1)


def test_our_answers_are_written_and_come_back(run, tmp_path, write_scan, write_tiny_model):
    """Exported from a model, imported under a name, grounded with it: the same answers."""
    scene = write_scan(tmp_path / "scans")
    model = write_tiny_model(tmp_path / "model", "the chair by the wall")
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("the chair\n\nthe chair by the wall\n")
    file = tmp_path / "ours.jsonl"
    said = run(
        *("predictions", "export", str(file), "--scene", str(scene), "--model", str(model)),
        *("--sentences", str(sentences), "--modality", "fused,blind", "--json"),
    )
    assert json.loads(said)["lines"] == 4
    run("predictions", "import", str(file), "--name", "stored")
    for text in ("the chair", "the chair by the wall"):
        asked = ("ground", str(scene), text, "--modality", "fused,blind", "--json", "--model")
        ours = json.loads(run(*asked, str(model)))
        stored = json.loads(run(*asked, "stored"))
        assert (stored["box_source"], stored["device"]) == ("model", "stored answers")
        for modality in ("fused", "blind"):
            pairs = zip(
                ours["groundings"][modality]["candidates"],
                stored["groundings"][modality]["candidates"],
                strict=True,
            )
            for one, other in pairs:
                assert one["box"] == other["box"]
                assert one["score"] == pytest.approx(other["score"], abs=1e-5)


def test_an_external_model_grounds_from_the_shell(run, tmp_path, write_scan):
    scene = write_scan(tmp_path / "scans")
    run("models", "add", "nearest", "--command", PROGRAM)
    said = json.loads(run("ground", str(scene), "the chair", "--model", "nearest", "--json"))
    assert (said["model"], said["device"]) == ("nearest", "cpu")
    assert list(said["groundings"]) == ["fused", "2d", "3d"]
    assert said["groundings"]["2d"]["candidates"][0]["label"] == "office chair"


def test_sentences_that_are_missing_are_asked_for(run, tmp_path, write_scan):
    scene = write_scan(tmp_path / "scans")
    words = ("predictions", "export", str(tmp_path / "a.jsonl"), "--scene", str(scene))
    with pytest.raises(ConfigError, match="no sentences lie beside"):
        run(*words)
    assert not (tmp_path / "a.jsonl").exists()


def test_a_plan_says_what_is_needed_and_what_is_free(run):
    said = run("models", "plan", "default", "--device", "cpu", "--frames", "4")
    assert "default  cpu  float32  4 frames  128x128 pixels" in said
    assert "It fits." in said
    document = json.loads(run("models", "plan", "default", "--device", "cpu", "--json"))
    assert document["need_bytes"] == sum(document["parts"].values())
    assert document["fits"]


def test_a_plan_that_does_not_fit_says_what_would(monkeypatch):
    def little(name, settings, **counts):
        return plan_for(name, settings, free=lambda _: Memory(23 * 10**6, 10**9), **counts)

    monkeypatch.setattr(import_module("whatwhere.cli.planning"), "plan_for", little)
    words = ("models", "plan", "default", "--device", "cpu")
    done = CliRunner().invoke(command_line(words), words)
    assert done.exit_code == 3
    assert "23 MB are free" in done.stdout
    assert "Fits with 16 frames" in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--resolution", "wide", "no resolution"), ("--dtype", "int4", "no type of number")],
)
def test_a_plan_refuses_what_no_model_is_loaded_with(run, option, value, said):
    with pytest.raises(WhatWhereError, match=said):
        run("models", "plan", "default", option, value)
