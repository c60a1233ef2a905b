"""Whether both looks can be read: contrasts as WCAG 2.2 asks for them."""

from itertools import product

import pytest

from whatwhere_app.theme import DRAWN, THEMES, Theme, contrast

SURFACES = ("surface_0", "surface_1", "surface_2")
TEXT, MARK = 4.5, 3.0

themes = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == pytest.approx(1.0)


@themes
def test_texts_stand_out_from_every_surface(theme: Theme) -> None:
    colors = theme.colors()
    least = {"text_1": TEXT, "text_2": TEXT, "link": TEXT, "warning": TEXT, "text_3": MARK}
    weak = [
        (name, surface, round(value, 2))
        for (name, needed), surface in product(least.items(), SURFACES)
        if (value := contrast(colors[name], colors[surface])) < needed
    ]
    assert weak == []
    assert contrast(theme.on_accent, theme.accent) >= TEXT


@themes
def test_marks_and_boxes_stand_out_from_what_lies_behind(theme: Theme) -> None:
    colors = theme.colors()
    behind = [colors[name] for name in (*SURFACES, "scene")]
    weak = [
        (name, surface)
        for name, surface in product(("accent", "error"), behind)
        if contrast(colors[name], surface) < MARK
    ]
    assert weak == []
    lines = {layer: theme.strokes[layer].color for layer in DRAWN}
    faint = [
        layer
        for layer, color in lines.items()
        if contrast(color, theme.scene) < MARK or contrast(color, theme.surface_1) < MARK
    ]
    assert faint == []


@themes
def test_no_two_layers_share_a_line_pattern_on_the_chips(theme: Theme) -> None:
    looks = [(theme.strokes[layer].pattern, theme.strokes[layer].color) for layer in DRAWN]
    assert len(set(looks)) == len(DRAWN)
    patterns = [theme.strokes[layer].pattern for layer in ("2d", "3d", "mix")]
    assert len({*patterns, theme.strokes["fused"].pattern}) == 4
