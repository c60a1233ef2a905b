"""What the Diagnose layout works on: the open cases, which are kept, and which one is meant.

The one shared state of that layout, as the workspace is of the rest: frozen values, `set_x`,
`x_changed`; presenters write, and hear of each other through it alone. Shapes: n cases, K kept.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, SignalInstance

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.filters import Filter
from whatwhere.evaluation.cases.store import ListedCases, StoredCases
from whatwhere.evaluation.over_steps import StepFigures
from whatwhere_app.case_values import Axes


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order of the table.

    Attributes:
        column: its place; None for the order of the split.
        descending: the largest first.
    """

    column: int | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Lens:
    """How the scatter is drawn.

    Attributes:
        axes: what is drawn.
        threshold: IoU from which an answer is right.
        margin: of the line, nats.
    """

    axes: Axes = "log_p"
    threshold: float = 0.25
    margin: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Sifted:
    """What the filters keep.

    Attributes:
        of: the cases that were sifted.
        kept: (n,) bool.
        order: (K,) int64 the kept cases, as the table shows them.
    """

    of: StoredCases
    kept: NDArray[np.bool_]
    order: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run that has kept its looks at the probe set.

    Attributes:
        path: its folder.
        num_looks: so far.
        is_living: it may look again.
    """

    path: Path
    num_looks: int
    is_living: bool


@dataclass(frozen=True, slots=True, eq=False)
class RunOpen:
    """A run that is gone through, look by look; S looks.

    Attributes:
        path: its folder.
        looks: S, by step; all of the same cases.
        figures: S, of each look.
        low: the lowest log p(target | class) that any look draws, so that axes can stay.
    """

    path: Path
    looks: tuple[StoredCases, ...]
    figures: tuple[StepFigures, ...]
    low: float

    def place_of(self, cases: StoredCases | None) -> int | None:
        """Which of the looks these cases are; None for none."""
        places = (place for place, look in enumerate(self.looks) if look is cases)
        return next(places, None)


class CasesDesk(QObject):
    """The state of the Diagnose layout."""

    listed_changed = Signal()
    runs_changed = Signal()
    run_changed = Signal()
    cases_changed = Signal()
    filters_changed = Signal()
    sorting_changed = Signal()
    sifted_changed = Signal()
    lens_changed = Signal()
    case_changed = Signal()
    hovered_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listed: tuple[ListedCases, ...] = ()
        self._runs: tuple[ListedRun, ...] = ()
        self._run: RunOpen | None = None
        self._first: StoredCases | None = None
        self._second: StoredCases | None = None
        self._filters: tuple[Filter, ...] = ()
        self._sorting = Sorting()
        self._sifted: Sifted | None = None
        self._lens = Lens()
        self._case: int | None = None
        self._hovered: int | None = None

    @property
    def listed(self) -> tuple[ListedCases, ...]:
        """Diagnoses that can be opened, newest first."""
        return self._listed

    @property
    def runs(self) -> tuple[ListedRun, ...]:
        """Runs whose looks can be gone through, newest first."""
        return self._runs

    @property
    def run(self) -> RunOpen | None:
        """The run whose looks are gone through; None while there is none."""
        return self._run

    @property
    def first(self) -> StoredCases | None:
        """The open cases."""
        return self._first

    @property
    def second(self) -> StoredCases | None:
        """Cases of the same split beside them."""
        return self._second

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What is kept; all of them hold."""
        return self._filters

    @property
    def sorting(self) -> Sorting:
        """The order of the table."""
        return self._sorting

    @property
    def sifted(self) -> Sifted | None:
        """What the filters keep; of older filters while they are applied."""
        return self._sifted

    @property
    def lens(self) -> Lens:
        """How the scatter is drawn."""
        return self._lens

    @property
    def case(self) -> int | None:
        """The case that every view points at."""
        return self._case

    @property
    def hovered(self) -> int | None:
        """The case under the pointer."""
        return self._hovered

    def set_listed(self, listed: tuple[ListedCases, ...]) -> None:
        """The diagnoses were looked for again."""
        if listed != self._listed:
            self._listed = listed
            self.listed_changed.emit()

    def set_runs(self, runs: tuple[ListedRun, ...]) -> None:
        """The runs were looked for again."""
        self._change("_runs", runs, self.runs_changed)

    def set_run(self, run: RunOpen | None) -> None:
        """Go through another run, or through the same with more looks; None closes it."""
        if run is not self._run:
            self._run = run
            self.run_changed.emit()

    def set_cases(self, first: StoredCases | None, second: StoredCases | None = None) -> None:
        """Open other cases.

        What was selected among the old ones stays where the new ones are of the same sentences,
        row by row, so that one can go through the steps of a training run; else it is forgotten.
        """
        if (first, second) == (self._first, self._second):
            return
        sifted = self._sifted
        if first is not self._first:
            if sifted is None or first is None or not _are_alike(sifted.of, first):
                self.set_case(None)
                self.set_hovered(None)
                self._sifted = None
            else:
                # What is kept by its answers is told soon; until then nothing flickers.
                self._sifted = Sifted(first, sifted.kept, sifted.order)
        self._first, self._second = first, second
        self.cases_changed.emit()

    def set_filters(self, filters: tuple[Filter, ...]) -> None:
        """Keep other cases."""
        self._change("_filters", filters, self.filters_changed)

    def set_sorting(self, sorting: Sorting) -> None:
        """Another order."""
        self._change("_sorting", sorting, self.sorting_changed)

    def set_sifted(self, sifted: Sifted) -> None:
        """The filters were applied."""
        self._sifted = sifted
        self.sifted_changed.emit()

    def set_lens(self, lens: Lens) -> None:
        """Draw the scatter in another way."""
        self._change("_lens", lens, self.lens_changed)

    def set_case(self, case: int | None) -> None:
        """Point at another case."""
        self._change("_case", case, self.case_changed)

    def set_hovered(self, case: int | None) -> None:
        """The pointer has come to a case, or left it."""
        self._change("_hovered", case, self.hovered_changed)

    def _change(self, name: str, value: Any, changed: SignalInstance) -> None:
        if value != getattr(self, name):
            setattr(self, name, value)
            changed.emit()


def _are_alike(one: StoredCases, other: StoredCases) -> bool:
    """Whether the cases at each place are of the same sentence."""
    if one.facts.split_hash != other.facts.split_hash:
        return False
    ours, theirs = one.columns, other.columns
    return np.array_equal(ours.rows, theirs.rows) and _names(ours) == _names(theirs)


def _names(columns: CaseColumns) -> tuple[tuple[str, ...], ...]:
    """What filters and colours go by."""
    return columns.scene_ids, columns.relations, columns.labels
