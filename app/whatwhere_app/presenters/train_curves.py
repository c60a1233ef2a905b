"""Curves of the selected runs: losses, accuracy per modality, follow rates.

Shapes: P points.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.training.metric_log import Curve
from whatwhere_app.presenters.train_lines import (
    LOSSES,
    MODALITY_NAMES,
    loss_color,
    loss_pattern,
    modality_look,
    short_name,
    symbol_of,
)
from whatwhere_app.runs_desk import CheckpointRef, RunsDesk
from whatwhere_app.theme import DARK, Theme
from whatwhere_app.train_values import PlotLine

Plot = Literal["loss", "accuracy", "follow"]
Part = Literal["accuracy", "spatial", "class"]

SMOOTHINGS: tuple[int, ...] = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""What the slider offers: steps over which a value fades to 37 %."""

_FOLLOWED = ("fused", "2d")

METRICS: tuple[str, ...] = (
    *LOSSES,
    *(f"probe/{part}/{m}" for part in ("accuracy", "spatial", "class") for m in MODALITY_NAMES),
    *(f"probe/follow_appearance/{m}" for m in _FOLLOWED),
)
"""Every metric that is drawn."""


class CurvesView(Protocol):
    """The plots."""

    def show_lines(self, plot: Plot, lines: Sequence[PlotLine]) -> None:
        """Replace the lines of one plot."""

    def show_smoothing(self, steps: int) -> None:
        """Over how many steps losses are smoothed."""

    def mark_step(self, step: int | None) -> None:
        """Where the chosen checkpoint stands."""


class TrainCurvesPresenter:
    """Draws what the desk has read, again whenever it has read more."""

    def __init__(self, view: CurvesView, desk: RunsDesk, *, theme: Theme = DARK) -> None:
        self._view, self._desk = view, desk
        self._theme = theme
        self._smoothing_steps = 50
        self._part: Part = "accuracy"
        self._drawn: tuple[object, ...] = ()
        desk.look_changed.connect(self._draw)
        desk.selected_changed.connect(self._draw)
        desk.checkpoint_changed.connect(self._on_checkpoint_changed)
        view.show_smoothing(self._smoothing_steps)

    def set_theme(self, theme: Theme) -> None:
        """Draw in this look."""
        self._theme = theme
        self._draw()

    def smooth(self, place: int) -> None:
        """Take another smoothing, by its place in `SMOOTHINGS`."""
        self._smoothing_steps = SMOOTHINGS[place]
        self._view.show_smoothing(self._smoothing_steps)
        self._draw()

    def show_part(self, part: Part) -> None:
        """Show the accuracy on other sentences."""
        self._part = part
        self._draw()

    def on_point_clicked(self, run: str, step: float) -> None:
        """Choose the checkpoint that was written nearest to a point of a curve."""
        summary = self._desk.look.summary_of(Path(run))
        if summary is None or not summary.checkpoints:
            return
        nearest = min(summary.checkpoints, key=lambda there: abs(there - step))
        others = tuple(path for path in self._desk.selected if path != summary.path)
        self._desk.set_selected((summary.path, *others))
        self._desk.set_checkpoint(CheckpointRef(summary.path, nearest))

    def _on_checkpoint_changed(self) -> None:
        chosen = self._desk.checkpoint
        self._view.mark_step(None if chosen is None else chosen.step)

    def _draw(self) -> None:
        look, selected = self._desk.look, self._desk.selected
        runs = [(run, look.curves[run]) for run in selected if run in look.curves]
        curves = tuple(curve for _, found in runs for curve in found.values())
        # Curves that were not read anew are the same objects; then there is nothing to draw.
        state = (selected, curves, self._smoothing_steps, self._part, self._theme.name)
        if _same(state, self._drawn):
            return
        self._drawn = state
        self._view.show_lines("loss", self._loss_lines(runs))
        self._view.show_lines("accuracy", self._probe_lines(runs, self._part, MODALITY_NAMES))
        follow = {name: MODALITY_NAMES[name] for name in _FOLLOWED}
        self._view.show_lines("follow", self._probe_lines(runs, "follow_appearance", follow))

    def _loss_lines(self, runs: Sequence[tuple[Path, Mapping[str, Curve]]]) -> list[PlotLine]:
        """Every part of one run's loss; of several runs the whole loss alone."""
        names = list(LOSSES) if len(runs) == 1 else ["loss/total"]
        lines = []
        for number, (run, curves) in enumerate(runs):
            for place, name in enumerate(names):
                curve = curves.get(name)
                if curve is None or not len(curve.steps) or not curve.highs.any():
                    continue
                color = loss_color(self._theme, place if len(runs) == 1 else number)
                smooth_P = smoothed(curve.steps, curve.means, self._smoothing_steps)
                title = LOSSES[name] if len(runs) == 1 else short_name(run.name)
                lines.append(
                    PlotLine(
                        f"{run}/{name}",
                        title,
                        color,
                        loss_pattern(place if len(runs) == 1 else number),
                        "",
                        curve.steps,
                        curve.means,
                        smooth_P,
                        str(run),
                    )
                )
        return lines

    def _probe_lines(
        self,
        runs: Sequence[tuple[Path, Mapping[str, Curve]]],
        part: str,
        modalities: Mapping[str, str],
    ) -> list[PlotLine]:
        lines = []
        for number, (run, curves) in enumerate(runs):
            for modality, title in modalities.items():
                curve = curves.get(f"probe/{part}/{modality}")
                if curve is None or not len(curve.steps):
                    continue
                color, pattern = modality_look(self._theme, modality)
                percents_P = 100 * curve.means
                lines.append(
                    PlotLine(
                        f"{run}/{part}/{modality}",
                        title,
                        color,
                        pattern,
                        symbol_of(number),
                        curve.steps,
                        percents_P,
                        percents_P,
                        str(run),
                        "" if len(runs) == 1 else short_name(run.name),
                    )
                )
        return lines


def smoothed(
    steps_P: NDArray[np.float64], values_P: NDArray[np.float64], fade_steps: float
) -> NDArray[np.float64]:
    """The exponential mean over steps, the same however densely the steps were logged.

    A value weighs by the steps since the one before it, and fades to 37 % over `fade_steps`.
    """
    if fade_steps <= 0 or len(steps_P) < 2:
        return values_P
    gaps = np.diff(steps_P)
    gaps_P = np.concatenate([[float(np.median(gaps))], gaps])
    smooth_P = np.empty_like(values_P)
    total = weight = 0.0
    for place, (gap, value) in enumerate(zip(gaps_P.tolist(), values_P.tolist(), strict=True)):
        kept = math.exp(-max(gap, 0.0) / fade_steps)
        total = kept * total + (1 - kept) * value
        weight = kept * weight + (1 - kept)
        smooth_P[place] = total / weight if weight else value
    return smooth_P


def _same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    if len(now) != len(before):
        return False
    curves, old = now[1], before[1]
    assert isinstance(curves, tuple)
    assert isinstance(old, tuple)
    is_as_it_was = len(curves) == len(old) and all(a is b for a, b in zip(curves, old, strict=True))
    return is_as_it_was and now[0] == before[0] and now[2:] == before[2:]
