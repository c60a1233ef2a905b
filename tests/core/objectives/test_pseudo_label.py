import math

import pytest
import torch

from whatwhere.objectives.pseudo_label import absolute, relative, within_class


def test_absolute_is_zero_once_2d_is_worse_than_the_margin():
    loss = absolute(torch.tensor([0.5, math.exp(-2.0)]).log(), margin=1.0)
    assert loss.tolist() == pytest.approx([1 - math.log(2), 0.0])


def test_relative_wants_fused_to_lead_by_the_margin():
    log_2d, log_fused = torch.tensor([0.4, 0.1, 0.4]).log(), torch.tensor([0.8, 0.8, 0.2]).log()
    loss = relative(log_2d, log_fused, margin=1.0)
    assert loss.tolist() == pytest.approx([1 - math.log(2), 0.0, 1 + math.log(2)])


def test_relative_teaches_both_branches():
    log_2d = torch.tensor([-1.0], requires_grad=True)
    log_fused = torch.tensor([-1.0], requires_grad=True)
    relative(log_2d, log_fused, margin=1.0).sum().backward()
    assert (log_2d.grad, log_fused.grad) == (torch.tensor([1.0]), torch.tensor([-1.0]))


# Candidates 0 and 1 are look-alikes, 2 is something else; the target is 0.
CLASS = torch.tensor([[True, True, False]])
TARGET = torch.tensor([0])


def hinge(p_2d, p_fused, margin=0.3):
    return within_class(
        torch.tensor([p_2d]).log(), torch.tensor([p_fused]).log(), TARGET, CLASS, margin=margin
    ).item()


def test_within_class_looks_at_shares_of_the_class_only():
    # 0.6 : 0.2 inside the class is 3/4, whatever is outside.
    assert hinge([0.6, 0.2, 0.2], [0.9, 0.1, 0.0]) == pytest.approx(
        0.3 + math.log(0.75) - math.log(0.9)
    )
    assert hinge([0.3, 0.1, 0.6], [0.45, 0.05, 0.5]) == pytest.approx(
        0.3 + math.log(0.75) - math.log(0.9)
    )


def test_within_class_has_a_floor_at_chance():
    assert hinge([0.2, 0.6, 0.2], [0.5, 0.5, 0.0]) == pytest.approx(0.3)
    logits = torch.tensor([[0.0, 1.0, 0.0]], requires_grad=True)
    fused = torch.tensor([[0.5, 0.5, 1e-9]]).log()
    within_class(logits.log_softmax(-1), fused, TARGET, CLASS, margin=0.3).sum().backward()
    assert logits.grad is not None
    assert not logits.grad.any()


def test_within_class_leaves_fused_alone():
    fused = torch.tensor([[0.1, 0.2, 0.3]], requires_grad=True)
    two_d = torch.tensor([[1.0, 0.0, 0.0]], requires_grad=True)
    within_class(
        two_d.log_softmax(-1), fused.log_softmax(-1), TARGET, CLASS, margin=0.3
    ).sum().backward()
    assert fused.grad is None
    assert two_d.grad is not None
    assert two_d.grad[0, 0] > 0 > two_d.grad[0, 1]
    assert two_d.grad[0, 2] == pytest.approx(0, abs=1e-7)
