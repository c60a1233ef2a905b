"""Every family learns from W2R2's losses through the loop that whatever kind of model runs in."""

import pytest
import torch
from tiny_models import BACKBONES

from whatwhere.models.frame_vlm.encoding import seen_by
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import load_grounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.spatial_vlm.views import collect_views
from whatwhere.scenes.opening import open_scene
from whatwhere.training.choices import choose
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.losses import losses
from whatwhere.training.rooms import sentences_of


def training_of(trainee, config, samples):
    return GrounderTraining(
        trainee.network, trainee.sampler(samples), config, num_attributes=trainee.num_attributes
    )


class AgainAndAgain:
    """One batch of two rooms, whose sentences are asked in all ways, at every step."""

    def __init__(self, sampler):
        self.first = sampler.batch(0)

    def batch(self, step):
        return self.first


def parameters_of(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def changed(network, before):
    return {
        name for name, p in network.named_parameters() if not torch.equal(p.detach(), before[name])
    }


@pytest.mark.parametrize("family", BACKBONES)
def test_ten_steps_teach_all_but_the_tower(family, trainee_of, dataset):
    trainee, config = trainee_of(family)
    sampler = trainee.sampler(trainee.samples(dataset))
    training = GrounderTraining(
        trainee.network, AgainAndAgain(sampler), config, num_attributes=trainee.num_attributes
    )
    network, before = trainee.network, parameters_of(trainee.network)
    told = [training.take_step().values for _ in range(10)]
    assert {"loss/alignment", "loss/pseudo_label", "loss/what_keeper"} <= set(told[-1])
    assert "loss/anchor" not in told[-1]
    assert told[-1]["loss/total"] < 0.8 * told[1]["loss/total"]
    learned = changed(network, before)
    for part in ("tokenizer.positions", "tokenizer.absent_point", "ground_head", "ground"):
        assert any(name.startswith(part) for name in learned), part
    trunk = {id(p) for p in network.backbone.trunk.parameters()}
    assert any(id(p) in trunk for n, p in network.named_parameters() if n in learned)
    seen = [p for module in network.backbone.vision for p in module.parameters()]
    assert not {id(p) for p in seen} & {
        id(p) for name, p in network.named_parameters() if name in learned
    }
    joins = [p for module in network.backbone.projectors for p in module.parameters()]
    assert all(p.requires_grad is not network.backbone.keeps_projected for p in joins)


def test_the_probe_says_what_the_model_says_in_use(trainee_of, dataset, data, model):
    trainee, _ = trainee_of("siglip+qwen2")
    samples = trainee.samples(dataset)
    grounder = load_grounder(model("siglip+qwen2"), device="cpu")
    scans = sorted((data / "scans").iterdir())
    table = choose(trainee.network, samples, MODALITIES)
    said = [item.text for some in sentences(dataset).values() for item in some]
    for number, scan in enumerate(scans):
        encoding = grounder.encode(open_scene(scan))
        rows = (samples.scene_M == number).nonzero()[:, 0]
        texts = [said[row] for row in rows.tolist()]
        for modality in MODALITIES:
            expected = grounder.log_probs(encoding, texts, SENSES[modality])
            scenes = samples.asked.rows(torch.tensor([number, number + samples.num_scenes]))
            assert len(expected[0]) == int(scenes.mask_GK[0].sum())
            chosen = table.chosen[modality][rows]
            best = torch.from_numpy(expected).gather(1, torch.from_numpy(chosen)[:, None])[:, 0]
            # Equal but for rounding: where two are as good, either may be chosen.
            assert (best >= torch.from_numpy(expected).amax(1) - 1e-4).all(), modality


def sentences(dataset):
    return sentences_of(dataset.folder, dataset.split)


def test_activations_computed_twice_give_the_same_gradients(trainee_of, dataset):
    found = []
    for twice in ("false", "true"):
        trainee, config = trainee_of("qwen3-vl", gradient_checkpointing=twice)
        training = training_of(trainee, config, trainee.samples(dataset))
        calls = []
        inside = trainee.network.backbone.trunk.layers[0].self_attn
        inside.register_forward_pre_hook(lambda *_, calls=calls: calls.append(1))
        batch = training.sampler.batch(0)
        losses(trainee.network, training.heads, batch, config, ramped=1.0).total.backward()
        found.append((len(calls), {n: p.grad for n, p in trainee.network.named_parameters()}))
    (once, plain), (again, saved) = found
    assert again > once
    for name, gradient in plain.items():
        if gradient is not None:
            torch.testing.assert_close(saved[name], gradient, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("family", "changes", "learn", "rest"),
    [
        ("siglip+qwen2", {"train_tower": "true"}, ("vision", "projectors"), ()),
        ("qwen2.5-vl", {"train_projector": '"yes"'}, ("projectors",), ()),
        ("dinov2+qwen2", {"train_language_model": "false"}, ("projectors",), ("vision", "trunk")),
    ],
)
def test_which_parts_learn_is_a_setting(family, changes, learn, rest, trainee_of, dataset):
    trainee, config = trainee_of(family, **changes)
    samples = trainee.samples(dataset)
    training = training_of(trainee, config, samples)
    backbone, before = trainee.network.backbone, parameters_of(trainee.network)
    pixels = samples.asked.sight(0).is_pixels
    assert pixels is (family != "dinov2+qwen2")
    training.take_step()
    learned = changed(trainee.network, before)

    def moved(part: str) -> bool:
        modules = (backbone.trunk,) if part == "trunk" else getattr(backbone, part)
        own = {id(p) for module in modules for p in module.parameters()}
        return any(id(p) in own for n, p in trainee.network.named_parameters() if n in learned)

    assert all(moved(part) for part in learn)
    assert not any(moved(part) for part in rest)


def test_what_is_kept_of_frames_is_what_the_tower_sees_of_them(trainee_of, dataset):
    trainee, _ = trainee_of("siglip+qwen2")
    sight = trainee.samples(dataset).asked.sight(0)
    backbone = trainee.network.backbone
    scan = open_scene(dataset.folder / "scans" / next(iter(sentences(dataset))))
    views = collect_views(scan, image_size=backbone.image_size, max_frames=2)
    assert torch.equal(sight.seen, seen_by(backbone, views.images))
