"""What the Diagnose layout works on: the open cases, which are kept, and which one is meant.

The one shared state of that layout, as the workspace is of the rest: frozen values, `set_x`,
`x_changed`; presenters write, and hear of each other through it alone. Shapes: n cases, K kept.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, SignalInstance

from whatwhere.evaluation.cases.filters import Filter
from whatwhere.evaluation.cases.store import ListedCases, StoredCases
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


class CasesDesk(QObject):
    """The state of the Diagnose layout."""

    listed_changed = Signal()
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

    def set_cases(self, first: StoredCases | None, second: StoredCases | None = None) -> None:
        """Open other cases; what was selected among the old ones is forgotten."""
        if (first, second) == (self._first, self._second):
            return
        if first is not self._first:
            self.set_case(None)
            self.set_hovered(None)
            self._sifted = None
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
