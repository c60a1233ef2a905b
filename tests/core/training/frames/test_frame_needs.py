"""What training a frame_vlm is said to take, against what it is seen to keep."""

from pathlib import Path

import pytest
import torch
from tiny_models import LANGUAGE_MODELS, SIGLIP, write_tiny

from whatwhere.training.config import read_config
from whatwhere.training.datasets import DataSet
from whatwhere.training.frame_needs import frame_needs
from whatwhere.training.frame_trainee import frame_trainee
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.losses import losses
from whatwhere.training.preflight import are_alike, preflight

WIDE = {
    "backbone": {
        "tower": {**SIGLIP, "hidden_size": 64, "intermediate_size": 96, "image_size": 96},
        "language_model": {
            **LANGUAGE_MODELS["llama"],
            "hidden_size": 96,
            "intermediate_size": 256,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        },
    },
    "image_size": (96, 96),
    "max_frames": 2,
}


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> Path:
    changes = {name: value for name, value in WIDE.items() if name != "backbone"}
    return write_tiny(tmp_path_factory.mktemp("wide") / "wide", WIDE["backbone"], **changes)


def config_of(wide, data, **changes):
    few = {"rooms_per_step": "2", "micro_batches": "1", "sentences_per_room": "8"}
    where = {"base": f'"{wide}"', "data": f'"{data}"', "device": '"cpu"'}
    always = {"second_pass_every": "1", "drop_geometry": "0.3", "drop_appearance": "0.3"}
    return read_config("w2r2-within-class", {**where, **few, **always, **changes})


def kept_by_autograd(trainee, config, dataset) -> int:
    """Bytes of all storages that the way back needs, the weights aside."""
    training = GrounderTraining(
        trainee.network,
        trainee.sampler(trainee.samples(dataset)),
        config,
        num_attributes=trainee.num_attributes,
    )
    weights = {p.untyped_storage().data_ptr() for p in trainee.network.parameters()}
    found: dict[int, int] = {}
    alive = []

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        alive.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        total = losses(
            trainee.network, training.heads, training.sampler.batch(0), config, ramped=1.0
        ).total
    assert total.requires_grad
    return sum(found.values())


def test_activations_are_as_many_as_autograd_keeps(wide, data, dataset):
    config = config_of(wide, data)
    trainee = frame_trainee(config, dataset, workers=1, report=lambda line: None)
    kept = kept_by_autograd(trainee, config, dataset)
    said = frame_needs(config, on_gpu=False).activations
    # More candidates and longer sentences are reckoned with than these rooms have.
    assert 0.8 < said / kept < 2, said / kept


def test_weights_are_counted_by_what_learns(wide, data):
    def needs(**changes):
        return frame_needs(config_of(wide, data, **changes), on_gpu=False)

    usual = needs()
    trainee = frame_trainee(
        config_of(wide, data),
        DataSet(data, "train", 2),
        workers=1,
        report=lambda line: None,
    )
    parameters = list(trainee.network.parameters())
    assert usual.num_weights == sum(p.numel() for p in parameters)
    assert usual.num_learned == sum(p.numel() for p in parameters if p.requires_grad)
    assert usual.weights == 4 * (usual.num_weights + 3 * usual.num_learned)
    assert needs(train_tower="true").num_learned == usual.num_weights
    assert needs(train_language_model="false").num_learned < usual.num_learned
    assert needs(lora_rank="2").num_learned < usual.num_learned
    assert needs(gradient_checkpointing="true").activations < usual.activations
    assert needs(micro_batches="2").activations == usual.activations // 2


def test_a_run_that_is_too_large_is_short_before_it_starts(wide, data, tmp_path):
    config = config_of(wide, data)
    found = {need.resource: need for need in preflight(config, tmp_path).needs}
    assert not found["memory"].is_short
    vast = config_of(wide, data, rooms_per_step="100000000")
    assert {need.resource: need for need in preflight(vast, tmp_path).needs}["memory"].is_short
    assert not are_alike(config, config_of(wide, data, gradient_checkpointing="true"))
