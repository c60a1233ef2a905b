"""How the training panel's curves are called and told apart."""

import re

from whatwhere_app.theme import LAYER_NAMES, SERIES, Layer, Pattern, Theme

LOSSES: dict[str, str] = {
    "loss/total": "total",
    "loss/alignment": "Alignment",
    "loss/pseudo_label": "Pseudo-Label",
    "loss/what_keeper": "what-keeper",
    "loss/opponent": "opponent",
    "loss/product": "product",
    "loss/anchor": "anchor",
    "loss/attribute": "attribute",
}
"""Metric -> what its curve is called; a loss that is not in use is 0 throughout and not drawn."""

MODALITY_NAMES: dict[str, str] = {
    "fused": LAYER_NAMES["fused"],
    "2d": LAYER_NAMES["2d"],
    "3d": LAYER_NAMES["3d"],
    "blind": "Words only",
    "shuffled": "Shuffled positions",
}
"""Modality -> what its curve is called."""

_LAYERS: dict[str, Layer] = {"fused": "fused", "2d": "2d", "3d": "3d"}
_GREYS: dict[str, Pattern] = {"blind": "dot", "shuffled": "long"}
_PATTERNS: tuple[Pattern, ...] = ("solid", "dash", "dot", "long", "solid")
_DATED = re.compile(r"\d{8}-(\d\d)(\d\d)\d\d-(.+)")
_SYMBOLS = ("o", "t", "s", "d", "+", "x")


def modality_look(theme: Theme, modality: str) -> tuple[str, Pattern]:
    """Colour and line of a modality, those of its boxes; the controls are grey."""
    layer = _LAYERS.get(modality)
    if layer is not None:
        stroke = theme.strokes[layer]
        return stroke.color, stroke.pattern
    return theme.text_3, _GREYS.get(modality, "solid")


def loss_color(theme: Theme, place: int) -> str:
    """The colour of a loss, or of a run's whole loss."""
    series = SERIES[theme.name]
    return series[place % len(series)]


def loss_pattern(place: int) -> Pattern:
    """The line of a loss: neighbours in colour differ in it."""
    return _PATTERNS[place % len(_PATTERNS)]


def short_name(run_name: str) -> str:
    """A run's name with its time of day in place of its date, where it begins with one."""
    found = _DATED.fullmatch(run_name)
    return f"{found[3]} {found[1]}:{found[2]}" if found else run_name


def symbol_of(run_number: int) -> str:
    """The mark on each point of a run's probe curves."""
    return _SYMBOLS[run_number % len(_SYMBOLS)]
