"""The contracts of the modalities, for every family of backbone, to the bit on the CPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import BACKBONES, TEXT, WHOLE, tiny_network, tiny_texts

from whatwhere.models.frame_vlm.encoding import shuffled
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.spatial_vlm.modality import SENSES, Senses

BLIND_TO = {"geometry": ("2d", "blind"), "colour": ("3d", "blind")}
LONGER = "what is left of the red table"


def scores(grounder, encoding, modality, text=TEXT):
    return grounder.log_probs(encoding, [text], SENSES[modality])[0]


@pytest.mark.parametrize("what", ["colour", "geometry"])
def test_what_a_modality_does_not_perceive_cannot_reach(any_grounder, make_encoding, what):
    one, other = make_encoding(any_grounder), make_encoding(any_grounder, **{what: 1})
    for modality in MODALITIES:
        moved = np.abs(
            scores(any_grounder, one, modality) - scores(any_grounder, other, modality)
        ).max()
        if modality in BLIND_TO[what]:
            assert moved == 0, modality
        else:
            assert moved > 1e-4, modality


def test_blind_knows_only_how_many(any_grounder, make_encoding):
    encoding = make_encoding(any_grounder)
    expected = -np.log(len(encoding.proposals))
    np.testing.assert_allclose(scores(any_grounder, encoding, "blind"), expected, atol=1e-5)


def test_shuffled_is_fused_on_dealt_positions(any_grounder, make_encoding):
    encoding = make_encoding(any_grounder)
    dealt = replace(encoding, tokens=shuffled(encoding.tokens, encoding.scene_id))
    np.testing.assert_array_equal(
        scores(any_grounder, encoding, "shuffled"), scores(any_grounder, dealt, "fused")
    )
    for name in ("centers_m_K3", "points_m_FP3", "measured_FP"):
        before, after = getattr(encoding.tokens, name), getattr(dealt.tokens, name)
        assert name == "measured_FP" or not torch.equal(before, after)
        assert torch.equal(before.float().flatten().sort()[0], after.float().flatten().sort()[0])


def test_fading_geometry_in_begins_with_2d_to_the_bit(any_grounder, make_encoding):
    encoding = make_encoding(any_grounder)
    ends = any_grounder.ground(encoding, TEXT, ("fused", "2d"))
    none, half, all_of_it = any_grounder.mixed(encoding, TEXT, (0.0, 0.5, 1.0))
    assert none.candidates == ends["2d"].candidates
    assert all_of_it.candidates == ends["fused"].candidates
    assert half.candidates != none.candidates


def test_the_order_of_the_candidates_does_not_matter(any_grounder, make_encoding):
    encoding = make_encoding(any_grounder)
    order = torch.tensor([3, 0, 4, 1, 2])
    tokens = encoding.tokens
    dealt = {
        name: getattr(tokens, name)[order]
        for name in ("looks_KD", "seen_K", "centers_m_K3", "sizes_m_K3")
    }
    permuted = replace(encoding, tokens=replace(tokens, **dealt))
    for modality in ("fused", "2d", "3d"):
        np.testing.assert_allclose(
            scores(any_grounder, permuted, modality),
            scores(any_grounder, encoding, modality)[order],
            atol=1e-5,
        )


def test_a_kept_prefix_gives_what_one_pass_gives(any_grounder, make_encoding):
    encoding, network = make_encoding(any_grounder), any_grounder.network
    for modality in ("fused", "2d", "3d"):
        ids = [any_grounder.texts.encode("{text}", text) for text in (TEXT, LONGER)]
        lengths = torch.tensor([len(row) for row in ids])
        padded = torch.tensor([row + [0] * (int(lengths.max()) - len(row)) for row in ids])
        with torch.inference_mode():
            at_once, _ = network.scores_at_once(encoding.tokens, SENSES[modality], padded, lengths)
        kept = any_grounder.log_probs(encoding, [TEXT, LONGER], SENSES[modality])
        np.testing.assert_allclose(kept, at_once.numpy(), atol=1e-5)


def test_sentences_together_answer_as_alone(any_grounder, make_encoding):
    encoding = make_encoding(any_grounder)
    together = any_grounder.log_probs(encoding, [TEXT, LONGER, "red"], SENSES["fused"])
    for row, text in zip(together, (TEXT, LONGER, "red"), strict=True):
        np.testing.assert_allclose(scores(any_grounder, encoding, "fused", text), row, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-4


def test_what_is_injected_past_the_input_is_colour_too(make_encoding):
    """Qwen3-VL adds features of its tower after its first layers."""
    network = tiny_network({"whole": WHOLE["qwen3-vl"]})
    grounder = FrameGrounder(network, tiny_texts(), name="deep", device="cpu")
    encoding = make_encoding(grounder)
    features = encoding.tokens.frames_FPLD
    assert features.shape[2] == 3
    assert (features[:, :, 1:].std(dim=(0, 1)) > 0).all()
    deeper = features.clone()
    deeper[:, :, 1:] += 1
    changed = replace(encoding, tokens=replace(encoding.tokens, frames_FPLD=deeper))
    for modality in ("fused", "2d", "3d", "blind"):
        moved = np.abs(
            scores(grounder, changed, modality) - scores(grounder, encoding, modality)
        ).max()
        assert bool(moved > 1e-4) is (modality in ("fused", "2d")), modality


def test_points_that_were_not_measured_tell_nothing(grounder, make_encoding):
    encoding = make_encoding(grounder)
    tokens = encoding.tokens
    points = torch.where(tokens.measured_FP[..., None], tokens.points_m_FP3, 7.0)
    assert not torch.equal(points, tokens.points_m_FP3)
    other = replace(encoding, tokens=replace(tokens, points_m_FP3=points))
    for modality in ("fused", "3d"):
        np.testing.assert_array_equal(
            scores(grounder, other, modality), scores(grounder, encoding, modality)
        )


def test_untrained_positions_change_nothing(make_encoding):
    from whatwhere.models.frame_vlm.config import FrameVLMConfig
    from whatwhere.models.frame_vlm.model import FrameVLM

    torch.manual_seed(0)
    config = FrameVLMConfig(backbone=BACKBONES["siglip+qwen2"], image_size=(32, 32))
    grounder = FrameGrounder(FrameVLM(config), tiny_texts(), name="new", device="cpu")
    encoding = make_encoding(grounder)
    np.testing.assert_allclose(
        scores(grounder, encoding, "fused"), scores(grounder, encoding, "2d"), atol=1e-6
    )


@pytest.mark.parametrize("positions", ["canonical", "sinusoidal"])
@pytest.mark.parametrize("pool", [1, 3])
def test_positions_and_pooling_are_a_choice_of_the_configuration(make_encoding, positions, pool):
    network = tiny_network(BACKBONES["siglip+qwen2"], positions=positions, pool=pool)
    grounder = FrameGrounder(network, tiny_texts(), name="other", device="cpu")
    assert network.pooled_grid == {1: (4, 4), 3: (2, 2)}[pool]
    if pool == 1:
        one, other = make_encoding(grounder), make_encoding(grounder, geometry=1)
        assert np.abs(scores(grounder, one, "3d") - scores(grounder, other, "3d")).max() > 1e-4
        np.testing.assert_array_equal(scores(grounder, one, "2d"), scores(grounder, other, "2d"))


def test_only_so_many_prefixes_are_kept(grounder, make_encoding):
    encoding = make_encoding(grounder)
    first = grounder.prefix(encoding, SENSES["fused"])
    assert grounder.prefix(encoding, SENSES["fused"]) is first
    for alpha in np.linspace(0.1, 0.9, 8):
        grounder.prefix(encoding, Senses(1, float(alpha)))
    again = grounder.prefix(encoding, SENSES["fused"])
    assert again is not first
    torch.testing.assert_close(again.states_KD, first.states_KD, rtol=0, atol=0)


def test_half_precision_answers_alike(make_encoding):
    """On a GPU the backbone runs in bfloat16 and what is ours in float32."""
    exact, half = (
        FrameGrounder(
            tiny_network(BACKBONES["qwen3-vl"]), tiny_texts(), name="precision", device="cpu"
        )
        for _ in range(2)
    )
    half.network.backbone.to(torch.bfloat16)
    for modality in ("fused", "2d"):
        difference = scores(half, make_encoding(half), modality) - scores(
            exact, make_encoding(exact), modality
        )
        assert 0 < np.abs(difference).max() < 1
    said = half.answer(make_encoding(half), "what is", ("fused",), max_tokens=2)
    assert len(said["fused"].log_probs) == 2


@pytest.mark.parametrize(("what", "modality"), [("geometry", "2d"), ("colour", "3d")])
def test_what_a_modality_does_not_perceive_is_in_no_state(grounder, make_encoding, what, modality):
    places = (3, 0)
    texts = (TEXT, LONGER)
    one, other = make_encoding(grounder), make_encoding(grounder, **{what: 1})
    (before,) = grounder.states_of_all(one, texts, (modality,), places)
    (after,) = grounder.states_of_all(other, texts, (modality,), places)
    np.testing.assert_array_equal(before, after)
    (fused,) = grounder.states_of_all(one, texts, ("fused",), places)
    (moved,) = grounder.states_of_all(other, texts, ("fused",), places)
    assert np.abs(fused - moved).max() > 1e-4
