"""A geometry_vlm learns to say boxes by the command that trains every kind."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_box_models import write_box_model
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.training.config import read_config
from whatwhere.training.distributed import Ranks
from whatwhere.training.frame_needs import frame_needs
from whatwhere.training.launch import train
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.run_looks import open_looks
from whatwhere.training.run_summary import summarise
from whatwhere.training.said_choices import choose_said
from whatwhere.training.said_trainee import said_trainee

FEW = {
    "threads": "1",
    "device": '"cpu"',
    "max_frames": "2",
    "rooms_per_step": "1",
    "sentences_per_room": "2",
    "second_pass_every": "1",
    "ramp_from": "0",
    "ramp_to": "1e-6",
    "drop_geometry": "0",
    "drop_appearance": "0",
    "steps": "2",
    "checkpoint_every": "1",
    "evaluate_every": "2",
    "val_rooms": "1",
}


@pytest.fixture(scope="module")
def saying(tmp_path_factory):
    """Few words are enough to fail with, and an untaught model says as many as it may."""
    return write_box_model(tmp_path_factory.mktemp("saying") / "saying", max_box_tokens=4)


@pytest.fixture(scope="module")
def changes(data):
    return {**FEW, "data": f'"{data}"'}


def trained(trainee, config, samples):
    return GrounderTraining(
        trainee.network,
        trainee.sampler(samples),
        config,
        num_attributes=trainee.num_attributes,
        lessons=trainee.lessons(samples),
    )


@pytest.fixture(scope="module")
def config(saying, changes):
    longer = {"steps": "10", "lr": "3e-3", "warmup_steps": "0"}
    return read_config("w2r2-relative", {"base": f'"{saying}"', **changes, **longer})


@pytest.fixture(scope="module")
def trainee(config, dataset):
    return said_trainee(config, dataset, report=lambda line: None)


@pytest.fixture(scope="module")
def samples(trainee, dataset):
    return trainee.samples(dataset)


def test_what_is_taught_hits_the_target_when_it_is_said(trainee, samples, monkeypatch):
    asked = []

    def say_the_answer(prefix, token_ids, *, max_tokens):
        asked.append(token_ids)
        row = len(asked) - 1
        return list(samples.answers[order[row]][0][:-1]), []

    order = [
        row
        for scene in range(samples.num_scenes)
        for row in np.flatnonzero(samples.scene_M.numpy() == scene)
    ]
    monkeypatch.setattr(trainee.network, "say", say_the_answer)
    table = choose_said(trainee.network, samples, ("fused",))
    seen = np.array([bool(ids) for ids, _ in samples.answers])
    assert seen.mean() > 0.5
    assert table.hits["fused"][seen].mean() > 0.8, "two decimals and a turned camera cost some"
    assert not table.hits["fused"][~seen].any()
    right = table.chosen["fused"] == samples.target_M.numpy()
    assert right[seen].mean() > 0.8


def test_ten_steps_teach_words_and_leave_what_sees(trainee, config, samples):
    before = {n: p.detach().clone() for n, p in trainee.network.named_parameters()}
    training = trained(trainee, config, samples)
    told = [training.take_step().values for _ in range(10)]
    assert any("loss/pseudo_label" in values for values in told)
    first, last = (np.mean([v["loss/alignment"] for v in some]) for some in (told[:3], told[-3:]))
    assert last < first - 0.3
    moved = {n for n, p in trainee.network.named_parameters() if not torch.equal(p, before[n])}
    assert any(name.startswith("backbone.language_model.") for name in moved)
    assert any(name.startswith("geometry.") for name in moved)
    assert not any(name.startswith(("backbone.tower.", "backbone.projector.")) for name in moved)


def test_several_processes_share_the_sentences_of_a_step(trainee, samples):
    lessons = trainee.lessons(samples)
    found = []
    for count in (1, 2):
        trainee.network.zero_grad(set_to_none=True)
        values: dict[str, float] = {}
        for number in range(count):
            ranks = Ranks()
            ranks.number, ranks.count = number, count
            for name, value in lessons.backward(3, 1.0, ranks, torch.Tensor.backward).items():
                values[name] = values.get(name, 0.0) + value
        found.append((values, trainee.network.frame_end.grad.clone()))
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-5)
    torch.testing.assert_close(found[0][1], found[1][1])


def test_a_run_is_stopped_and_resumed_to_the_bit_into_a_model_that_loads(
    saying, changes, data, tmp_path
):
    arguments = ["train", "w2r2-relative", "--from", str(saying), "--run", str(tmp_path / "whole")]
    for name, text in changes.items():
        arguments += ["--set", f"{name}={text}"]
    result = CliRunner().invoke(command_line(arguments), arguments)
    assert result.exit_code == 0, result.output

    def stop_after_one(line):
        if line.startswith("probe 0/"):
            (tmp_path / "cut" / "control").mkdir()
            (tmp_path / "cut" / "control" / "pause").touch()
        if line.startswith("paused"):
            (tmp_path / "cut" / "control" / "stop").touch()

    how = {"base": saying, "overrides": changes, "run": tmp_path / "cut"}
    with pytest.raises(SystemExit):
        train("w2r2-relative", **how, report=stop_after_one)
    train("w2r2-relative", **how, resume=True, report=lambda line: None)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    weights = Path("model", "model.safetensors")
    assert (cut / weights).read_bytes() == (whole / weights).read_bytes()
    assert summarise(whole).checkpoints == (1, 2)
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    probes = [line for line in lines if line["stage"] == "probe"]
    assert [line["step"] for line in probes] == [0, 2]
    assert probes[0]["probe/accuracy/fused"] == 0, "what says no box is right nowhere"
    first = open_looks(whole).looks[0]
    assert (first.columns.modalities["fused"].iou < 0.25).all()
    assert "boxes of its own" in first.facts.notes[0]
    assert "A `geometry_vlm` of" in (whole / "model" / "card.md").read_text()
    described = json.loads((whole / "model" / "config.json").read_text())
    assert described["extra"]["trained_on"] == {"what": data.name}
    scan = open_scene(sorted((data / "scans").iterdir())[0])
    for folder in (whole / "model", whole / "checkpoints" / "step-000001"):
        grounder = load_grounder(folder, device="cpu")
        assert grounder.answer(grounder.encode(scan), "what is it", ("fused",), max_tokens=2)


@pytest.mark.parametrize(
    ("preset", "reason"),
    [
        ("w2r2-plus", '"exchange_share".*says its box in words'),
        ("w2r2-within-class", '"what_keeper_weight".*no class'),
        ("debias-opponent", '"opponent_weight".*no rival'),
        ("debias-product", "says its box in words"),
    ],
)
def test_presets_that_make_no_sense_for_words_are_refused(preset, reason, saying):
    with pytest.raises(ConfigError, match=reason):
        read_config(preset, {"base": f'"{saying}"'})


def test_the_literal_reading_is_a_preset_for_words(config, saying, dataset, samples, trainee):
    literal = read_config("w2r2-absolute", {"base": f'"{saying}"', **FEW, "margin": "9"})
    told = replace(trainee, config=literal).lessons(samples)
    values = [told.backward(step, 1.0, Ranks(), torch.Tensor.backward) for step in range(4)]
    assert any(found.get("pseudo_label", 0.0) > 0 for found in values)


def test_its_needs_are_counted_by_what_learns(config, trainee):
    needs = frame_needs(config, on_gpu=False)
    parameters = list(trainee.network.parameters())
    assert needs.num_weights == sum(p.numel() for p in parameters)
    assert needs.num_learned == sum(p.numel() for p in parameters if p.requires_grad)
    assert needs.activations > needs.scene > 0
