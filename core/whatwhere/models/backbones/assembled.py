"""Any vision tower before any causal language model, joined by a projector of two layers."""

from collections.abc import Mapping
from typing import Any, cast

from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from whatwhere.models.backbones.backbone import Backbone
from whatwhere.models.vision import VisionTower


class AssembledBackbone(Backbone):
    """SigLIP, DINOv2, CLIP ... + Qwen, Llama, SmolLM ...

    Args:
        tower: Hugging Face vision configuration with its `model_type`, and `pixel_mean` and
            `pixel_std` where they are not 0.5.
        language_model: Hugging Face causal LM configuration with its `model_type`.
        image_size: (height, width) in pixels.
    """

    def __init__(
        self,
        tower: Mapping[str, Any],
        language_model: Mapping[str, Any],
        *,
        image_size: tuple[int, int],
    ) -> None:
        super().__init__()
        arguments = dict(language_model)
        config = AutoConfig.for_model(str(arguments.pop("model_type")), **arguments)
        self.image_size = image_size
        self.tower = VisionTower(tower, image_size=image_size)
        self.grid = (self.tower.grid_height, self.tower.grid_width)
        self.language_model: PreTrainedModel = AutoModelForCausalLM.from_config(
            config, attn_implementation="sdpa"
        )
        self.width = int(config.hidden_size)
        self.projector = nn.Sequential(
            nn.Linear(self.tower.num_channels, self.width),
            nn.GELU(),
            nn.Linear(self.width, self.width),
        )

    @property
    def trunk(self) -> PreTrainedModel:
        """See `Backbone.trunk`."""
        return cast("PreTrainedModel", self.language_model.base_model)

    @property
    def head(self) -> nn.Module:
        """See `Backbone.head`."""
        head: nn.Module = self.language_model.get_output_embeddings()
        return head

    @property
    def vision(self) -> tuple[nn.Module, ...]:
        """See `Backbone.vision`."""
        return (self.tower,)

    @property
    def projectors(self) -> tuple[nn.Module, ...]:
        """See `Backbone.projectors`."""
        return (self.projector,)

    def seen(self, images_FHWC: Tensor) -> Tensor:
        """See `Backbone.seen`."""
        features_FCyx: Tensor = self.tower(images_FHWC)
        return features_FCyx.permute(0, 2, 3, 1)[:, :, :, None]

    def projected(self, seen_FyxLC: Tensor) -> Tensor:
        """See `Backbone.projected`."""
        projected: Tensor = self.projector(seen_FyxLC)
        return projected
