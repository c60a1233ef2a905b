"""What is kept of the cases: chosen by chips, bars, words and outlines; each step can be undone."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QUndoCommand, QUndoStack

from whatwhere.evaluation.cases.filters import (
    Copies,
    Filter,
    InQuadrant,
    InSet,
    Moved,
    NamesLooks,
    Spatial,
    Unique,
    Within,
    WithText,
    apply_filters,
)
from whatwhere.evaluation.cases.quadrants import Quadrant
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import ChipShown, Point
from whatwhere_app.cases_desk import CasesDesk, Lens, Sifted, Sorting
from whatwhere_app.presenters.case_columns import order_of
from whatwhere_app.presenters.lasting import Lasting
from whatwhere_app.services.case_points import inside_outline
from whatwhere_app.services.case_standing import standing_of
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

SWITCHES: Mapping[str, tuple[str, str]] = {
    "copies": ("Fused copies 2D", "Fused and 2D choose the same candidate, and it is wrong"),
    "follows": ("Follows looks", "After the exchange of looks the fused answer moved with them"),
    "spatial": ("Spatial", "Some word speaks of place"),
    "no_looks": ("No looks named", "No word speaks of colour, material, shape or size"),
    "multiple": ("Multiple", "Others of the target's class stand in the room"),
}
"""Name -> text and hint of the filters that one click sets."""

_CAUGHT = "outline"


class FiltersView(Protocol):
    """The chips."""

    def show_chips(self, chips: Sequence[ChipShown], switched: Collection[str]) -> None:
        """Replace the chips, and say which switches are on."""


class FilterChange(Lasting):
    """From some filters to others."""

    def __init__(
        self, desk: CasesDesk, text: str, before: tuple[Filter, ...], after: tuple[Filter, ...]
    ) -> None:
        super().__init__(text)
        self._desk, self._before, self._after = desk, before, after

    def undo(self) -> None:
        """Qt: the filters of before."""
        self._desk.set_filters(self._before)

    def redo(self) -> None:
        """Qt: the filters of afterwards."""
        self._desk.set_filters(self._after)

    def again(self) -> QUndoCommand:
        """The same change, for another stack."""
        return FilterChange(self._desk, self.text(), self._before, self._after)


class CaseFiltersPresenter:
    """Turns wishes into filters, and filters into the cases that they keep.

    Args:
        stack: takes every change.
    """

    def __init__(
        self, view: FiltersView, desk: CasesDesk, stack: QUndoStack, board: TaskBoard
    ) -> None:
        self._view, self._desk, self._stack = view, desk, stack
        self._latest = LatestOnly(board)
        desk.filters_changed.connect(self._show)
        for signal in (
            desk.cases_changed,
            desk.filters_changed,
            desk.sorting_changed,
            desk.lens_changed,
        ):
            signal.connect(self._sift)
        self._sifted_by: tuple[object, ...] = ()
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether the filters are being applied."""
        return self._latest.is_running

    def remove(self, number: int) -> None:
        """Take one filter away."""
        filters = self._desk.filters
        if number < len(filters):
            rest = (*filters[:number], *filters[number + 1 :])
            self.change_to(f"remove filter {filters[number].caption}", rest)

    def clear(self) -> None:
        """Take all filters away."""
        self.change_to("take all filters away", ())

    def switch(self, name: str) -> None:
        """Set or take away one of `SWITCHES`."""
        self._exchange(self._switch(name))

    def toggle_part(self, part: Filter) -> None:
        """Keep one part of the cases, or all again; one of its kind at a time."""
        self._exchange(part)

    def toggle_quadrant(self, quadrant: Quadrant) -> None:
        """Keep one quadrant, or all again."""
        self._exchange(InQuadrant(quadrant, self._desk.lens.threshold))

    def add_text(self, text: str) -> None:
        """Keep sentences with these words."""
        self._toggle(WithText(text))

    def keep_outlined(self, outline: Sequence[Point]) -> None:
        """Keep the cases within an outline of the scatter, of those that are kept now."""
        first, sifted = self._desk.first, self._desk.sifted
        if first is None or sifted is None or sifted.of is not first:
            return
        columns, lens = first.columns, self._desk.lens
        at = standing_of(columns, lens.axes, lens.threshold)
        caught = inside_outline(at.x_N, at.y_N, outline) & sifted.kept & columns.counts
        self._exchange(InSet(_CAUGHT, np.asarray(columns.rows[caught])))

    def keep_rows(self, name: str, rows: NDArray[np.integer]) -> None:
        """Keep these sentences, as caught in a view of this name."""
        self._exchange(InSet(name, np.asarray(rows)))

    def toggle_rows(self, name: str, rows: NDArray[np.integer]) -> None:
        """Keep these sentences, or all again where the filter of this name is set."""
        for number, item in enumerate(self._desk.filters):
            if isinstance(item, InSet) and item.name == name:
                self.remove(number)
                return
        self.keep_rows(name, rows)

    def keep_set(self, pinned: InSet) -> None:
        """Keep the cases of a set, besides all else that is kept."""
        self.change_to(f"filter {pinned.caption}", (*self._desk.filters, pinned))

    def change_to(self, text: str, after: tuple[Filter, ...]) -> None:
        """Take other filters, as a step with a name that can be undone."""
        before = self._desk.filters
        if after != before:
            self._stack.push(FilterChange(self._desk, text, before, after))

    def _switch(self, name: str) -> Filter:
        threshold = self._desk.lens.threshold
        known: dict[str, Filter] = {
            "copies": Copies(wrongly=True, threshold=threshold),
            "follows": Moved(),
            "spatial": Spatial(spatial=True),
            "no_looks": NamesLooks(named=False),
            "multiple": Unique(unique=False),
        }
        return known[name]

    def _toggle(self, wanted: Filter) -> None:
        filters = self._desk.filters
        if wanted in filters:
            self.remove(filters.index(wanted))
        else:
            self.change_to(f"filter {wanted.caption}", (*filters, wanted))

    def _exchange(self, wanted: Filter) -> None:
        """One of its kind at a time: another relation takes the place of the first."""
        filters = self._desk.filters
        others = tuple(item for item in filters if not _are_alike(item, wanted))
        if wanted in filters:
            self.remove(filters.index(wanted))
        else:
            self.change_to(f"filter {wanted.caption}", (*others, wanted))

    def _show(self) -> None:
        filters = self._desk.filters
        switched = [name for name in SWITCHES if self._switch(name) in filters]
        chips = [ChipShown(item.caption) for item in filters]
        self._view.show_chips(chips, switched)

    def _sift(self) -> None:
        desk = self._desk
        first = desk.first
        by = (first, desk.filters, desk.sorting, desk.lens.threshold)
        if first is None:
            self._latest.cancel()
        elif by != self._sifted_by:
            work = asyncio.to_thread(_sifted, first, desk.filters, desk.sorting, desk.lens)
            self._latest.run(work, desk.set_sifted)
        self._sifted_by = by


def _are_alike(one: Filter, other: Filter) -> bool:
    """Whether the newer takes the place of the older; sets do where they have one name."""
    if isinstance(one, InSet) and isinstance(other, InSet):
        return one.name == other.name
    if isinstance(one, Within) and isinstance(other, Within):
        return one.column == other.column
    return type(one) is type(other)


def _sifted(
    cases: StoredCases, filters: tuple[Filter, ...], sorting: Sorting, lens: Lens
) -> Sifted:
    kept = apply_filters(cases.columns, filters, find=cases.find)
    standing_of(cases.columns, lens.axes, lens.threshold)  # found at once when it is drawn
    order = order_of(cases, kept, sorting.column, lens.threshold, down=sorting.descending)
    return Sifted(cases, kept, order)
