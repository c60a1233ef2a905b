import math

import pytest
import torch

from whatwhere.objectives.debias import (
    in_class_expert,
    inverse_propensity,
    opponent,
    product,
)

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


# Candidates 0 and 1 are look-alikes, 2 is something else.
CLASS = torch.tensor([[True, True, False]])


def test_the_in_class_expert_says_nothing_about_the_class():
    sure = in_class_expert(torch.tensor([[0.6, 0.2, 0.2]]).log(), CLASS)
    unsure = in_class_expert(torch.tensor([[0.03, 0.01, 0.96]]).log(), CLASS)
    torch.testing.assert_close(sure, unsure)
    assert sure.exp().tolist()[0] == pytest.approx([0.75, 0.25, 0.5])


def test_an_expert_without_a_favourite_leaves_plain_cross_entropy():
    expert = in_class_expert(torch.tensor([[0.3, 0.3, 0.4]]).log(), CLASS)
    assert product(FUSED[:1], expert, TARGET[:1]).item() == pytest.approx(-math.log(0.6))


def test_the_opponent_in_class_is_the_favoured_lookalike():
    expert = in_class_expert(torch.tensor([[0.1, 0.2, 0.7]]).log(), CLASS)
    loss = opponent(FUSED[:1], expert, TARGET[:1], margin=1.0)
    assert loss.item() == pytest.approx(1 + math.log(0.3) - math.log(0.6))


def test_what_2d_gives_away_weighs_less():
    two_d = torch.tensor([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]).log()
    of_class = CLASS.expand(2, -1)
    weight = inverse_propensity(two_d, TARGET, of_class, cap=100.0)
    # 1 / (2 * 0.9) and 1 / (2 * 0.1), scaled to a mean of 1.
    assert (weight[1] / weight[0]).item() == pytest.approx(9)
    assert weight.mean().item() == pytest.approx(1)
    capped = inverse_propensity(two_d, TARGET, of_class, cap=2.0)
    assert (capped[1] / capped[0]).item() == pytest.approx(2 / (1 / 1.8))
