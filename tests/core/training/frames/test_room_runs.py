"""A video_3d_llm learns through the loop that every kind learns in, with its own loss."""

import json
import math
from pathlib import Path

import pytest
import torch
from video_3d_checkpoint import write_checkpoint

from whatwhere.errors import ConfigError
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import load_grounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.video_3d_llm.converting import convert
from whatwhere.objectives.alignment import alignment
from whatwhere.scenes.opening import open_scene
from whatwhere.training.choices import choose
from whatwhere.training.config import read_config
from whatwhere.training.frame_needs import frame_needs
from whatwhere.training.launch import train
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.room_trainee import room_trainee
from whatwhere.training.rooms import sentences_of


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    parent = tmp_path_factory.mktemp("video-3d")
    checkpoint = write_checkpoint(parent / "checkpoint")
    convert(checkpoint, parent / "converted", tower=parent / "tower.json")
    return parent / "converted"


@pytest.fixture(scope="module")
def config(converted, config_of):
    changes = {"base": f'"{converted}"', "what_keeper_weight": "0.5", "box_noise_m": "0"}
    return config_of("siglip+qwen2", **changes)


@pytest.fixture(scope="module")
def trainee(config, dataset):
    return room_trainee(config, dataset, report=lambda line: None)


@pytest.fixture(scope="module")
def samples(trainee, dataset):
    return trainee.samples(dataset)


@pytest.fixture(scope="module")
def said(dataset):
    return [item.text for some in sentences_of(dataset.folder, "train").values() for item in some]


def test_the_loop_asks_what_the_model_answers_in_use(converted, trainee, samples, said, data):
    grounder = load_grounder(converted, device="cpu")
    table = choose(trainee.network, samples, ("fused", "2d", "3d", "blind"))
    scans = {path.name: path for path in (data / "scans").iterdir()}
    encodings = [grounder.encode(open_scene(scans[name])) for name in samples.scene_ids]
    for row, text in list(enumerate(said))[::5]:
        encoding = encodings[int(samples.scene_M[row])]
        for modality in ("fused", "2d", "3d"):
            scores = grounder.scores(encoding, text, SENSES[modality])
            best = scores[:-1].max()
            assert scores[table.chosen[modality][row]] == pytest.approx(best, abs=1e-3)


def test_its_own_loss_counts_nothing_is_meant_among_the_candidates(
    converted, trainee, samples, said, data
):
    grounder = load_grounder(converted, device="cpu")
    encoding = grounder.encode(open_scene(data / "scans" / samples.scene_ids[0]))
    scores = torch.from_numpy(grounder.scores(encoding, said[0], SENSES["fused"])).double()
    target = int(samples.target_M[0])
    expected = -math.log(float(scores.softmax(-1)[target]))
    ids, ground = samples.token_ids_MW[:1], samples.length_M[:1] - 1
    sight = samples.asked.sight(0)
    network = trainee.network
    with torch.inference_mode():
        tokens = network.tokens(sight, network.features(sight))
        log_probs = network.scores_at_once(
            tokens, SENSES["fused"], network.before_ids, ids, ground
        )[:, :-1]
    is_target = torch.zeros_like(log_probs)
    is_target[0, target] = 1
    assert float(alignment(log_probs, is_target)) == pytest.approx(expected, abs=1e-3)


def test_ten_steps_teach_the_language_model_and_leave_what_sees(converted, config, dataset):
    trainee = room_trainee(config, dataset, report=lambda line: None)
    network = trainee.network
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    first = trainee.sampler(trainee.samples(dataset)).batch(0)

    class Again:
        def batch(self, step):
            return first

    training = GrounderTraining(network, Again(), config, num_attributes=trainee.num_attributes)
    told = [training.take_step().values for _ in range(10)]
    assert {"loss/alignment", "loss/pseudo_label", "loss/what_keeper"} <= set(told[-1])
    assert told[-1]["loss/total"] < 0.9 * told[1]["loss/total"]
    moved = {n for n, p in network.named_parameters() if not torch.equal(p.detach(), before[n])}
    assert any(name.startswith("backbone.language_model.") for name in moved)
    assert {"newline", "zero_target"} <= moved
    assert not any(name.startswith(("backbone.tower.", "backbone.projector.")) for name in moved)


def test_a_run_is_stopped_and_resumed_to_the_bit_into_a_model_that_loads(converted, data, tmp_path):
    changes = {
        "data": f'"{data}"',
        "threads": "1",
        "device": '"cpu"',
        "max_frames": "2",
        "rooms_per_step": "2",
        "micro_batches": "2",
        "sentences_per_room": "2",
        "steps": "2",
        "checkpoint_every": "1",
        "evaluate_every": "2",
        "val_rooms": "1",
    }
    how = {"base": converted, "overrides": changes}
    train("w2r2-plus", **how, run=tmp_path / "whole", report=lambda line: None)

    def stop_after_one(line):
        if line.startswith("probe 0/"):
            (tmp_path / "cut" / "control").mkdir()
            (tmp_path / "cut" / "control" / "pause").touch()
        if line.startswith("paused"):
            (tmp_path / "cut" / "control" / "stop").touch()

    with pytest.raises(SystemExit):
        train("w2r2-plus", **how, run=tmp_path / "cut", report=stop_after_one)
    train("w2r2-plus", **how, run=tmp_path / "cut", report=lambda line: None, resume=True)
    weights = Path("model", "model.safetensors")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert (cut / weights).read_bytes() == (whole / weights).read_bytes()
    described = json.loads((whole / "model" / "config.json").read_text())
    assert described["extra"]["trained_on"] == {"what": data.name}
    assert "A `video_3d_llm` of" in (whole / "model" / "card.md").read_text()
    scan = open_scene(sorted((data / "scans").iterdir())[0])
    for folder in (whole / "model", whole / "checkpoints" / "step-000001"):
        grounder = load_grounder(folder, device="cpu")
        result = grounder.ground(grounder.encode(scan), "the chair nearest the door", MODALITIES)
        assert set(result.groundings) == set(MODALITIES)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"train_tower": "true"}, '"train_tower".*behind the projector'),
        ({"train_projector": '"yes"'}, '"train_projector".*projector made is kept'),
        ({"anchor_weight": "1"}, '"anchor_weight".*no relation head'),
        ({"questions": '"q.json"'}, '"questions".*no answers'),
    ],
)
def test_what_makes_no_sense_for_it_is_refused(changes, reason, converted):
    with pytest.raises(ConfigError, match=reason):
        read_config("plain", {"base": f'"{converted}"', **changes})


def test_its_needs_are_counted_by_what_learns(config, trainee):
    needs = frame_needs(config, on_gpu=False)
    parameters = list(trainee.network.parameters())
    assert needs.num_weights == sum(p.numel() for p in parameters)
    assert needs.num_learned == sum(p.numel() for p in parameters if p.requires_grad)
    assert needs.activations > needs.scene > 0
