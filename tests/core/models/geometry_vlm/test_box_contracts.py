"""What reaches a modality, to the bit on the CPU: the words it says and how sure it is of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_box_models import TEXT, box_network, byte_texts

from whatwhere.errors import NotSupportedError
from whatwhere.models.geometry_vlm.encoding import shuffled
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.spatial_vlm.modality import SENSES

BLIND_TO = {"geometry": ("2d", "blind"), "colour": ("3d", "blind")}
ANSWER = list(range(40, 52))


def log_probs(grounder, encoding, modality):
    """Of an answer that is given, so that modalities compare."""
    features = encoding.features
    if SENSES[modality].shuffled:
        features = shuffled(features, encoding.scene_id)
    labels = grounder.labels(len(encoding.frames))
    prompt = grounder.texts.encode("{text}:", TEXT)
    with torch.inference_mode():
        return grounder.network.text_log_probs(
            features, SENSES[modality], labels, prompt, ANSWER
        ).numpy()


def said(grounder, encoding, modality):
    answer = grounder.answer(encoding, TEXT, (modality,), max_tokens=6)[modality]
    return answer.tokens, answer.log_probs


@pytest.mark.parametrize("what", ["colour", "geometry"])
def test_what_a_modality_does_not_perceive_cannot_reach(any_grounder, make_box_encoding, what):
    if what == "geometry" and any_grounder.network.geometry.reads_colour:
        pytest.skip("this encoder makes its geometry of the images")
    one, other = make_box_encoding(any_grounder), make_box_encoding(any_grounder, **{what: 1})
    for modality in any_grounder.capabilities.modalities:
        moved = np.abs(
            log_probs(any_grounder, one, modality) - log_probs(any_grounder, other, modality)
        ).max()
        if modality in BLIND_TO[what]:
            assert moved == 0, modality
            assert said(any_grounder, one, modality) == said(any_grounder, other, modality)
        else:
            assert moved > 1e-4, modality


def test_geometry_made_of_images_has_no_3d(make_box_encoding):
    """Its features change with colour, so a pass without colour does not exist."""
    grounder = GeometryGrounder(box_network("images"), byte_texts(), name="images", device="cpu")
    assert grounder.capabilities.modalities == ("fused", "2d", "blind")
    encoding = make_box_encoding(grounder)
    for ask in (grounder.ground, grounder.answer):
        with pytest.raises(NotSupportedError, match="no 3d"):
            ask(encoding, TEXT, ("3d",))
    features = encoding.features
    other = replace(encoding, features=replace(features, geometry=features.geometry.flip(1)))
    fused = log_probs(grounder, encoding, "fused") - log_probs(grounder, other, "fused")
    assert np.abs(fused).max() > 1e-4
    np.testing.assert_array_equal(
        log_probs(grounder, encoding, "2d"), log_probs(grounder, other, "2d")
    )


def test_what_is_injected_past_the_input_is_colour_too(make_box_encoding):
    grounder = GeometryGrounder(box_network("deepstack"), byte_texts(), name="d", device="cpu")
    encoding = make_box_encoding(grounder)
    looks = encoding.features.looks_FPLD.clone()
    assert looks.shape[2] == 2
    looks[:, :, 1:] += 1
    other = replace(encoding, features=replace(encoding.features, looks_FPLD=looks))
    for modality in ("fused", "2d", "3d", "blind"):
        moved = np.abs(
            log_probs(grounder, encoding, modality) - log_probs(grounder, other, modality)
        )
        assert bool(moved.max() > 1e-4) is (modality in ("fused", "2d")), modality


def test_pixels_that_were_not_measured_tell_nothing(make_box_encoding):
    grounder = GeometryGrounder(box_network(), byte_texts(), name="points", device="cpu")
    geometry = make_box_encoding(grounder).features.geometry
    holes = geometry[:, 6:] == 0
    assert holes.any()
    assert (geometry * holes == 0).all()


def test_shuffled_geometry_is_the_same_geometry_elsewhere(make_box_encoding):
    grounder = GeometryGrounder(box_network(), byte_texts(), name="points", device="cpu")
    features = make_box_encoding(grounder).features
    first, again = shuffled(features, "room1"), shuffled(features, "room1")
    other = shuffled(features, "room2")
    assert first.order_N.tolist() == again.order_N.tolist() != other.order_N.tolist()
    assert sorted(first.order_N.tolist()) == list(range(first.order_N.numel()))


def test_a_kept_prefix_says_what_one_pass_says(any_grounder, make_box_encoding):
    encoding = make_box_encoding(any_grounder)
    answer = any_grounder.answer(encoding, TEXT, ("fused",), max_tokens=5)["fused"]
    assert len(answer.log_probs) == 5
    prompt = any_grounder.texts.encode("{text}", TEXT)
    labels = any_grounder.labels(2)
    network = any_grounder.network
    with torch.inference_mode():
        prefix = network.prefix(encoding.features, SENSES["fused"], labels)
        ids, _ = network.say(prefix, prompt, max_tokens=5)
        at_once = network.text_log_probs(encoding.features, SENSES["fused"], labels, prompt, ids)
    np.testing.assert_allclose(answer.log_probs, at_once.numpy(), atol=1e-4)


def test_untrained_geometry_changes_nothing(make_box_encoding):
    from tiny_box_models import box_config

    from whatwhere.models.geometry_vlm.network import GeometryVLM

    torch.manual_seed(0)
    grounder = GeometryGrounder(GeometryVLM(box_config()), byte_texts(), name="new", device="cpu")
    encoding = make_box_encoding(grounder)
    np.testing.assert_allclose(
        log_probs(grounder, encoding, "fused"), log_probs(grounder, encoding, "2d"), atol=1e-5
    )
