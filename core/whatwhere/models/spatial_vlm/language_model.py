"""Any Hugging Face causal LM, fed by embeddings, with a mask of our own.

The scene tokens have no order: they share position 0 and everything attends to everything
(a 4-D additive mask makes a causal LM bidirectional), so permuting the candidates permutes the
scores.

Shapes: R sentences, S scene tokens (candidates and room), W words, D width.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel


class LanguageModel(nn.Module):
    """The trunk of a causal LM; its last hidden states are the output."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        arguments = dict(config)
        hf_config = AutoConfig.for_model(
            str(arguments.pop("model_type")), use_cache=False, **arguments
        )
        # SDPA takes the 4-D float mask as it is; other implementations rebuild a causal one.
        self.network: PreTrainedModel = AutoModel.from_config(hf_config, attn_implementation="sdpa")
        self.width = int(hf_config.hidden_size)

    def embed(self, token_ids_RW: Tensor) -> Tensor:
        """(R, W) token ids -> (R, W, D)."""
        embedded: Tensor = self.network.get_input_embeddings()(token_ids_RW)
        return embedded

    def forward(self, scene_RSD: Tensor, words_RWD: Tensor, mask_RN: Tensor) -> Tensor:
        """Hidden states (R, S + W, D).

        Args:
            scene_RSD: scene tokens, all at position 0.
            words_RWD: embedded words, at positions 1 ... W.
            mask_RN: (R, S + W), True where a token exists.
        """
        num_scene, num_words = scene_RSD.shape[1], words_RWD.shape[1]
        embeddings = torch.cat([scene_RSD, words_RWD], dim=1)
        positions = torch.cat(
            [
                torch.zeros(num_scene, dtype=torch.long, device=embeddings.device),
                torch.arange(1, num_words + 1, device=embeddings.device),
            ]
        )
        blocked = torch.zeros(mask_RN.shape, dtype=embeddings.dtype, device=embeddings.device)
        blocked = blocked.masked_fill(~mask_RN, torch.finfo(embeddings.dtype).min)
        attention = blocked[:, None, None, :].expand(-1, 1, mask_RN.shape[1], -1)
        output = self.network(
            inputs_embeds=embeddings,
            attention_mask=attention,
            position_ids=positions.expand(len(embeddings), -1),
        )
        states: Tensor = output.last_hidden_state
        return states
