import math

import pytest
import torch

from whatwhere.objectives.debias import opponent, product

FUSED = torch.tensor([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]]).log()
TARGET = torch.tensor([0, 0])


def test_the_opponent_is_what_2d_chooses_and_only_when_it_is_wrong():
    two_d = torch.tensor([[0.2, 0.7, 0.1], [0.8, 0.1, 0.1]]).log()
    loss = opponent(FUSED, two_d, TARGET, margin=1.0)
    assert loss.tolist() == pytest.approx([1 + math.log(0.3) - math.log(0.6), 0.0])


def test_the_product_renormalises():
    two_d = torch.tensor([[0.2, 0.7, 0.1], [0.8, 0.1, 0.1]]).log()
    loss = product(FUSED, two_d, TARGET)
    assert loss[0].item() == pytest.approx(-math.log(0.12 / (0.12 + 0.21 + 0.01)))
    assert loss[1].item() == pytest.approx(-math.log(0.48 / (0.48 + 0.03 + 0.01)))


def test_a_uniform_2d_branch_makes_the_product_plain_cross_entropy():
    uniform = torch.full((2, 3), 1 / 3).log()
    assert product(FUSED, uniform, TARGET).tolist() == pytest.approx([-math.log(0.6)] * 2)


@pytest.mark.parametrize("loss", [product, lambda f, t, y: opponent(f, t, y, margin=1.0)])
def test_2d_is_looked_at_and_not_taught(loss):
    two_d = torch.tensor([[0.0, 1.0, 0.0]], requires_grad=True)
    fused = torch.tensor([[0.0, 0.0, 0.0]], requires_grad=True)
    loss(fused.log_softmax(-1), two_d.log_softmax(-1), TARGET[:1]).sum().backward()
    assert two_d.grad is None
    assert fused.grad is not None
    assert fused.grad[0, 0] < 0
