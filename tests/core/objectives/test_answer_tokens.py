import math

import pytest
import torch

from whatwhere.objectives.answer_tokens import answer_hinge, mean_log_prob


def test_the_mean_is_over_the_tokens_of_the_answer():
    """Row 1: (ln 1/2 + ln 1/8) / 2 = -2 ln 2. Row 2: its one token, ln 1/4. Others do not count."""
    log_probs = torch.tensor([[-9.0, 0.5, 0.125], [-9.0, 0.25, 1.0]])
    log_probs[:, 1:] = log_probs[:, 1:].log()
    is_answer = torch.tensor([[False, True, True], [False, True, False]])
    found = mean_log_prob(log_probs, is_answer)
    assert found.tolist() == pytest.approx([-2 * math.log(2), -2 * math.log(2)])


def test_the_hinge_by_hand():
    """Fused at -1 nat per token, margin 0.3.

    2D at -2 is 1 below, 0.7 further than it must be: 0. At -1.2 it lacks 0.1. At -0.5, which is
    better than fused by 0.5, it is charged 0.5 + 0.3 = 0.8.
    """
    two_d = torch.tensor([-2.0, -1.2, -0.5], requires_grad=True)
    fused = torch.tensor([-1.0, -1.0, -1.0], requires_grad=True)
    found = answer_hinge(two_d, fused, margin=0.3)
    assert found.tolist() == pytest.approx([0.0, 0.1, 0.8])
    found.sum().backward()
    assert two_d.grad is not None
    assert two_d.grad.tolist() == [0.0, 1.0, 1.0]
    assert fused.grad is None, "fused learns from its own answer alone"
