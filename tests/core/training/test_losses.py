"""Which losses a configuration asks for, when they set in, and which branch learns from them."""

import pytest
import torch
from torch import nn

from whatwhere.models.spatial_vlm.model import SceneTensors, Scores, SentenceTensors
from whatwhere.training.batches import Batch, SecondPass
from whatwhere.training.config import read_config
from whatwhere.training.losses import AttributeHeads, losses, ramp

G, R, K, D = 2, 4, 3, 8


class TwoBranches(nn.Module):
    """Fused scores and 2D scores are parameters of their own, so gradients can be told apart."""

    def __init__(self) -> None:
        super().__init__()
        self.fused = nn.Parameter(torch.randn(R, K, generator=torch.Generator().manual_seed(0)))
        self.two_d = nn.Parameter(torch.randn(R, K, generator=torch.Generator().manual_seed(1)))
        self.calls = 0

    def forward(self, scenes: SceneTensors, sentences: SentenceTensors) -> Scores:
        self.calls += 1
        logits = torch.stack(
            [
                (self.fused if geometry else self.two_d)[int(word)]
                for geometry, word in zip(
                    sentences.geometry_R.tolist(), sentences.token_ids_RW[:, 0], strict=True
                )
            ]
        )
        log_probs = logits.log_softmax(-1)
        return Scores(
            log_probs,
            log_probs[:, None].expand(-1, 2, -1),
            torch.zeros(len(logits), K, D),
            torch.ones(2 * G, K, D),
        )


@pytest.fixture
def batch() -> Batch:
    number = torch.arange(R)
    sentences = SentenceTensors(
        scene_R=number % G,
        token_ids_RW=number[:, None],
        word_mask_RW=torch.ones(R, 1, dtype=torch.bool),
        ground_R=torch.zeros(R, dtype=torch.long),
        appearance_R=torch.ones(R),
        geometry_R=torch.ones(R),
    )
    second = sentences.rows(torch.tensor([0, 2]))
    second.geometry_R = torch.zeros(2)
    return Batch(
        scenes=SceneTensors(
            appearance_GKC=torch.ones(2 * G, K, D),
            seen_GK=torch.ones(2 * G, K, dtype=torch.bool),
            centers_m_GK3=torch.zeros(2 * G, K, 3),
            sizes_m_GK3=torch.ones(2 * G, K, 3),
            room_half_m_G3=torch.ones(2 * G, 3),
            mask_GK=torch.ones(2 * G, K, dtype=torch.bool),
        ),
        sentences=sentences,
        target_R=number % K,
        targets_RK=nn.functional.one_hot(number % K, K).float(),
        class_RK=torch.ones(R, K, dtype=torch.bool),
        anchors_RA=torch.full((R, 2), -1),
        class_ids_GK=torch.zeros(G, K, dtype=torch.long),
        colour_ids_GK=torch.full((G, K), -1),
        weight_R=torch.ones(R),
        second=SecondPass(torch.tensor([0, 2]), second),
    )


def compute(batch, preset, ramped=1.0, **changes):
    torch.manual_seed(0)
    network, heads = TwoBranches(), AttributeHeads(D, 2, 2)
    found = losses(network, heads, batch, read_config(preset, changes), ramped=ramped)
    found.total.backward()
    return network, found


def test_plain_needs_no_second_pass(batch):
    network, found = compute(batch, "plain")
    assert set(found.parts) == {"alignment", "anchor", "attribute"}
    assert network.calls == 2, "the batch of this test has one all the same"
    assert network.two_d.grad is None


@pytest.mark.parametrize(
    ("preset", "parts", "teaches_2d"),
    [
        ("w2r2-absolute", {"pseudo_label"}, True),
        ("w2r2-relative", {"pseudo_label"}, True),
        ("w2r2-within-class", {"pseudo_label", "what_keeper"}, True),
        ("debias-opponent", {"opponent"}, False),
        ("debias-product", {"product"}, False),
    ],
)
def test_every_preset_has_the_losses_that_it_is_named_after(batch, preset, parts, teaches_2d):
    network, found = compute(batch, preset)
    assert set(found.parts) == {"alignment", "anchor", "attribute"} | parts
    assert network.fused.grad is not None
    reached = network.two_d.grad is not None and bool(network.two_d.grad.abs().sum() > 0)
    assert reached == teaches_2d


def test_before_the_ramp_every_preset_is_plain(batch):
    _, plain = compute(batch, "plain")
    _, early = compute(batch, "debias-product", ramped=0.0)
    assert early.total.item() == pytest.approx(plain.total.item())


def test_the_product_takes_its_share_of_the_alignment_on_its_rows_only(batch):
    network, found = compute(batch, "debias-product")
    fused, two_d = network.fused.detach().log_softmax(-1), network.two_d.detach().log_softmax(-1)
    target = torch.arange(R) % K
    own = -fused[torch.arange(R), target]
    joint = -(fused + two_d).log_softmax(-1)[torch.arange(R), target]
    own[[0, 2]] = 0.3 * own[[0, 2]] + 0.7 * joint[[0, 2]]
    config = read_config("debias-product")
    auxiliary = config.attribute_weight * found.parts["attribute"].item()
    assert found.total.item() == pytest.approx(own.mean().item() + auxiliary, rel=1e-5)


def test_weights_of_sentences_count(batch):
    batch.weight_R = torch.tensor([0.0, 0.0, 0.0, 4.0])
    batch.second = None
    network, found = compute(batch, "plain")
    expected = -network.fused.detach().log_softmax(-1)[3, 0]
    assert found.parts["alignment"].item() == pytest.approx(expected.item())


def test_the_ramp_rises_from_0_to_1():
    config = read_config("debias-product", {"steps": "100", "ramp_from": "0.1", "ramp_to": "0.2"})
    assert [ramp(step, config) for step in (0, 9, 10, 15, 20, 99)] == pytest.approx(
        [0, 0, 0, 0.5, 1, 1]
    )
