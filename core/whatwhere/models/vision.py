"""A vision tower: images in, one grid of features per image out.

Any Hugging Face vision model can be the tower. Those with a backbone class (ConvNeXt, DINOv2, ...)
give their last stage; those without one (SigLIP, CLIP) give their last hidden states, laid back
onto the patch grid.

Shapes: F images, H x W pixels, h x w patches, C channels.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoBackbone, AutoConfig, AutoModel
from transformers.models.auto.modeling_auto import MODEL_FOR_BACKBONE_MAPPING_NAMES

from whatwhere.errors import ModelError


class VisionTower(nn.Module):
    """Wraps one Hugging Face vision model.

    Args:
        config: `model_type` and the arguments of that model's configuration.
        image_size: (height, width) in pixels that frames are resized to.
    """

    def __init__(self, config: Mapping[str, Any], *, image_size: tuple[int, int]) -> None:
        super().__init__()
        arguments = dict(config)
        model_type = str(arguments.pop("model_type"))
        hf_config = AutoConfig.for_model(model_type, **arguments)
        self.image_size = image_size
        self.is_backbone = model_type in MODEL_FOR_BACKBONE_MAPPING_NAMES
        loader = AutoBackbone if self.is_backbone else AutoModel
        self.network: nn.Module = loader.from_config(hf_config)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            _, self.num_channels, self.grid_height, self.grid_width = self(
                torch.zeros(1, *image_size, 3, dtype=torch.uint8)
            ).shape

    def forward(self, images_FHWC: Tensor) -> Tensor:
        """(F, H, W, 3) uint8 RGB of `image_size` -> (F, C, h, w) float features."""
        weights = next(self.network.parameters())
        pixels = images_FHWC.permute(0, 3, 1, 2).to(weights.dtype) / 127.5 - 1.0
        if self.is_backbone:
            features: Tensor = self.network(pixels).feature_maps[-1]
            return features
        states = self.network(pixel_values=pixels).last_hidden_state  # (F, h*w [+ class token], C)
        return _on_grid(states, aspect=self.image_size[0] / self.image_size[1])


def _on_grid(states_FPC: Tensor, *, aspect: float) -> Tensor:
    """Token states -> (F, C, h, w), a leading class token dropped.

    Raises:
        ModelError: the number of tokens fits no grid of this aspect (height / width).
    """
    num_tokens = states_FPC.shape[1]
    for extra in (0, 1):
        height = round(((num_tokens - extra) * aspect) ** 0.5)
        if height > 0 and (num_tokens - extra) % height == 0:
            width = (num_tokens - extra) // height
            if abs(height / width - aspect) < 0.2 * aspect:
                num_images, _, channels = states_FPC.shape
                grid = states_FPC[:, extra:].reshape(num_images, height, width, channels)
                return grid.permute(0, 3, 1, 2)
    raise ModelError(
        f"the vision tower's {num_tokens} tokens fit no patch grid",
        remedy="Use a tower whose tokens are patches, with at most one class token",
    )
