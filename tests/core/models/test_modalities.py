"""The contracts of the modalities, to the bit on the CPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from whatwhere.errors import ExpressionError, NotSupportedError
from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import MODALITIES, Capabilities
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.spatial_vlm.encoding import SpatialEncoding, shuffled
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.states import as_stateful
from whatwhere.models.words import Words
from whatwhere.scenes.proposals import Proposal

SIGLIP = {
    "model_type": "siglip_vision_model",
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
TEXT = "the chair nearest the door"
K = 7
TEXTS = (TEXT, "the door nearest the chair", "the chair")
PLACES = (2, 0, 5)


def make_grounder(tiny_network, tower=None) -> SpatialGrounder:
    words = Words.from_texts([TEXT])
    network = tiny_network(words, tower=tower)
    # An untrained "absent" vector is zero; give each a value, as training does.
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "absent" in name:
                parameter.normal_()
    return SpatialGrounder(network, words, name="random", device="cpu")


def make_encoding(seed: int, channels: int) -> SpatialEncoding:
    random = np.random.default_rng(seed)
    boxes = [
        Box.from_row(np.r_[random.normal(size=3), random.uniform(0.2, 1, 3)]) for _ in range(K)
    ]
    return SpatialEncoding(
        scene_id="room000001_00",
        proposals=tuple(Proposal(i, box, "annotation", i) for i, box in enumerate(boxes)),
        frames=("0",),
        appearance=random.normal(size=(K, channels + 2)).astype(np.float32),
        seen=np.ones(K, bool),
        centers_m=random.normal(size=(K, 3)).astype(np.float32),
        sizes_m=random.uniform(0.2, 1, (K, 3)).astype(np.float32),
        room_half_m=random.uniform(2, 4, 3).astype(np.float32),
    )


def scores(grounder: SpatialGrounder, encoding: SpatialEncoding, modality: str) -> np.ndarray:
    token_ids, _ = grounder.words.encode(TEXT)
    return grounder.log_probs(encoding, token_ids, list(SENSES.values()))[
        MODALITIES.index(modality)
    ]


@pytest.fixture(scope="module")
def grounder(tiny_network) -> SpatialGrounder:
    return make_grounder(tiny_network)


@pytest.fixture
def encoding() -> SpatialEncoding:
    return make_encoding(0, 16)


def with_other_geometry(encoding: SpatialEncoding) -> SpatialEncoding:
    other = make_encoding(1, 16)
    return replace(
        encoding,
        centers_m=other.centers_m,
        sizes_m=other.sizes_m,
        room_half_m=other.room_half_m,
    )


def with_other_colour(encoding: SpatialEncoding) -> SpatialEncoding:
    return replace(encoding, appearance=make_encoding(1, 16).appearance)


@pytest.mark.parametrize("modality", ["2d", "blind"])
def test_geometry_cannot_reach(grounder, encoding, modality):
    expected = scores(grounder, encoding, modality)
    np.testing.assert_array_equal(
        scores(grounder, with_other_geometry(encoding), modality), expected
    )


@pytest.mark.parametrize("modality", ["3d", "blind"])
def test_colour_cannot_reach(grounder, encoding, modality):
    expected = scores(grounder, encoding, modality)
    np.testing.assert_array_equal(scores(grounder, with_other_colour(encoding), modality), expected)


@pytest.mark.parametrize("modality", ["fused", "3d", "shuffled"])
def test_geometry_matters(grounder, encoding, modality):
    changed = scores(grounder, with_other_geometry(encoding), modality)
    assert np.abs(changed - scores(grounder, encoding, modality)).max() > 1e-4


@pytest.mark.parametrize("modality", ["fused", "2d", "shuffled"])
def test_colour_matters(grounder, encoding, modality):
    changed = scores(grounder, with_other_colour(encoding), modality)
    assert np.abs(changed - scores(grounder, encoding, modality)).max() > 1e-4


def test_blind_knows_only_how_many(grounder, encoding):
    np.testing.assert_allclose(scores(grounder, encoding, "blind"), -np.log(K), atol=1e-5)


# "shuffled" draws its permutation by index, so it is not equivariant on purpose.
@pytest.mark.parametrize("modality", ["fused", "2d", "3d", "blind"])
def test_the_order_of_the_candidates_does_not_matter(grounder, encoding, modality):
    order = np.random.default_rng(3).permutation(K)
    permuted = replace(
        encoding,
        appearance=encoding.appearance[order],
        centers_m=encoding.centers_m[order],
        sizes_m=encoding.sizes_m[order],
    )
    np.testing.assert_allclose(
        scores(grounder, permuted, modality), scores(grounder, encoding, modality)[order], atol=1e-5
    )


def test_shuffled_is_fused_on_permuted_positions(grounder, encoding):
    np.testing.assert_allclose(
        scores(grounder, encoding, "shuffled"),
        scores(grounder, shuffled(encoding), "fused"),
        atol=1e-5,
    )
    again = shuffled(encoding)
    np.testing.assert_array_equal(again.centers_m, shuffled(encoding).centers_m)
    assert sorted(again.centers_m[:, 0]) == sorted(encoding.centers_m[:, 0])


def test_modalities_together_answer_as_alone(grounder, encoding):
    token_ids, _ = grounder.words.encode(TEXT)
    for modality in MODALITIES:
        alone = grounder.log_probs(encoding, token_ids, [SENSES[modality]])[0]
        np.testing.assert_allclose(alone, scores(grounder, encoding, modality), atol=1e-5)


def test_an_unseen_candidate_is_absent_not_zero(grounder, encoding):
    hidden = replace(encoding, seen=np.arange(K) > 0)
    black = encoding.appearance.copy()
    black[0] = 0
    zeroed = replace(encoding, appearance=black)
    assert not np.array_equal(scores(grounder, hidden, "2d"), scores(grounder, zeroed, "2d"))


def test_a_siglip_tower_and_qwen2_work_by_configuration(tiny_network):
    grounder = make_grounder(tiny_network, SIGLIP)
    encoding = make_encoding(0, grounder.network.tower.num_channels)
    result = grounder.ground(encoding, TEXT, MODALITIES)
    assert set(result.groundings) == set(MODALITIES)
    assert grounder.network.tower.grid_height == 4


def test_ground_ranks_all_candidates_and_names_unknown_words(grounder, encoding):
    result = grounder.ground(encoding, "the zebra nearest the door", ("fused",))
    ranked = [candidate.score for candidate in result["fused"].candidates]
    assert len(ranked) == K
    assert ranked == sorted(ranked, reverse=True)
    assert np.exp(ranked).sum() == pytest.approx(1, abs=1e-4)
    assert any('"zebra"' in warning for warning in result.warnings)


def test_fading_geometry_in_goes_from_2d_to_fused_exactly(grounder, encoding):
    ends = grounder.ground(encoding, TEXT, ("2d", "fused"))
    first, middle, last = grounder.mixed(encoding, TEXT, (0.0, 0.5, 1.0))

    def by_proposal(grounding):
        return {c.proposal: c.score for c in grounding.candidates}

    assert by_proposal(first) == pytest.approx(by_proposal(ends["2d"]), abs=1e-5)
    assert by_proposal(last) == pytest.approx(by_proposal(ends["fused"]), abs=1e-5)
    assert by_proposal(middle) != pytest.approx(by_proposal(first), abs=1e-4)
    other, *_ = grounder.mixed(with_other_geometry(encoding), TEXT, (0.0, 0.5, 1.0))
    assert by_proposal(other) == by_proposal(first)


def states_in(grounder, encoding, modality):
    (found,) = grounder.states_of_all(encoding, TEXTS, (modality,), PLACES)
    return found


@pytest.mark.parametrize(
    ("modality", "changed"),
    [
        ("2d", with_other_geometry),
        ("blind", with_other_geometry),
        ("3d", with_other_colour),
        ("blind", with_other_colour),
    ],
)
def test_what_a_modality_does_not_perceive_is_in_no_state(grounder, modality, changed):
    encoding = make_encoding(0, 16)
    np.testing.assert_array_equal(
        states_in(grounder, changed(encoding), modality), states_in(grounder, encoding, modality)
    )


def test_what_it_perceives_is(grounder):
    encoding = make_encoding(0, 16)
    for modality, changed in (("2d", with_other_colour), ("3d", with_other_geometry)):
        moved = states_in(grounder, changed(encoding), modality) - states_in(
            grounder, encoding, modality
        )
        assert np.abs(moved).max() > 1e-4


def test_a_state_is_that_of_the_candidate_that_is_looked_at(grounder):
    encoding = make_encoding(0, 16)
    found = grounder.states_of_all(encoding, TEXTS, MODALITIES, PLACES)
    assert found.shape == (len(MODALITIES), 3, grounder.network.width)
    order = np.random.default_rng(3).permutation(K)
    permuted = replace(
        encoding,
        appearance=encoding.appearance[order],
        centers_m=encoding.centers_m[order],
        sizes_m=encoding.sizes_m[order],
    )
    places = [order.tolist().index(place) for place in PLACES]
    again = grounder.states_of_all(permuted, TEXTS, ("fused", "2d", "3d"), places)
    np.testing.assert_allclose(again, found[:3], atol=1e-4)
    alone = grounder.states_of_all(encoding, TEXTS[1:2], ("3d",), PLACES[1:2])
    np.testing.assert_allclose(alone[0, 0], found[MODALITIES.index("3d"), 1], atol=1e-4)


def test_many_sentences_go_in_several_passes(grounder):
    encoding = make_encoding(0, 16)
    places = [n % K for n in range(150)]
    found = grounder.states_of_all(encoding, [TEXT] * 150, ("fused", "2d"), places)
    np.testing.assert_allclose(found[:, 7], found[:, 0], atol=1e-4)
    assert np.abs(found[0, 1] - found[0, 0]).max() > 1e-4


def test_an_empty_sentence_has_no_state(grounder):
    with pytest.raises(ExpressionError):
        grounder.states_of_all(make_encoding(0, 16), ["  "], ("fused",), [0])


def test_a_model_without_states_says_so(grounder):
    assert as_stateful(grounder) is grounder

    class Silent:
        name = "mine"
        capabilities = Capabilities()

    with pytest.raises(NotSupportedError, match="mine does not show the states"):
        as_stateful(Silent())
