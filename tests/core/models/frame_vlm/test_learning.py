"""Every family learns from W2R2's two losses: what fused should choose, what 2D should not know."""

import pytest
import torch
from tiny_models import BACKBONES, TEXT, tiny_network, tiny_texts

from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.objectives.alignment import alignment
from whatwhere.objectives.pseudo_label import within_class
from whatwhere.objectives.what_keeper import what_keeper

TARGET = 3
LOOK_ALIKES = (1, 3, 4)


@pytest.mark.parametrize("family", BACKBONES)
def test_ten_steps_of_both_losses_teach_every_part(family, make_encoding):
    network = tiny_network(BACKBONES[family])
    grounder = FrameGrounder(network, tiny_texts(), name=family, device="cpu")
    scene = make_encoding(grounder).tokens
    token_ids = torch.tensor([grounder.texts.encode("{text}", TEXT)])
    length = torch.tensor([token_ids.shape[1]])
    target = torch.tensor([TARGET])
    of_class = torch.zeros(1, 5, dtype=torch.bool)
    of_class[0, list(LOOK_ALIKES)] = True
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0)
    scene = type(scene)(*(getattr(scene, name).clone() for name in scene.__dataclass_fields__))

    def losses():
        fused, _ = network.scores_at_once(scene, SENSES["fused"], token_ids, length)
        seen, _ = network.scores_at_once(scene, SENSES["2d"], token_ids, length)
        hinge = within_class(seen, fused, target, of_class, margin=0.3)
        one_hot = torch.nn.functional.one_hot(target, 5).float()
        return alignment(fused, one_hot) + hinge + what_keeper(seen, of_class)

    network.train()
    told = []
    for _ in range(10):
        loss = losses().mean()
        told.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert told[-1] < 0.7 * told[0]
    learned = {
        name for name, p in network.named_parameters() if p.grad is not None and p.grad.any()
    }
    for part in ("backbone", "tokenizer.positions", "tokenizer.size", "ground_head", "ground"):
        assert any(name.startswith(part) for name in learned), part
    assert any("layers.0" in name for name in learned)
