"""Whether two configurations train the very same network."""

from collections.abc import Mapping
from typing import Any

from whatwhere.training.config import TrainConfig

_ONLY_WITH = {
    "pseudo_label": ("pseudo_label_weight", "margin"),
    "opponent_weight": ("opponent_margin",),
}
"""Settings that have no effect while the loss that they belong to is off."""

_OF_SECOND_PASS = ("ablated_share", "second_pass_every", "ramp_from", "ramp_to")


def train_alike(stored: Mapping[str, Any], config: TrainConfig) -> bool:
    """Whether a stored configuration and one of today differ in nothing that has an effect.

    Settings that were not there yet when it was stored must be at their defaults.
    """
    defaults = TrainConfig.model_validate({"name": config.name}).model_dump(mode="json")
    now = config.model_dump(mode="json")
    before = {key: stored.get(key, defaults[key]) for key in now}
    return _in_effect(before, defaults) == _in_effect(now, defaults)


def _in_effect(values: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    idle = [
        name
        for switch, names in _ONLY_WITH.items()
        if values[switch] == defaults[switch]
        for name in names
    ]
    if not TrainConfig.model_validate(values).has_second_pass:
        idle += _OF_SECOND_PASS
    return {**values, **{name: defaults[name] for name in idle}}
