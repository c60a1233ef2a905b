"""A vision tower: images in, one grid of features per image out.

Any Hugging Face vision model can be the tower. Those with a backbone class (ConvNeXt, DINOv2, ...)
give their last stage; those without one (SigLIP, CLIP) give their last hidden states, laid back
onto the patch grid. SigLIP 2 takes its images cut into patches.

Shapes: F images, H x W pixels, h x w patches, C channels.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoBackbone, AutoConfig, AutoModel
from transformers.models.auto.modeling_auto import MODEL_FOR_BACKBONE_MAPPING_NAMES

from whatwhere.errors import ModelError

PixelRange = tuple[Sequence[float], Sequence[float]]
"""Mean and standard deviation per channel, of values in [0, 1]."""

HALF_PIXELS: PixelRange = ([0.5] * 3, [0.5] * 3)
IMAGENET_PIXELS: PixelRange = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CLIP_PIXELS: PixelRange = (
    [0.48145466, 0.4578275, 0.40821073],
    [0.26862954, 0.26130258, 0.27577711],
)


def as_pixels(images_FHWC: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(F, H, W, 3) uint8 -> (F, 3, H, W) float32, normalised."""
    channels = images_FHWC.permute(0, 3, 1, 2).float() / 255
    return (channels - channels.new_tensor(mean)[:, None, None]) / channels.new_tensor(std)[
        :, None, None
    ]


class VisionTower(nn.Module):
    """Wraps one Hugging Face vision model.

    Args:
        config: `model_type` and the arguments of that model's configuration; `pixel_mean` and
            `pixel_std` where images are not normalised by 0.5.
        image_size: (height, width) in pixels that frames are resized to.
    """

    def __init__(self, config: Mapping[str, Any], *, image_size: tuple[int, int]) -> None:
        super().__init__()
        arguments = dict(config)
        model_type = str(arguments.pop("model_type"))
        # None is 0.5: the shipped weights were made with those very bits.
        self.pixels: PixelRange | None = None
        if "pixel_mean" in arguments or "pixel_std" in arguments:
            self.pixels = arguments.pop("pixel_mean"), arguments.pop("pixel_std")
        hf_config = AutoConfig.for_model(model_type, **arguments)
        self.image_size = image_size
        self.is_backbone = model_type in MODEL_FOR_BACKBONE_MAPPING_NAMES
        self.cuts_patches = model_type == "siglip2_vision_model"
        self.patch_size = int(hf_config.patch_size) if self.cuts_patches else 0
        loader = AutoBackbone if self.is_backbone else AutoModel
        self.network: nn.Module = loader.from_config(hf_config)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            _, self.num_channels, self.grid_height, self.grid_width = self(
                torch.zeros(1, *image_size, 3, dtype=torch.uint8)
            ).shape

    def forward(self, images_FHWC: Tensor) -> Tensor:
        """(F, H, W, 3) uint8 RGB of `image_size` -> (F, C, h, w) float features."""
        weights = next(self.network.parameters())
        if self.pixels is None:
            pixels = images_FHWC.permute(0, 3, 1, 2).to(weights.dtype) / 127.5 - 1.0
        else:
            pixels = as_pixels(images_FHWC, *self.pixels).to(weights.dtype)
        if self.cuts_patches:
            return self._from_patches(pixels)
        if self.is_backbone:
            features: Tensor = self.network(pixels).feature_maps[-1]
            return features
        states = self.network(pixel_values=pixels).last_hidden_state  # (F, h*w [+ class token], C)
        return _on_grid(states, aspect=self.image_size[0] / self.image_size[1])

    def _from_patches(self, pixels_FCHW: Tensor) -> Tensor:
        side, (num_frames, channels, height, width) = self.patch_size, pixels_FCHW.shape
        rows, columns = height // side, width // side
        whole = pixels_FCHW[:, :, : rows * side, : columns * side]
        cut = whole.reshape(num_frames, channels, rows, side, columns, side)
        patches = cut.permute(0, 2, 4, 3, 5, 1).reshape(num_frames, rows * columns, -1)
        states = self.network(
            pixel_values=patches,
            pixel_attention_mask=torch.ones(patches.shape[:2], device=patches.device),
            spatial_shapes=torch.tensor([[rows, columns]] * num_frames, device=patches.device),
        ).last_hidden_state
        on_grid: Tensor = states.unflatten(1, (rows, columns)).permute(0, 3, 1, 2)
        return on_grid


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
