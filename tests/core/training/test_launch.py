"""A whole run in small: rooms, tower, grounder, figures, a model that loads and answers."""

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from whatwhere.errors import (
    ConfigError,
    MissingFileError,
    ModelError,
    RefusedPathError,
    RunError,
    SceneError,
)
from whatwhere.evaluation.metric import split_hash
from whatwhere.evaluation.over_steps import compared, figures_over_steps
from whatwhere.evaluation.probe_rows import compare, read_probe_rows
from whatwhere.language.splits import open_split
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.training.checkpoints import checkpoints
from whatwhere.training.config import read_config
from whatwhere.training.launch import train
from whatwhere.training.run_files import checkpoint_folder, probe_cases_folder
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.run_looks import open_looks
from whatwhere.training.shared import made_by_one
from whatwhere.training.writing_hard_sets import write_hard_set

SMALL = {
    "threads": "1",
    "train_rooms": "3",
    "val_rooms": "1",
    "test_rooms": "2",
    "tower_epochs": "1",
    "steps": "4",
    "rooms_per_step": "2",
    "evaluate_every": "2",
    "checkpoint_every": "2",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Rooms and features are made once for all runs of this file."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHATWHERE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory, home):
    folder = tmp_path_factory.mktemp("runs")
    said: list[str] = []
    for name in ("a", "b"):
        train("default", run=folder / name, overrides=SMALL, report=said.append)
    return folder, said


def metrics_of(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "time"} for line in lines]


def test_the_run_folder_tells_the_whole_story(runs):
    folder, said = runs
    run = folder / "a"
    assert json.loads((run / "state.json").read_text())["phase"] == "done"
    assert read_config(str(run / "config.toml")).steps == 4
    lines = metrics_of(run)
    assert {line["stage"] for line in lines} == {"grounder", "probe"}
    assert [line["step"] for line in lines if line["stage"] == "probe"] == [0, 2, 4]
    assert {"probe/accuracy/fused", "probe/spatial/2d", "probe/class/3d"} <= set(lines[0])
    assert [c.step for c in checkpoints(run)] == [2, 4]
    assert any(line.startswith("model:") for line in said)


def test_a_checkpoint_is_a_model_folder(runs):
    folder, _ = runs
    grounder = load_grounder(folder / "a" / "checkpoints" / "step-000002", device="cpu")
    assert set(grounder.capabilities.modalities) == set(MODALITIES)


def test_two_checkpoints_are_compared_case_by_case(runs):
    folder, _ = runs
    before, after = (
        read_probe_rows(folder / "a" / "probe" / f"step-{step:06d}.npz") for step in (0, 4)
    )
    found = {item.name: item for item in compare(before, after)}
    fused = found["all/fused"]
    assert fused.difference.value == pytest.approx(fused.after.value - fused.before.value)
    assert fused.difference.low is None, "one scene gives no interval"
    assert "follow_appearance/fused" in found


def test_every_look_at_the_probe_set_is_a_diagnosis(runs):
    folder, _ = runs
    found = open_looks(folder / "a")
    assert (found.steps, found.faults) == ((0, 2, 4), ())
    split = open_split(Path(found.looks[0].facts.data), split="val_biased")
    for look in found.looks:
        columns = look.columns
        assert look.texts([0]) == [split.expressions[columns.rows[0]].text]
        assert look.facts.split_hash == split_hash(split.expressions)
        assert set(columns.modalities) == set(MODALITIES)
        assert (columns.modalities["fused"].log_p_in_class <= 0).all()
        assert {"fused", "2d"} == set(columns.twins["appearance"].twin)
    by_hand = [line for line in metrics_of(folder / "a") if line["stage"] == "probe"]
    for figures, line in zip(figures_over_steps(found.looks), by_hand, strict=True):
        assert figures.accuracy["fused"].value == pytest.approx(line["probe/accuracy/fused"])
        told = line.get("probe/follow_appearance/fused", np.nan)
        assert figures.follow["fused"].value == pytest.approx(told, nan_ok=True)
    follow = {item.name: item for item in compared(found.looks[0], found.looks[-1])}
    assert follow["all/fused"].difference.n == len(found.looks[0].columns)
    assert {"spatial/2d", "follow_appearance/fused"} <= set(follow)
    assert found.looks[1].facts.asked_model == str(checkpoint_folder(folder / "a", 2))
    assert open_looks(folder / "a", found).looks == found.looks, "what is known is not read again"
    again = open_looks(folder / "b").looks[-1].columns.modalities["2d"]
    assert again.log_p.tolist() == found.looks[-1].columns.modalities["2d"].log_p.tolist()


def test_a_look_that_was_cut_off_is_not_there_and_old_runs_are_named(runs, tmp_path):
    folder, _ = runs
    run = tmp_path / "cut"
    shutil.copytree(folder / "b", run)
    (probe_cases_folder(run, 4) / "facts.json").unlink()
    assert open_looks(run).steps == (0, 2), "it was killed before the look was whole"
    (probe_cases_folder(run, 2) / "facts.json").write_text("{", encoding="utf-8")
    found = open_looks(run)
    assert found.steps == (0,)
    assert "step-000002" in found.faults[0]
    shutil.rmtree(run / "probe" / "cases")
    with pytest.raises(MissingFileError, match="Runs of older versions kept none"):
        open_looks(run)


