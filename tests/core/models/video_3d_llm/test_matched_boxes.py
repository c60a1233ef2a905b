"""Ten W2R2 steps on a converted checkpoint, and its own loss."""

import math

import numpy as np
import pytest
import torch

from whatwhere.models.registry import load_grounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.scenes.opening import open_scene
from whatwhere.training.matched_boxes import matched_box, matched_box_losses, teach

TEXT = "the chair by the wall"


@pytest.fixture
def pupil(converted):
    return load_grounder(converted, device="cpu")


@pytest.fixture
def encoding(pupil, video_scan):
    return pupil.encode(open_scene(video_scan))


def test_ten_w2r2_steps_teach_the_target(pupil, encoding):
    kept = {
        name: tensor.clone()
        for name, tensor in pupil.network.state_dict().items()
        if name.startswith(("backbone.tower.", "backbone.projector."))
    }
    sample = matched_box(pupil, encoding, TEXT, [1], same_class=[0, 1])
    steps = list(teach(pupil.network, [sample], steps=10, learning_rate=3e-3))
    assert set(steps[0].parts) == {"alignment", "pseudo_label", "what_keeper"}
    assert all(torch.isfinite(step.total) for step in steps)
    assert steps[-1].parts["alignment"] < steps[0].parts["alignment"]
    assert pupil.ground(encoding, TEXT, ("fused",))["fused"].best.proposal == 1
    for name, tensor in kept.items():
        assert torch.equal(pupil.network.state_dict()[name], tensor), name


def test_its_own_loss_is_that_of_the_original(pupil, encoding):
    """-log of the share of the targets among all candidates and "nothing is meant"."""
    scores = pupil.scores(encoding, TEXT, SENSES["fused"]).astype(float)
    shares = np.exp(scores) / np.exp(scores).sum()
    for targets, right in (([0], [0]), ([0, 1], [0, 1]), ([], [-1])):
        sample = matched_box(pupil, encoding, TEXT, targets)
        losses = matched_box_losses(pupil.network, sample, margin=0.3, pseudo_label_weight=0)
        expected = -math.log(sum(shares[index] for index in right))
        assert set(losses.parts) == {"alignment"}
        assert losses.total.item() == pytest.approx(expected, abs=1e-4)


def test_the_hinge_acts_within_the_class(pupil, encoding):
    network = pupil.network
    alone = matched_box(pupil, encoding, TEXT, [0])
    both = matched_box(pupil, encoding, TEXT, [0], same_class=[0, 1])
    found = {}
    for name, sample in (("alone", alone), ("both", both)):
        for dealt in (False, True):
            found[name, dealt] = matched_box_losses(
                network, sample, margin=5.0, pseudo_label_weight=1.0, against_shuffled=dealt
            ).parts
    two = pupil.scores(encoding, TEXT, SENSES["2d"]).astype(float)
    fused = pupil.scores(encoding, TEXT, SENSES["fused"]).astype(float)
    given = [row[0] - math.log(math.exp(row[0]) + math.exp(row[1])) for row in (two, fused)]
    expected = max(0, 5 + max(given[0], -math.log(2)) - given[1])
    assert found["both", False]["pseudo_label"].item() == pytest.approx(expected, abs=1e-4)
    assert found["alone", False]["pseudo_label"].item() == pytest.approx(5, abs=1e-5)
    assert found["both", False]["what_keeper"] < found["alone", False]["what_keeper"]
    assert found["both", True]["what_keeper"] != found["both", False]["what_keeper"]


def test_one_pass_scores_as_the_kept_prefix(pupil, encoding):
    for modality in ("fused", "2d", "3d", "blind"):
        with torch.inference_mode():
            at_once = pupil.network.scores_at_once(
                encoding.tokens, SENSES[modality], pupil.before_ids(), pupil.ground_ids(TEXT)
            )
        kept = pupil.scores(encoding, TEXT, SENSES[modality])
        np.testing.assert_allclose(at_once.numpy(), kept, atol=1e-4)
