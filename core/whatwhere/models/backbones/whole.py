"""Vision-language models with a tower and a projector of their own.

Each keeps its own way from pixels to tokens, down to how it pools: the projector was trained on
that. Video models take their way for videos, since a scan is many frames.

Shapes: F frames, H x W pixels, h x w tokens per frame, L levels, D width, p patch, m merged.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedModel

from whatwhere.errors import ModelError
from whatwhere.models.backbones.backbone import Backbone
from whatwhere.models.backbones.patches import merged_patches
from whatwhere.models.vision import CLIP_PIXELS, HALF_PIXELS, IMAGENET_PIXELS, as_pixels

_PIXELS = {
    "internvl": IMAGENET_PIXELS,
    "llava_next_video": CLIP_PIXELS,
    "llava_onevision": HALF_PIXELS,
    "qwen2_5_vl": CLIP_PIXELS,
    "qwen3_vl": HALF_PIXELS,
}
"""Mean and standard deviation that each family's images are normalised with."""


class WholeBackbone(Backbone):
    """InternVL, LLaVA-NeXT-Video, LLaVA-OneVision, Qwen2.5-VL or Qwen3-VL.

    Args:
        config: Hugging Face configuration with its `model_type`.
        image_size: (height, width) in pixels.

    Raises:
        ModelError: another family, or an image size that it cannot cut into tokens.
    """

    def __init__(self, config: Mapping[str, Any], *, image_size: tuple[int, int]) -> None:
        super().__init__()
        arguments = dict(config)
        self.family = str(arguments.pop("model_type"))
        if self.family not in _PIXELS:
            raise ModelError(
                f'"{self.family}" is no vision-language model that is known here',
                remedy=f"Use one of {', '.join(sorted(_PIXELS))}, or a tower and a language model",
            )
        self.image_size = image_size
        hf_config = AutoConfig.for_model(self.family, **arguments)
        self.network: PreTrainedModel = AutoModelForImageTextToText.from_config(
            hf_config, attn_implementation="sdpa"
        )
        self.width = int(hf_config.get_text_config().hidden_size)
        self.is_qwen = self.family.startswith("qwen")
        if self.is_qwen:
            vision = hf_config.vision_config
            self.num_axes = 3
            self.patch_size, self.merge = int(vision.patch_size), int(vision.spatial_merge_size)
            self.num_repeats = int(vision.temporal_patch_size)
            self.num_levels = 1 + len(getattr(vision, "deepstack_visual_indexes", ()))
            side = self.patch_size * self.merge
            if image_size[0] % side or image_size[1] % side:
                raise ModelError(
                    f"images of {image_size[0]} x {image_size[1]} do not divide into tokens",
                    remedy=f"Use an image_size of multiples of {side}",
                )
            self.grid = (image_size[0] // side, image_size[1] // side)
        else:
            with torch.no_grad():
                flat = self._square(torch.zeros(1, *image_size, 3, dtype=torch.uint8))
            height = round(flat.shape[1] ** 0.5)
            if height**2 != flat.shape[1]:
                raise ModelError(
                    f"{flat.shape[1]} tokens per frame are no square",
                    remedy="Use the square image_size that the model was made for",
                )
            self.grid = (height, height)

    @property
    def trunk(self) -> PreTrainedModel:
        """See `Backbone.trunk`."""
        trunk: PreTrainedModel = self.network.model.language_model
        return trunk

    @property
    def head(self) -> nn.Module:
        """See `Backbone.head`."""
        head: nn.Module = self.network.get_output_embeddings()
        return head

    @property
    def vision(self) -> tuple[nn.Module, ...]:
        """See `Backbone.vision`."""
        model = self.network.model
        return (model.visual,) if self.is_qwen else (model.vision_tower,)

    @property
    def projectors(self) -> tuple[nn.Module, ...]:
        """See `Backbone.projectors`."""
        if not self.is_qwen:
            return (self.network.model.multi_modal_projector,)
        visual = self.network.model.visual
        deeper = getattr(visual, "deepstack_merger_list", None)
        return (visual.merger,) if deeper is None else (visual.merger, deeper)

    @property
    def keeps_projected(self) -> bool:
        """See `Backbone.keeps_projected`."""
        return True

    def seen(self, images_FHWC: Tensor) -> Tensor:
        """See `Backbone.seen`; tower and projector are one here, each family in its own way."""
        if not self.is_qwen:
            square: Tensor = self._square(images_FHWC).unflatten(1, self.grid)
            return square[:, :, :, None]
        height, width = (side // self.patch_size for side in self.image_size)
        patches = merged_patches(
            self._pixels(images_FHWC), self.patch_size, merge=self.merge, repeats=self.num_repeats
        )
        sizes = torch.tensor([[1, height, width]], device=patches.device)
        output = self.network.model.get_image_features(
            patches, sizes.expand(len(images_FHWC), -1), return_dict=True
        )
        levels = [output.pooler_output, *getattr(output, "deepstack_features", ())]
        # Some releases of transformers give a level frame by frame, some in one piece.
        whole = [level if isinstance(level, Tensor) else torch.cat(list(level)) for level in levels]
        stacked = torch.stack(whole, dim=-2)
        on_grid: Tensor = stacked.reshape(-1, *self.grid, *stacked.shape[-2:])
        return on_grid

    def _square(self, images_FHWC: Tensor) -> Tensor:
        """(F, h * w, D) of the families whose images are square."""
        pixels, model = self._pixels(images_FHWC), self.network.model
        if self.family == "internvl":
            features: Tensor = model.get_image_features(pixels, return_dict=True).pooler_output
            return features
        # As a video of F frames, which some releases of transformers give frame by frame.
        output = model.get_video_features(pixels[None], return_dict=True)
        tokens: Tensor = output.pooler_output[0].reshape(-1, self.width)
        if self.family == "llava_onevision":
            # Its frames are squares; some releases already end a video with a newline of its own.
            tokens = tokens[: len(pixels) * math.isqrt(len(tokens) // len(pixels)) ** 2]
        per_frame: Tensor = tokens.unflatten(0, (len(pixels), -1))
        return per_frame

    def _pixels(self, images_FHWC: Tensor) -> Tensor:
        weights = next(self.network.parameters())
        return as_pixels(images_FHWC, *_PIXELS[self.family]).to(weights.dtype)

    def _injection(self, injected_RNLD: Tensor | None) -> dict[str, object]:
        if injected_RNLD is None or self.num_levels == 1:
            return {}
        # Added at every token, it is zero where there is no frame: one mask serves all rows.
        everywhere = injected_RNLD.new_ones(injected_RNLD.shape[:2], dtype=torch.bool)
        levels = [injected_RNLD[:, :, level].flatten(0, 1) for level in range(self.num_levels - 1)]
        return {"visual_pos_masks": everywhere, "deepstack_visual_embeds": levels}
