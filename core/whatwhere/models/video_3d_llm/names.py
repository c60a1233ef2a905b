"""How the tensors of a Video-3D-LLM checkpoint are called, there and here."""

from collections.abc import Iterable
from dataclasses import dataclass

_TOWER = "model.vision_tower.vision_tower.vision_model."
_PREFIXES = (
    (_TOWER, "backbone.tower.network."),
    ("model.mm_projector.", "backbone.projector."),
    ("model.image_newline", "newline"),
    ("model.", "backbone.language_model.model."),
    ("lm_head.", "backbone.language_model.lm_head."),
    ("ground_head_zero_target", "zero_target"),
    ("ground_head_obj.", "ground_head.key."),
    ("ground_head_query.", "ground_head.query."),
)
"""Beginnings of names, there and here; the first that fits counts."""

_NEVER_READ = (f"{_TOWER}post_layernorm.", f"{_TOWER}head.")
"""The original takes the tower's states before these."""


@dataclass(frozen=True, slots=True)
class NameMap:
    """What becomes of the tensors of a checkpoint.

    Attributes:
        here: their names in our network, by their names there.
        unknown: names there that nothing here is called after.
        missing: names here that nothing there fills, as they would be called there.
    """

    here: dict[str, str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


def mapped(there: Iterable[str], expected: Iterable[str]) -> NameMap:
    """Match the names of a checkpoint with those of our network.

    Args:
        there: all names of the checkpoint.
        expected: all names of our network; a tower's may hold `vision_model.`, as some versions
            of transformers call its parts.
    """
    wanted = {name.replace(".network.vision_model.", ".network."): name for name in expected}
    here: dict[str, str] = {}
    unknown: list[str] = []
    for name in there:
        if name.startswith(_NEVER_READ):
            continue
        found = wanted.pop(_translated(name), None)
        if found is None:
            unknown.append(name)
        else:
            here[name] = found
    missing = tuple(sorted(_translated_back(name) for name in wanted))
    return NameMap(here, tuple(sorted(unknown)), missing)


def num_tower_layers(there: Iterable[str]) -> int:
    """How many layers of the tower a checkpoint holds."""
    start = f"{_TOWER}encoder.layers."
    return len({name[len(start) :].split(".")[0] for name in there if name.startswith(start)})


def _translated(name: str) -> str:
    for there, here in _PREFIXES:
        if name.startswith(there):
            return here + name[len(there) :]
    return ""


def _translated_back(name: str) -> str:
    for there, here in _PREFIXES:
        if name.startswith(here):
            return there + name[len(here) :]
    return name
