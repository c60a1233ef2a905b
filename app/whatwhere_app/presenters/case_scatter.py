"""The scatter: points in their quadrants, the margin line and its price, arrows to a second model.

Shapes: N cases.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.quadrants import QUADRANTS
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import Axes, ScatterShown
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.services.case_points import scatter_points
from whatwhere_app.services.case_standing import Standing, standing_of

_MOST_ARROWS = 2000


class ScatterView(Protocol):
    """The scatter."""

    def show_points(self, shown: ScatterShown) -> None:
        """Replace everything."""

    def mark_case(self, case: int | None, *, how: Literal["chosen", "hovered"]) -> None:
        """The case that is selected, or that the pointer is at somewhere."""

    def say(self, text: str) -> None:
        """What is under the pointer."""

    def say_margin(self, text: str) -> None:
        """What the line costs."""


class CaseScatterPresenter:
    """Draws the open cases, and answers what is done in the plot.

    Args:
        set_can_use_margin: whether there is a margin to train with.
    """

    def __init__(
        self, view: ScatterView, desk: CasesDesk, *, set_can_use_margin: Callable[[bool], None]
    ) -> None:
        self._view, self._desk = view, desk
        self._set_can_use_margin = set_can_use_margin
        self._drawn: tuple[object, ...] = ()
        desk.cases_changed.connect(self._show)
        desk.sifted_changed.connect(self._show)
        desk.lens_changed.connect(self._on_lens_changed)
        desk.case_changed.connect(self._mark)
        desk.hovered_changed.connect(self._on_hovered)
        self._show()

    def choose_axes(self, axes: Axes) -> None:
        """Draw something else."""
        self._desk.set_lens(replace(self._desk.lens, axes=axes))

    def choose_threshold(self, threshold: float) -> None:
        """Call answers right from another IoU on."""
        self._desk.set_lens(replace(self._desk.lens, threshold=threshold))

    def drag_margin(self, margin: float) -> None:
        """The line was moved to this many nats."""
        self._desk.set_lens(replace(self._desk.lens, margin=round(margin, 3)))

    def on_clicked(self, case: int) -> None:
        """A point was clicked."""
        self._desk.set_case(case)

    def on_hovered(self, case: int) -> None:
        """The pointer is at a case; a negative one is none."""
        self._desk.set_hovered(case if case >= 0 else None)

    def _on_lens_changed(self) -> None:
        self._say_margin()
        lens = self._desk.lens
        if (lens.axes, lens.threshold) != self._drawn:
            self._show()

    def _show(self) -> None:
        first, sifted, lens = self._desk.first, self._desk.sifted, self._desk.lens
        if first is None or sifted is None or sifted.of is not first:
            self._view.show_points(_NOTHING)
            self._set_can_use_margin(False)
            self._view.say(_EMPTY if first is None else "")
            return
        self._drawn = (lens.axes, lens.threshold)
        at = standing_of(first.columns, lens.axes, lens.threshold)
        has_margin = at.axes == "log_p"
        run = self._desk.run  # while one goes through it, axes stay
        self._view.show_points(
            ScatterShown(
                at.axes,
                at.x_N,
                at.y_N,
                at.codes_N,
                sifted.kept,
                at.counts(sifted.kept),
                lens.threshold,
                lens.margin if has_margin else None,
                *self._arrows(first, at, sifted.order),
                str(first.folder if run is None else run.path),
                0.0 if run is None else run.low,
            )
        )
        self._set_can_use_margin(has_margin)
        self._view.say("")
        self._say_margin()
        self._mark()

    def _arrows(
        self, first: StoredCases, here: Standing, kept: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(M, 4) ends of the arrows, and (M,) the cases that they are of."""
        second = self._desk.second
        if second is None:
            return np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
        rows = second.columns.rows
        at = np.argsort(rows, kind="stable")
        wanted = first.columns.rows[kept]
        place = np.minimum(np.searchsorted(rows, wanted, sorter=at), len(rows) - 1)
        same = rows[at[place]] == wanted
        which, theirs = kept[same][:_MOST_ARROWS], at[place][same][:_MOST_ARROWS]
        to_x, to_y = scatter_points(second.columns, here.axes)
        arrows = np.stack([here.x_N[which], here.y_N[which], to_x[theirs], to_y[theirs]], axis=1)
        is_drawn = np.isfinite(arrows).all(axis=1)
        return np.asarray(arrows[is_drawn]), which[is_drawn]

    def _say_margin(self) -> None:
        first, sifted, lens = self._desk.first, self._desk.sifted, self._desk.lens
        if first is None or sifted is None or sifted.of is not first:
            return
        at = standing_of(first.columns, lens.axes, lens.threshold)
        asked, pushed = at.asked_and_penalised(sifted.kept, lens.margin)
        self._view.say_margin(
            f"m = {lens.margin:.2f} nats: the Pseudo-Label Loss would penalise {pushed:,} of "
            f"{asked:,} cases of place."
        )

    def _mark(self) -> None:
        self._view.mark_case(self._desk.case, how="chosen")

    def _on_hovered(self) -> None:
        first, case = self._desk.first, self._desk.hovered
        self._view.mark_case(case, how="hovered")
        self._view.say("" if first is None or case is None else first.texts([case])[0])


_EMPTY = "Run or open a diagnosis: every case appears here as a point."
_NOTHING = ScatterShown(
    "log_p",
    np.zeros(0, np.float32),
    np.zeros(0, np.float32),
    np.zeros(0, np.int8),
    np.zeros(0, np.bool_),
    dict.fromkeys(QUADRANTS, 0),
    0.25,
)
