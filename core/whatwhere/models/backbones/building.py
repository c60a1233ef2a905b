"""From the `backbone` object of a configuration to a backbone with random weights."""

from collections.abc import Mapping
from typing import Any

from whatwhere.models.backbones.assembled import AssembledBackbone
from whatwhere.models.backbones.backbone import Backbone
from whatwhere.models.backbones.whole import WholeBackbone


def build_backbone(config: Mapping[str, Any], *, image_size: tuple[int, int]) -> Backbone:
    """`{"tower": ..., "language_model": ...}`, or `{"whole": ...}` for a model with both.

    Raises:
        ValueError: the object is neither.
        ModelError: the parts do not fit.
    """
    if set(config) == {"whole"}:
        return WholeBackbone(config["whole"], image_size=image_size)
    if set(config) == {"tower", "language_model"}:
        return AssembledBackbone(config["tower"], config["language_model"], image_size=image_size)
    raise ValueError('backbone holds neither "whole" nor "tower" and "language_model"')
