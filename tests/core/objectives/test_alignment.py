import math

import pytest
import torch

from whatwhere.objectives.alignment import alignment


def test_one_target_is_cross_entropy():
    log_probs = torch.tensor([[0.7, 0.2, 0.1]]).log()
    assert alignment(log_probs, torch.tensor([[0.0, 1.0, 0.0]])).item() == pytest.approx(
        -math.log(0.2)
    )


def test_several_targets_share_their_mass():
    log_probs = torch.tensor([[0.5, 0.25, 0.25]]).log()
    assert alignment(log_probs, torch.tensor([[0.0, 1.0, 1.0]])).item() == pytest.approx(
        -math.log(0.5)
    )


def test_soft_targets_count_relative_to_the_best():
    log_probs = torch.tensor([[0.5, 0.5]]).log()
    loss = alignment(log_probs, torch.tensor([[0.8, 0.4]]))
    assert loss.item() == pytest.approx(-math.log(0.5 + 0.25))


def test_gradient_raises_the_target():
    logits = torch.zeros(1, 4, requires_grad=True)
    alignment(logits.log_softmax(-1), torch.tensor([[0.0, 0.0, 1.0, 0.0]])).sum().backward()
    assert logits.grad is not None
    assert logits.grad[0, 2] < 0
    assert (logits.grad[0, [0, 1, 3]] > 0).all()
