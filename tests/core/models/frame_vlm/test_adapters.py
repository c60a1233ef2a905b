"""LoRA on every family: it starts as the network it was, trains alone, merges without a trace."""

from dataclasses import replace

import pytest
import torch
from tiny_models import BACKBONES, TEXT, tiny_network, tiny_texts

from whatwhere.models.backbones.adapters import Adapters
from whatwhere.models.frame_vlm.folder import load_frame_grounder, write_frame_model
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.objectives.alignment import alignment
from whatwhere.training.learned import learned_state, load_learned_state

FAMILIES = [
    "siglip+qwen2",
    *(name for name in BACKBONES if name.endswith(("+qwen3", "+llama", "+smollm3"))),
    *(name for name in BACKBONES if "+" not in name),
]


@pytest.fixture
def asked(make_encoding):
    """Scores of a sentence, for a network with the scene as its own tower sees it."""

    def ask(network, encoding):
        ids = torch.tensor([tiny_texts().encode("{text}", TEXT)])
        length = torch.tensor([ids.shape[1]])
        return network.scores_at_once(encoding, SENSES["fused"], ids, length)[0]

    def scene_of(network):
        grounder = FrameGrounder(network, tiny_texts(), name="tiny", device="cpu")
        scene = make_encoding(grounder).tokens
        names = scene.__dataclass_fields__
        return replace(scene, **{name: getattr(scene, name).clone() for name in names})

    return ask, scene_of


def trained(network, ask, scene, steps=3):
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-2)
    target = torch.nn.functional.one_hot(torch.tensor([3]), 5).float()
    for _ in range(steps):
        optimizer.zero_grad()
        alignment(ask(network, scene), target).mean().backward()
        optimizer.step()


@pytest.mark.parametrize("family", FAMILIES)
def test_merged_weights_answer_as_adapters_do(family, asked):
    ask, scene_of = asked
    network = tiny_network(BACKBONES[family])
    scene = scene_of(network)
    network.tokenizer.requires_grad_(False)
    with torch.no_grad():
        before = ask(network, scene)
    names = set(network.state_dict())
    frozen = {name: p.clone() for name, p in network.backbone.trunk.named_parameters()}
    adapters = Adapters(network, rank=2, alpha=8)
    with torch.no_grad():
        assert torch.equal(ask(network, scene), before)
    assert len(adapters.layers) == 2 * 7, "attention and feed-forward of two layers"

    trained(network, ask, scene)
    with torch.no_grad():
        apart = ask(network, scene)
    assert (apart - before).abs().max() > 1e-3
    merged = adapters.merged_state()
    assert set(merged) == names
    changed = {
        name
        for name, value in frozen.items()
        if not torch.equal(value, merged[_full_name(network, name)])
    }
    assert changed == {f"{name}.weight" for name in adapters.layers}

    adapters.merge()
    assert set(network.state_dict()) == names
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, merged[name], rtol=0, atol=1e-6)
    with torch.no_grad():
        torch.testing.assert_close(ask(network, scene), apart, rtol=0, atol=1e-5)


def _full_name(network, name):
    trunk = next(n for n, m in network.named_modules() if m is network.backbone.trunk)
    return f"{trunk}.{name}"


def test_a_merged_model_is_an_ordinary_folder(tmp_path, asked):
    ask, scene_of = asked
    network = tiny_network(BACKBONES["siglip+qwen2"])
    scene = scene_of(network)
    adapters = Adapters(network, rank=2, alpha=8)
    trained(network, ask, scene)
    with torch.no_grad():
        apart = ask(network, scene)
    adapters.merge()
    write_frame_model(tmp_path / "model", network, tiny_texts(), dtype=None)
    loaded = load_frame_grounder(tmp_path / "model", device="cpu").network
    with torch.no_grad():
        torch.testing.assert_close(ask(loaded, scene), apart, rtol=0, atol=1e-5)


def test_what_is_trained_is_small_and_restores_the_rest(asked):
    ask, scene_of = asked
    network, other = (tiny_network(BACKBONES["siglip+qwen2"]) for _ in range(2))
    scene = scene_of(network)
    for one in (network, other):
        one.backbone.requires_grad_(False)
        Adapters(one, rank=2, alpha=8)
    trained(network, ask, scene)
    state = learned_state(network)
    assert not any(name.endswith("base_layer.weight") or "embed" in name for name in state)
    assert any("lora_A" in name for name in state)
    assert any(name.startswith("ground_head") for name in state)
    load_learned_state(other, state)
    with torch.no_grad():
        assert torch.equal(ask(other, scene), ask(network, scene))
    with pytest.raises(ValueError, match="tensors that learn differ"):
        load_learned_state(other, dict(list(state.items())[1:]))


def test_a_dropped_share_is_for_training_alone(asked):
    ask, scene_of = asked
    network = tiny_network(BACKBONES["siglip+qwen2"])
    scene = scene_of(network)
    Adapters(network, rank=2, alpha=8, dropout=0.5)
    trained(network.eval(), ask, scene)
    with torch.no_grad():
        assert torch.equal(ask(network, scene), ask(network, scene))
        network.train()
        assert not torch.equal(ask(network, scene), ask(network, scene))
