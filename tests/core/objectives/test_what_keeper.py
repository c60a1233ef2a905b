import math

import pytest
import torch

from whatwhere.objectives.what_keeper import what_keeper


def test_it_is_the_cross_entropy_of_the_class():
    log_probs = torch.tensor([[0.5, 0.25, 0.25]]).log()
    kept = what_keeper(log_probs, torch.tensor([[True, True, False]]))
    assert kept.item() == pytest.approx(-math.log(0.75))


def test_it_does_not_care_who_of_the_class_it_is():
    logits = torch.tensor([[0.0, 0.0, 0.0]], requires_grad=True)
    what_keeper(logits.log_softmax(-1), torch.tensor([[True, True, False]])).sum().backward()
    assert logits.grad is not None
    assert logits.grad[0, 0] == pytest.approx(logits.grad[0, 1].item())
    assert logits.grad[0, 2] > 0
