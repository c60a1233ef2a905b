"""How likely a given answer is, in one pass, beside the words that the model says one by one."""

import pytest
import torch
from tiny_models import BACKBONES, tiny_network, tiny_texts

from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.spatial_vlm.modality import SENSES

FAMILIES = ["siglip+qwen2", "siglip+smollm3", "qwen2.5-vl", "qwen3-vl"]
QUESTIONS = ("what is left of the table", "what is red")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("modality", ["fused", "2d"])
def test_an_answer_is_as_likely_as_when_it_is_said(family, modality, make_encoding):
    network = tiny_network(BACKBONES[family]).eval()
    grounder = FrameGrounder(network, tiny_texts(), name=family, device="cpu")
    scene, senses = make_encoding(grounder).tokens, SENSES[modality]
    rows, said = [], []
    with torch.no_grad():
        prefix = network.prefix(scene, senses)
        for question in QUESTIONS:
            asked = grounder.texts.encode("{text}", question)
            answer, log_probs = network.answer(prefix, torch.tensor(asked), max_tokens=3)
            rows.append((asked, answer))
            said.append(log_probs)
        width = max(len(asked) + len(answer) for asked, answer in rows)
        ids = torch.zeros(2, width, dtype=torch.long)
        is_answer = torch.zeros(2, width, dtype=torch.bool)
        for row, (asked, answer) in enumerate(rows):
            end = len(asked) + len(answer)
            ids[row, :end] = torch.tensor([*asked, *answer])
            is_answer[row, len(asked) : end] = True
        found = network.answers_at_once(scene, senses, ids, is_answer)
    assert said[0]
    for row, log_probs in enumerate(said):
        torch.testing.assert_close(
            found[row][is_answer[row]], torch.tensor(log_probs), rtol=0, atol=1e-4
        )
    assert not found[~is_answer].any()