@pytest.mark.parametrize("preset", ["w2r2-plus", "w2r2-relative", "debias-product"])
def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(preset, home, tmp_path):
    small = {**SMALL, "steps": "6", "ramp_from": "0", "ramp_to": "0.5"}
    base = {"base": "default", "overrides": small, "report": lambda line: None}
    train(preset, run=tmp_path / "whole", **base)

    def stop_after_three(line: str) -> None:
        if line.startswith("probe 2/"):
            (tmp_path / "cut" / "control").mkdir(exist_ok=True)
            (tmp_path / "cut" / "control" / "stop").touch()

    with pytest.raises(SystemExit) as stopped:
        train(preset, run=tmp_path / "cut", **{**base, "report": stop_after_three})
    assert not stopped.value.code
    assert json.loads((tmp_path / "cut" / "state.json").read_text())["phase"] == "stopped"
    train(preset, run=tmp_path / "cut", resume=True, **base)

    whole, cut = (tmp_path / name for name in ("whole", "cut"))
    assert metrics_of(whole) == metrics_of(cut)
    weights = Path("model", "model.safetensors")
    assert (whole / weights).read_bytes() == (cut / weights).read_bytes()


def test_a_run_can_be_stopped_while_it_waits_for_the_rooms_of_another(home, tmp_path):
    said = []

    def stop(line: str) -> None:
        said.append(line)
        if line.startswith("waiting"):
            (tmp_path / "control").mkdir()
            (tmp_path / "control" / "stop").touch()

    changes = {**SMALL, "data_seed": "7"}
    rooms = home / "data" / "rooms" / "train-colour-0.95-seed7-3rooms.lock"
    with made_by_one(rooms, lambda: None), pytest.raises(SystemExit) as stopped:
        train("plain", run=tmp_path, overrides=changes, report=stop)
    assert not stopped.value.code
    assert any(line.startswith("waiting") for line in said)
    assert json.loads((tmp_path / "state.json").read_text())["phase"] == "stopped"


def test_a_full_disk_is_no_bug_of_ours(home, tmp_path):
    def report(_: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RefusedPathError, match="No space left"):
        train("plain", run=tmp_path / "run", overrides=SMALL, report=report)
    state = json.loads((tmp_path / "run" / "state.json").read_text())
    assert state["phase"] == "failed"
    assert str(tmp_path / "run") in state["reason"]


def test_nan_ends_the_run_and_keeps_the_batch(home, tmp_path):
    changes = {**SMALL, "lr": "1e30", "warmup_steps": "0", "steps": "40"}
    with pytest.raises(RunError, match="not a number"):
        train("plain", base="default", run=tmp_path / "run", overrides=changes)
    assert json.loads((tmp_path / "run" / "state.json").read_text())["phase"] == "failed"
    assert "sentences.token_ids_RW" in load_file(tmp_path / "run" / "failed-batch.safetensors")


def test_features_that_another_program_kept_are_made_again(home, tmp_path):
    changes = {**SMALL, "steps": "2", "test_rooms": "0"}

    def metrics(name: str) -> list[dict[str, object]]:
        train("plain", base="default", run=tmp_path / name, overrides=changes)
        return metrics_of(tmp_path / name)

    before = metrics("before")
    kept = sorted((home / "cache" / "features").glob("*.safetensors"))
    assert kept
    for path in kept:
        tensors = load_file(path)
        del tensors[sorted(tensors)[0]]
        save_file(tensors, path)
    assert metrics("after") == before


def test_the_model_loads_and_answers_in_every_modality(runs, home):
    folder, _ = runs
    grounder = load_grounder(folder / "a" / "model", device="cpu")
    scans = sorted((home / "data" / "rooms").glob("test-*/scans/*"))
    scene = open_scene(scans[0])
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


def test_a_model_that_is_not_there_is_refused_before_anything_is_made(home, tmp_path):
    with pytest.raises(ModelError, match="nomodel"):
        train("plain", base="nomodel", run=tmp_path / "run", report=lambda line: None)
    assert not (tmp_path / "run").exists()


def test_a_hard_set_changes_what_is_learned_and_must_be_there(runs, home, tmp_path):
    folder, _ = runs
    rooms = next((home / "data" / "rooms").glob("train-*rooms"))
    split = open_split(rooms, split="train")
    hard = write_hard_set(tmp_path / "hard", split, range(len(split.expressions)))
    losses = {}
    for share in ("0", "1"):
        settings = {**SMALL, "test_rooms": "0", "hard_set": str(hard.folder), "hard_share": share}
        run = tmp_path / f"share-{share}"
        base = folder / "a" / "model"
        train("w2r2-plus", base=base, run=run, overrides=settings, report=lambda line: None)
        losses[share] = [line for line in metrics_of(run) if line["stage"] == "grounder"]
    assert losses["0"] != losses["1"]
    for share in ("0", "1"):
        settings |= {"hard_twins": share, "steps": "2"}
        run = tmp_path / f"twins-{share}"
        train("plain", base=base, run=run, overrides=settings, report=lambda line: None)
        losses[share] = [line for line in metrics_of(run) if line["stage"] == "grounder"]
    assert losses["0"] != losses["1"], "looks are exchanged in what the tower saw"
    gone = {**SMALL, "hard_set": str(tmp_path / "gone")}
    with pytest.raises(SceneError, match="hard set is not there"):
        train("default", run=tmp_path / "none", overrides=gone, report=lambda line: None)
