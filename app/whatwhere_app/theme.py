"""The look in one table: every colour, size and line pattern of the window, dark and light.

Ground truth and modalities take their hues from the Okabe-Ito palette, which the three common
colour-vision deficiencies can tell apart; each has a second cue, its line pattern. On a light
ground the same hues are darker: text needs a contrast of 4.5, a line or a hint of 3 (WCAG 2.2).
"""

from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["dark", "light"]
Layer = Literal["gt", "fused", "2d", "3d", "distractor", "mix"]
"""Whose box it is: the ground truth's, a modality's, that of another object of the asked class, or
of what lies between `2d` and `fused`."""

LAYERS: tuple[Layer, ...] = ("gt", "fused", "2d", "3d", "distractor")
"""What can be shown or hidden."""
LAYER_KEYS: dict[Layer, str] = {"gt": "1", "fused": "2", "2d": "3", "3d": "4", "distractor": "6"}
"""5 is the orthographic view."""
DRAWN: tuple[Layer, ...] = (*LAYERS, "mix")
LAYER_TAGS: dict[Layer, str] = {
    "gt": "GT",
    "fused": "Fused",
    "2d": "2D",
    "3d": "3D",
    "distractor": "Distractors",
    "mix": "Mix",
}
LAYER_NAMES: dict[Layer, str] = {
    "gt": "Ground truth",
    "fused": "Fused",
    "2d": "2D only",
    "3d": "3D only",
    "distractor": "Same-class distractors",
    "mix": "Mix",
}

Pattern = Literal["solid", "dash", "dot", "long"]

GAP_PX = 4
"""The step of all spacing; panels use 2 steps inside, groups are 3 steps apart."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How the boxes of one layer are drawn.

    Attributes:
        color: "#rrggbb".
        width_px: at a scale of 100 %.
        pattern: dashes are built as geometry; the graphics card draws only solid lines.
        opacity: 0..1.
    """

    color: str
    width_px: float
    pattern: Pattern
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Theme:
    """One look; colours as "#rrggbb".

    Attributes:
        name: "dark" or "light".
        surface_0: window and gaps between panels.
        surface_1: panels.
        surface_2: fields, rows under the mouse, tracks of bars.
        line: hairlines between groups.
        text_1: text.
        text_2: secondary text, captions.
        text_3: hints and what is switched off.
        accent: selection, focus, the one primary button.
        on_accent: text on the accent.
        link: text that leads elsewhere.
        warning: the mark of a warning.
        error: the mark of a fault.
        scene: background of the 3D view.
        highlight: tint of the selected object's vertices.
        strokes: one per layer.
    """

    name: ThemeName
    surface_0: str
    surface_1: str
    surface_2: str
    line: str
    text_1: str
    text_2: str
    text_3: str
    accent: str
    on_accent: str
    link: str
    warning: str
    error: str
    scene: str
    highlight: str
    strokes: dict[Layer, Stroke]

    def stroke_of(self, layer: Layer | None) -> Stroke:
        """How a layer's boxes are drawn; None is the box of a selected object."""
        return Stroke(self.highlight, 2.5, "solid") if layer is None else self.strokes[layer]

    def colors(self) -> dict[str, str]:
        """Every single colour by name, as the style sheet asks for them."""
        return {
            name: getattr(self, name) for name in self.__slots__ if name not in ("name", "strokes")
        }


def _strokes(
    *, gt: str, fused: str, flat: str, solid: str, distractor: str, mix: str
) -> dict[Layer, Stroke]:
    return {
        "gt": Stroke(gt, 3.0, "solid"),
        "fused": Stroke(fused, 2.5, "solid"),
        "2d": Stroke(flat, 2.5, "dash"),
        "3d": Stroke(solid, 3.0, "dot"),
        "distractor": Stroke(distractor, 1.5, "solid", opacity=0.4),
        "mix": Stroke(mix, 3.0, "long"),
    }


DARK = Theme(
    name="dark",
    surface_0="#16181c",
    surface_1="#1d2025",
    surface_2="#282c33",
    line="#31363f",
    text_1="#e6e8eb",
    text_2="#a4abb6",
    text_3="#747c89",
    accent="#3977c4",
    on_accent="#ffffff",
    link="#74aeea",
    warning="#e69f00",
    error="#e5534b",
    scene="#101216",
    highlight="#f0e442",
    strokes=_strokes(
        gt="#009e73",
        fused="#56b4e9",
        flat="#d55e00",
        solid="#cc79a7",
        distractor="#e69f00",
        mix="#e69f00",
    ),
)

LIGHT = Theme(
    name="light",
    surface_0="#eceef1",
    surface_1="#f8f9fa",
    surface_2="#ffffff",
    line="#d5d9df",
    text_1="#1c2026",
    text_2="#545c68",
    text_3="#7b8491",
    accent="#2468b8",
    on_accent="#ffffff",
    link="#2468b8",
    warning="#8f5500",
    error="#c0392b",
    scene="#dfe3e8",
    highlight="#f0e442",
    strokes=_strokes(
        gt="#00875f",
        fused="#0072b2",
        flat="#c95800",
        solid="#b65a8f",
        distractor="#a06800",
        mix="#a06800",
    ),
)

THEMES: dict[ThemeName, Theme] = {"dark": DARK, "light": LIGHT}

SERIES: dict[ThemeName, tuple[str, ...]] = {
    "dark": (
        "#e6e8eb",
        "#f0c75e",
        "#7fd1ae",
        "#b39ddb",
        "#f28b82",
        "#6fc7d6",
        "#c9a57a",
        "#d9a0c3",
    ),
    "light": (
        "#1c2026",
        "#8a6d00",
        "#1f7a54",
        "#6a3fb5",
        "#b3362b",
        "#00707d",
        "#7a5a2e",
        "#a23b7c",
    ),
}
"""Colours of curves that belong to no layer."""


def rgb(color: str) -> tuple[int, int, int]:
    """A "#rrggbb" as three bytes."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(color: str, other: str) -> float:
    """How well two colours stand apart, 1..21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(color), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance of a "#rrggbb", 0..1."""
    shares = (value / 255 for value in rgb(color))
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in shares)
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def mixed(color: str, other: str) -> str:
    """Half of each."""
    return "#" + "".join(f"{(a + b) // 2:02x}" for a, b in zip(rgb(color), rgb(other), strict=True))
