"""A whole run in small: rooms, tower, grounder, figures, a model that loads and answers."""

import json

import pytest

from whatwhere.errors import ConfigError
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.training.config import read_config
from whatwhere.training.launch import train
from whatwhere.training.run_folder import RunFolder

SMALL = {
    "train_rooms": "3",
    "val_rooms": "1",
    "test_rooms": "2",
    "tower_epochs": "1",
    "steps": "4",
    "rooms_per_step": "2",
    "evaluate_every": "2",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    said: list[str] = []
    for name in ("a", "b"):
        train("default", run=folder / name, overrides=SMALL, report=said.append)
    return folder, said


def test_the_run_folder_tells_the_whole_story(runs):
    folder, said = runs
    run = folder / "a"
    assert json.loads((run / "state.json").read_text())["phase"] == "done"
    assert read_config(str(run / "config.toml")).steps == 4
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {line["stage"] for line in lines} == {"tower", "grounder"}
    assert lines[-1]["step"] == 4
    assert "val/fused" in lines[-1]
    assert any(line.startswith("model:") for line in said)


def test_the_model_loads_and_answers_in_every_modality(runs):
    folder, _ = runs
    grounder = load_grounder(folder / "a" / "model", device="cpu")
    scans = folder / "a" / "data" / "test" / "scans"
    scene = open_scene(next(iter(sorted(scans.iterdir()))))
    encoding = grounder.encode(scene)
    result = grounder.ground(encoding, "the chair nearest the door", MODALITIES)
    assert set(result.groundings) == set(MODALITIES)
    assert len(result["fused"].candidates) == len(encoding.proposals)
    assert result.warnings == ()


def test_the_card_states_every_modality_beside_chance(runs):
    folder, _ = runs
    card = (folder / "a" / "model" / "card.md").read_text()
    header = next(line for line in card.splitlines() if line.startswith("| part"))
    assert all(modality in header for modality in (*MODALITIES, "chance", "in class"))
    metrics = json.loads((folder / "a" / "model" / "metrics.json").read_text())
    assert metrics["rows"][0]["part"] == "overall"
    assert metrics["rows"][0]["n"] > 20


def test_the_same_seed_gives_the_same_weights_to_the_bit(runs):
    folder, _ = runs
    first, second = (folder / name / "model" / "model.safetensors" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_folder_in_use_is_refused(tmp_path):
    config = read_config("default", SMALL)
    with RunFolder(tmp_path, config), pytest.raises(ConfigError, match="another run"):
        RunFolder(tmp_path, config)


def test_a_failed_run_says_so(tmp_path):
    config = read_config("default", SMALL)
    with pytest.raises(KeyError), RunFolder(tmp_path, config):
        raise KeyError
    assert json.loads((tmp_path / "state.json").read_text())["phase"] == "failed"
