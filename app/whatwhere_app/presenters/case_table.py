"""The case table: rows in order, the selected one marked."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import CaseColumn
from whatwhere_app.cases_desk import CasesDesk, Sifted, Sorting
from whatwhere_app.presenters.case_columns import columns_for

_EMPTY = "Run or open a diagnosis: its cases appear here, one row for each sentence."


class CaseTableView(Protocol):
    """The table."""

    def set_columns(self, columns: Sequence[CaseColumn]) -> None:
        """Other columns."""

    def show_cases(
        self,
        cases_K: NDArray[np.int64],
        read: Callable[[NDArray[np.int64]], Sequence[tuple[str, ...]]],
        said: str,
    ) -> None:
        """Replace all rows."""

    def show_sort(self, column: int | None, *, descending: bool) -> None:
        """By which column the rows are in order."""

    def mark_case(self, case: int | None) -> None:
        """Mark one row."""

    def mark_hovered(self, case: int | None) -> None:
        """Mark the row of the case that the pointer is at somewhere, thinly."""


class CaseTablePresenter:
    """Shows what the filters keep; a chosen row becomes the selected case."""

    def __init__(self, view: CaseTableView, desk: CasesDesk) -> None:
        self._view, self._desk = view, desk
        self._titles: tuple[CaseColumn, ...] = ()
        self._row = 0
        desk.cases_changed.connect(self._show)
        desk.sifted_changed.connect(self._show)
        desk.lens_changed.connect(self._show)
        desk.sorting_changed.connect(self._show_sort)
        desk.case_changed.connect(self._mark)
        desk.hovered_changed.connect(lambda: self._view.mark_hovered(desk.hovered))
        self._show()

    def on_sort_chosen(self, column: int, descending: bool) -> None:
        """A title was clicked; a negative column is the order of the split."""
        self._desk.set_sorting(Sorting(None if column < 0 else column, descending))

    def step(self, by: int) -> None:
        """To the next or previous row."""
        sifted, case = self._desk.sifted, self._desk.case
        if sifted is None or not len(sifted.order):
            return
        at = self._row_of(sifted, case)
        if at is None and case is not None:
            # It has fallen out of the filters in one's hands: the next one has taken its row.
            at = self._row + (by if by < 0 else 0)
        else:
            at = 0 if at is None else at + by
        self._desk.set_case(int(sifted.order[min(max(at, 0), len(sifted.order) - 1)]))

    def _show(self) -> None:
        first, sifted = self._desk.first, self._desk.sifted
        if first is None or sifted is None or sifted.of is not first:
            none = np.zeros(0, np.int64)
            self._view.show_cases(none, lambda _: [], _EMPTY if first is None else "Sorting…")
            return
        columns = columns_for(first)
        shown = tuple(column.shown for column in columns)
        if shown != self._titles:
            self._titles = shown
            self._view.set_columns(shown)
            self._desk.set_sorting(Sorting())
            self._show_sort()
        read = partial(_texts, first, self._desk.lens.threshold)
        self._view.show_cases(sifted.order, read, self._count(first, len(sifted.order)))
        self._mark()

    def _count(self, first: StoredCases, num_kept: int) -> str:
        num_all = len(first.columns)
        left_out = int(np.count_nonzero(first.columns.excluded >= 0))
        said = f"{num_kept:,} of {num_all:,} cases" if num_kept < num_all else f"{num_all:,} cases"
        if left_out:
            said += f" · {left_out:,} of all are left out of every figure"
        return said

    def _show_sort(self) -> None:
        sorting = self._desk.sorting
        self._view.show_sort(sorting.column, descending=sorting.descending)

    def _mark(self) -> None:
        sifted, case = self._desk.sifted, self._desk.case
        at = None if sifted is None else self._row_of(sifted, case)
        self._row = self._row if at is None else at
        self._view.mark_case(case)

    def _row_of(self, sifted: Sifted, case: int | None) -> int | None:
        here = np.flatnonzero(sifted.order == (-1 if case is None else case))
        return int(here[0]) if len(here) else None


def _texts(
    cases: StoredCases, threshold: float, which: NDArray[np.int64]
) -> Sequence[tuple[str, ...]]:
    columns = [column.texts(cases, which, threshold) for column in columns_for(cases)]
    return list(zip(*columns, strict=True))
