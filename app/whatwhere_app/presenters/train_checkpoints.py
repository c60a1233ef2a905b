"""The checkpoints of a run: loaded into the explorer, and compared with what the run began from."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from whatwhere.evaluation.probe_rows import Comparison
from whatwhere.evaluation.rates import MIN_SCENES, Rate
from whatwhere.training.metric_log import Curve
from whatwhere.training.run_files import checkpoint_folder
from whatwhere_app.presenters.train_lines import MODALITY_NAMES
from whatwhere_app.presenters.train_runs import percent
from whatwhere_app.runs_desk import CheckpointRef, RunsDesk
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.train_values import CheckpointRow, ComparedRow

_FIGURES = (
    "probe/accuracy/fused",
    "probe/accuracy/2d",
    "probe/accuracy/3d",
    "probe/follow_appearance/fused",
)
_UNKNOWN = "\N{EN DASH}"
_PARTS = {"all": "all", "spatial": "spatial"}

Compare = Callable[[CheckpointRef], tuple[list[Comparison], int]]


class CheckpointsView(Protocol):
    """The list of checkpoints."""

    def show_checkpoints(self, rows: Sequence[CheckpointRow], chosen: int | None) -> None:
        """Show all, and mark the one of this step."""

    def show_comparison(self, rows: Sequence[ComparedRow], note: str) -> None:
        """Two columns and their difference; brings it to the front."""


class TrainCheckpointsPresenter:
    """Shows the selected run's checkpoints and hands one on.

    Args:
        compare: reads two looks at the probe set; called in a thread.
        load: opens a model folder beside the one in use; True lets it lead.
        go_through: shows a run step by step, from a step on; True with arrows from its start.
        set_enabled: whether a command is of use now.
    """

    def __init__(
        self,
        view: CheckpointsView,
        desk: RunsDesk,
        board: TaskBoard,
        *,
        compare: Compare,
        load: Callable[[Path, bool], None],
        go_through: Callable[[Path, int | None, bool], None],
        set_enabled: Callable[[str, bool], None],
    ) -> None:
        self._view, self._desk, self._board = view, desk, board
        self._compare, self._load, self._set_enabled = compare, load, set_enabled
        self._go_through = go_through
        self._latest = LatestOnly(board)
        desk.look_changed.connect(self._show)
        desk.checkpoint_changed.connect(self._show)
        self._show()

    def choose(self, step: int) -> None:
        """The user chose a checkpoint of the selected run."""
        if self._desk.run is not None:
            self._desk.set_checkpoint(CheckpointRef(self._desk.run.path, step))

    def load_beside(self) -> None:
        """Open the checkpoint as the second model."""
        self._open(leads=False)

    def load_as_lead(self) -> None:
        """Open the checkpoint as the second model, and let its answers lead."""
        self._open(leads=True)

    def compare_with_base(self) -> None:
        """Put the checkpoint beside the start of its run, on the probe set."""
        chosen = self._desk.checkpoint
        if chosen is not None:
            work = asyncio.to_thread(self._compare, chosen)
            self._latest.run(work, lambda found: self._on_compared(chosen, *found))

    def show_arrows(self) -> None:
        """In Diagnose, every case as an arrow from the start of the run to the checkpoint."""
        chosen = self._desk.checkpoint
        if chosen is not None:
            self._go_through(chosen.run, chosen.step, True)

    def show_over_training(self) -> None:
        """In Diagnose, the run step by step, from the checkpoint on; without one, from its end."""
        run, chosen = self._desk.run, self._desk.checkpoint
        if run is not None:
            is_of_it = chosen is not None and chosen.run == run.path
            self._go_through(run.path, chosen.step if chosen and is_of_it else None, False)

    def _open(self, *, leads: bool) -> None:
        chosen = self._desk.checkpoint
        if chosen is not None:
            self._load(checkpoint_folder(chosen.run, chosen.step), leads)

    def _show(self) -> None:
        run, chosen = self._desk.run, self._desk.checkpoint
        steps = () if run is None else run.checkpoints
        curves = {} if run is None else self._desk.look.curves.get(run.path, {})
        rows = [
            CheckpointRow(step, _figures([_at(curves.get(name), step) for name in _FIGURES]))
            for step in reversed(steps)
        ]
        is_there = chosen is not None and chosen.step in steps
        self._view.show_checkpoints(rows, chosen.step if chosen and is_there else None)
        for name in ("load_beside", "load_as_lead", "compare", "arrows"):
            self._set_enabled(f"train.{name}", is_there)
        self._set_enabled("train.over_training", run is not None)

    def _on_compared(
        self, chosen: CheckpointRef, found: Sequence[Comparison], num_scenes: int
    ) -> None:
        run = self._desk.look.summary_of(chosen.run)
        base = run.config.base if run is not None and run.config is not None else ""
        origin = Path(base).name if base else "its random weights"
        note = f"{chosen.run.name}: {origin} at the start, then step {chosen.step}. "
        if num_scenes < MIN_SCENES:
            note += f"{num_scenes} scenes: too few for an interval ({MIN_SCENES} are needed)."
        else:
            note += f"{num_scenes} scenes; in brackets the 95 % interval over them."
        self._view.show_comparison([compared_row(item) for item in found], note)


def compared_row(item: Comparison) -> ComparedRow:
    """One figure of two checkpoints, as it is read."""
    kind, _, modality = item.name.partition("/")
    name = MODALITY_NAMES.get(modality, modality)
    what = _PARTS.get(kind, "follows appearance")
    low, high = item.difference.low, item.difference.high
    is_certain = low is not None and high is not None and (low > 0 or high < 0)
    return ComparedRow(
        f"{name}, {what}",
        str(item.difference.n),
        _share(item.before),
        _share(item.after),
        _difference(item.difference),
        is_certain,
    )


def _share(found: Rate) -> str:
    return _UNKNOWN if np.isnan(found.value) else percent(found.value)


def _difference(found: Rate) -> str:
    if np.isnan(found.value):
        return _UNKNOWN
    text = _points(found.value)
    if found.low is None or found.high is None:
        return text
    return f"{text} [{_points(found.low)}, {_points(found.high)}]"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")


def _at(curve: Curve | None, step: int) -> float | None:
    if curve is None:
        return None
    places = np.flatnonzero(curve.steps == step)
    return float(curve.means[places[-1]]) if len(places) else None


def _figures(shares: Sequence[float | None]) -> tuple[str, str, str, str]:
    fused, flat, solid, follow = map(percent, shares)
    return fused, flat, solid, follow
