"""Ten W2R2 steps on words that say boxes."""

import pytest
import torch
from tiny_box_models import KINDS, box_network, byte_texts, learn, sample_of

from whatwhere.geometry.boxes import Box
from whatwhere.models.geometry_vlm.box_text import in_world, parse_box
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.training.said_boxes import said_log_probs, said_parts
from whatwhere.training.said_eye import said_in_clearest_frame


@pytest.fixture(scope="module")
def scene(taught):
    return open_scene(taught[1])


def pupil(scene, kind="points"):
    """An untaught model, and the box of one object for it to say."""
    grounder = GeometryGrounder(box_network(kind), byte_texts(), name=kind, device="cpu")
    target = annotation_proposals(scene)[0]
    return grounder, sample_of(grounder, grounder.encode(scene), target.box)


def log_probs(grounder, sample, modality):
    with torch.no_grad():
        return said_log_probs(grounder.network, sample, modality)


def test_what_is_taught_is_the_box_of_the_room(scene):
    grounder, sample = pupil(scene)
    words = grounder.texts.decode(list(sample.answer_ids))
    box = parse_box(words, num_frames=2)
    pose = grounder.encode(scene).depths[box.frame].world_from_camera
    target = annotation_proposals(scene)[0].box
    assert in_world(box, pose).center == pytest.approx(target.center, abs=0.03)
    assert sample.answer_ids[-1] == grounder.network.config.end_token_ids[0]
    letters = grounder.texts.tokenizer.encode(words).tokens
    assert [c.isdigit() for c in letters] == sample.is_where_A[:-1].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_ten_w2r2_steps_teach_every_kind(scene, kind):
    grounder, sample = pupil(scene, kind)
    kept = {
        name: tensor.clone()
        for name, tensor in grounder.network.state_dict().items()
        if name.startswith(("backbone.tower.", "geometry.tower."))
    }
    steps = list(learn(grounder.network, sample, steps=10, learning_rate=3e-3))
    assert len(steps) == 10
    assert set(steps[0]) == {"alignment", "pseudo_label", "what_keeper"}
    assert steps[-1]["alignment"] < steps[0]["alignment"] - 0.5
    for name, tensor in kept.items():
        assert torch.equal(grounder.network.state_dict()[name], tensor), name


def test_the_hinge_parts_fused_from_2d_where_it_says_where(scene):
    """The same steps with and without it: it opens a gap on digits, and on them alone."""
    gaps = {}
    for weight in (0.0, 2.0):
        grounder, sample = pupil(scene)
        for _ in learn(
            grounder.network, sample, steps=16, learning_rate=1e-2, margin=0.5, weight=weight
        ):
            pass
        lead = log_probs(grounder, sample, "fused") - log_probs(grounder, sample, "2d")
        gaps[weight] = lead[sample.is_where_A].mean(), lead[~sample.is_where_A].mean()
    assert gaps[2.0][0] > gaps[0.0][0] + 0.2
    assert gaps[2.0][1] < gaps[2.0][0] / 2


def test_the_parts_are_what_they_are_called(scene):
    grounder, sample = pupil(scene)
    network = grounder.network
    parts = said_parts(network, sample, margin=0.3)
    fused, without = (log_probs(grounder, sample, name) for name in ("fused", "2d"))
    where = sample.is_where_A
    expected = (0.3 + without[where].mean() - fused[where].mean()).clamp(min=0)
    torch.testing.assert_close(parts["alignment"].detach(), -fused.mean())
    torch.testing.assert_close(parts["pseudo_label"].detach(), expected)
    torch.testing.assert_close(parts["what_keeper"].detach(), -without[~where].mean())
    dealt = said_parts(network, sample, margin=0.3, against_shuffled=True)
    assert dealt["pseudo_label"] != parts["pseudo_label"]
    literal = said_parts(network, sample, margin=9.0, hinge="absolute")["pseudo_label"]
    torch.testing.assert_close(literal.detach(), 9.0 + without[where].mean())


def test_an_object_that_no_frame_sees_cannot_be_said(scene):
    grounder, _ = pupil(scene)
    behind = Box((50.0, 50.0, 50.0), (1.0, 1.0, 1.0))
    seen = annotation_proposals(scene)[0].box
    depths = grounder.encode(scene).depths
    one, other = said_in_clearest_frame(depths, [seen, behind])
    assert parse_box(one, num_frames=2)
    assert other == ""
