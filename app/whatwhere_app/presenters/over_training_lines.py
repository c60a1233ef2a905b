"""The figures of a training run's steps: in a line, and as curves."""

from collections.abc import Mapping

import numpy as np

from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere.evaluation.over_steps import HEADLINE, StepFigures
from whatwhere.evaluation.rates import MIN_SCENES, Rate
from whatwhere_app.cases_desk import RunOpen
from whatwhere_app.presenters.train_lines import MODALITY_NAMES, modality_look
from whatwhere_app.theme import Theme
from whatwhere_app.train_values import PlotLine

MEANING = f"{DEFINITIONS['follow_appearance']} {DEFINITIONS['interval']}"

_NAMES = {"fused": "fused", "2d": "2D", "3d": "3D"}
_DRAWN = ("fused", "2d")
_FOLLOW = "follow"


def step_said(figures: StepFigures, start: StepFigures | None = None) -> str:
    """What a step comes to; with a start, both.

    Args:
        figures: of the step.
        start: of the step that it is held against.
    """
    followed = "no twins, so that following is not known"
    if figures.follow:
        before = {} if start is None else start.follow
        kind = "follow" if figures.twin_kind == HEADLINE else f"follow {figures.twin_kind}"
        followed = f"{kind} {_both(figures.follow, before, 'fused')}"
    before = {} if start is None else start.accuracy
    right = ", ".join(
        f"{_NAMES[name]} {_both(figures.accuracy, before, name)}"
        for name in _NAMES
        if name in figures.accuracy
    )
    step = f"{figures.step:,}" if start is None else f"{start.step:,} → {figures.step:,}"
    few = "" if figures.num_scenes >= MIN_SCENES else f" ({figures.num_scenes} scenes: no interval)"
    return f"Step {step}: {followed}; right: {right}{few}."


def plot_lines(run: RunOpen, theme: Theme) -> tuple[PlotLine, ...]:
    """Following and accuracy over the steps, in percent."""
    steps = np.array([item.step for item in run.figures], np.float64)
    found = []
    if any("fused" in item.follow for item in run.figures):
        values = _values([item.follow.get("fused") for item in run.figures])
        found.append(
            PlotLine(
                _FOLLOW, "Follows", theme.text_1, "solid", "d", steps, values, values, str(run.path)
            )
        )
    for name in _DRAWN:
        if not any(name in item.accuracy for item in run.figures):
            continue
        values = _values([item.accuracy.get(name) for item in run.figures])
        color, pattern = modality_look(theme, name)
        title = f"{MODALITY_NAMES[name]} right"
        found.append(
            PlotLine(name, title, color, pattern, "o", steps, values, values, str(run.path))
        )
    return tuple(found)


def _both(rates: Mapping[str, Rate], before: Mapping[str, Rate], name: str) -> str:
    """Of a change, the ends alone: its interval is that of the paired difference."""
    found = rates.get(name)
    if name in before:
        return f"{_share(before[name])} → {_share(found)} %"
    if found is None or found.low is None or found.high is None:
        return f"{_share(found)} %"
    return f"{_share(found)} % [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _share(found: Rate | None) -> str:
    return f"{100 * found.value:.1f}" if found is not None and found.n else "?"


def _values(rates: list[Rate | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if found is None else 100 * found.value for found in rates])
