"""A whole run of a frame_vlm: by the command line, stopped and resumed, into a model that loads."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError
from whatwhere.evaluation.probe_rows import read_probe_rows
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.training.config import read_config
from whatwhere.training.launch import train
from whatwhere.training.probe_cases import NOT_WATCHED
from whatwhere.training.run_looks import open_looks
from whatwhere.training.run_summary import summarise

FEW = {
    "threads": "1",
    "device": '"cpu"',
    "max_frames": "2",
    "rooms_per_step": "2",
    "micro_batches": "2",
    "sentences_per_room": "2",
    "second_pass_every": "1",
    "ramp_from": "0",
    "ramp_to": "0.5",
    "steps": "2",
    "checkpoint_every": "1",
    "evaluate_every": "1",
    "val_rooms": "1",
}


def metrics_of(run: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "time"} for line in lines]


@pytest.fixture(scope="module")
def changes(data):
    return {**FEW, "data": f'"{data}"'}


@pytest.fixture(scope="module", params=["w2r2-within-class", "w2r2-plus"])
def preset(request):
    return request.param


@pytest.fixture(scope="module")
def run(tmp_path_factory, home, model, changes, preset):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    arguments = ["train", preset, "--from", str(model("siglip+qwen2"))]
    for name, text in changes.items():
        arguments += ["--set", f"{name}={text}"]
    result = CliRunner().invoke(
        command_line(arguments), [*arguments, "--run", str(folder), "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["model"] == str(folder / "model")
    return folder


def test_the_run_folder_tells_the_whole_story(run, preset):
    summary = summarise(run)
    assert (summary.phase, summary.checkpoints) == ("done", (1, 2))
    lines = metrics_of(run)
    assert [line["step"] for line in lines if line["stage"] == "probe"] == [0, 1, 2]
    assert {f"probe/accuracy/{modality}" for modality in MODALITIES} <= set(lines[0])
    last = next(line for line in reversed(lines) if line["stage"] == "grounder")
    told = {"loss/alignment"}
    if preset == "w2r2-within-class":
        told |= {"loss/pseudo_label", "loss/what_keeper"}
    assert told <= set(last)
    rows = read_probe_rows(run / "probe" / "step-000002.npz")
    assert len(set(rows.scenes.tolist())) == 1, "of the two scenes of the split, one is watched"
    looks = open_looks(run)
    assert looks.steps == (0, 1, 2)
    facts, columns = looks.looks[-1].facts, looks.looks[-1].columns
    assert facts.not_asked == {NOT_WATCHED: facts.num_sentences - len(columns)}
    hits = rows.hits["2d"] == 1
    assert columns.modalities["2d"].iou[hits] == pytest.approx(1), "candidates are in place"


def test_a_run_stopped_and_resumed_is_the_whole_one_to_the_bit(
    run, preset, model, changes, tmp_path
):
    cut = tmp_path / "cut"
    how = {"base": model("siglip+qwen2"), "overrides": changes, "run": cut}

    def stop_after_one(line: str) -> None:
        if line.startswith("probe 1/"):
            (cut / "control").mkdir(exist_ok=True)
            (cut / "control" / "stop").touch()

    with pytest.raises(SystemExit):
        train(preset, **how, report=stop_after_one)
    assert summarise(cut).phase == "stopped"
    train(preset, **how, resume=True, report=lambda line: None)
    assert metrics_of(cut) == metrics_of(run)
    weights = Path("model", "model.safetensors")
    assert (cut / weights).read_bytes() == (run / weights).read_bytes()


def test_model_and_checkpoints_load_and_answer_in_every_modality(run, data):
    scan = open_scene(sorted((data / "scans").iterdir())[0])
    for folder in (run / "model", run / "checkpoints" / "step-000001"):
        grounder = load_grounder(folder, device="cpu")
        result = grounder.ground(grounder.encode(scan), "the chair nearest the door", MODALITIES)
        assert set(result.groundings) == set(MODALITIES)
    kept = load_file(run / "checkpoints" / "step-000001" / "optimizer.safetensors")
    assert not any(name.startswith("backbone.tower.") for name in kept), "the tower is frozen"


def test_the_card_says_what_was_trained_on_what(run, data):
    card = (run / "model" / "card.md").read_text()
    assert "A `frame_vlm` of" in card
    assert data.name in card
    assert all(modality in card for modality in MODALITIES)
    assert "anchors" not in card, "a loss that is not in use is not named"
    described = json.loads((run / "model" / "config.json").read_text())
    assert described["extra"]["trained_on"] == {"what": data.name}


def test_a_model_that_was_pretrained_has_other_defaults(model):
    base = {"base": f'"{model("siglip+qwen2")}"'}
    config = read_config("plain", base)
    assert (config.lr, config.anchor_weight, config.attribute_weight) == (2e-5, 0, 0)
    assert config.max_frames == 2, "as many as the model looks at in use"
    assert read_config("plain", {**base, "lr": "1e-4"}).lr == 1e-4
    assert read_config("plain").lr == 1e-3


@pytest.mark.parametrize(
    ("preset", "changes", "reason"),
    [
        ("plain", {"anchor_weight": "1"}, '"anchor_weight".*no relation head'),
        ("plain", {"attribute_weight": "0.5"}, '"attribute_weight".*no head learns'),
        ("plain", {"appearance_noise": "0.1"}, '"appearance_noise".*common scale'),
    ],
)
def test_what_makes_no_sense_for_it_is_refused_at_once(preset, changes, reason, model, tmp_path):
    with pytest.raises(ConfigError, match=reason):
        train(preset, base=model("siglip+qwen2"), overrides=changes, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_kind_that_is_not_trained_here_is_refused_at_once(tmp_path):
    (tmp_path / "config.json").write_text('{"kind": "oracle"}')
    with pytest.raises(ConfigError, match="a oracle can be asked, but not trained"):
        train("plain", base=tmp_path, run=tmp_path / "run")


@pytest.mark.parametrize(
    "changes", [{"gradient_checkpointing": "true"}, {"train_tower": "true", "base": '"default"'}]
)
def test_what_is_for_it_alone_is_refused_for_others(changes):
    with pytest.raises(ConfigError, match="reads frames only"):
        read_config("plain", changes)


def test_a_run_whose_model_has_gone_can_still_be_read(run, tmp_path):
    text = (run / "config.toml").read_text()
    gone = tmp_path / "config.toml"
    base = read_config(str(run / "config.toml")).base
    text = text.replace(base, str(tmp_path / "gone"))
    gone.write_text(text.replace("gradient_checkpointing = false", "gradient_checkpointing = true"))
    assert read_config(str(gone)).gradient_checkpointing
