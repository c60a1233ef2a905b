"""WhatWhere: see why a 3D grounding model points where it points.

The names below are the public Python interface. They resolve on first use, so that
`import whatwhere` is light and a program that only opens scenes never loads torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whatwhere.models.registry import load_grounder
    from whatwhere.scenes.opening import open_scene
    from whatwhere.serving.diagnosing import diagnose
    from whatwhere.serving.evaluating import evaluate
    from whatwhere.training.launch import train

__all__ = ["diagnose", "evaluate", "load_grounder", "open_scene", "train"]

_HOMES = {
    "diagnose": "whatwhere.serving.diagnosing",
    "evaluate": "whatwhere.serving.evaluating",
    "load_grounder": "whatwhere.models.registry",
    "open_scene": "whatwhere.scenes.opening",
    "train": "whatwhere.training.launch",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'whatwhere' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
