import math

import pytest
import torch

from whatwhere.objectives.anchors import anchor_supervision


def test_first_heads_learn_the_anchors_in_order():
    heads = torch.tensor([[[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]]).log()
    loss = anchor_supervision(heads, torch.tensor([[0, 1]]))
    assert loss.item() == pytest.approx(-(math.log(0.9) + math.log(0.8)) / 2)


def test_a_missing_anchor_does_not_count():
    heads = torch.tensor([[[0.9, 0.1], [0.2, 0.8]]]).log()
    assert anchor_supervision(heads, torch.tensor([[1, -1]])).item() == pytest.approx(
        -math.log(0.1)
    )
    assert anchor_supervision(heads, torch.tensor([[-1, -1]])).item() == 0
