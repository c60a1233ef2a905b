"""Accuracy beside chance, part by part, of what the filters keep."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from whatwhere.evaluation.cases.filters import Filter, apply_filters
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.parts import axis_names
from whatwhere.evaluation.rates import MIN_SCENES
from whatwhere_app.case_values import DRAWN, Bar, BarRow
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.presenters.train_lines import MODALITY_NAMES, modality_look
from whatwhere_app.services.case_bars import (
    Group,
    filter_of,
    groups_of,
    is_of_axis,
    parts_of_case,
)
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Theme

_AFTER_S = 0.05
"""The table comes first: two threads that reckon at once keep each other waiting."""

_ALL = "All cases"
_AXES = {
    "relation": "by relation",
    "skill": "by skill",
    "category": "by category",
    "look-alikes": "unique and multiple",
    "distance": "by distance to a look-alike",
    "visibility": "by visibility",
}
_FEW = "few scenes"


class BarsView(Protocol):
    """The bars."""

    def show_axes(self, axes: Sequence[tuple[str, str]], chosen: str) -> None:
        """The ways in which cases can be shared out, by name, and the one in use."""

    def show_rows(self, rows: Sequence[BarRow], note: str) -> None:
        """Replace all rows, and what there is to know about them."""


class CaseBarsPresenter:
    """Counts anew whenever other cases are kept; a part that is filtered by leaves the others.

    Args:
        toggle: keeps the cases of a part, or all again.
        theme: whose colours the bars have.
    """

    def __init__(
        self,
        view: BarsView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        toggle: Callable[[Filter], None],
        theme: Theme,
    ) -> None:
        self._view, self._desk, self._theme, self._toggle = view, desk, theme, toggle
        self._axis = "relation"
        self._groups: tuple[Group, ...] = ()
        self._latest = LatestOnly(board)
        self._counted: tuple[object, ...] = ()
        for signal in (desk.cases_changed, desk.filters_changed, desk.lens_changed):
            signal.connect(self._count)
        desk.case_changed.connect(self._show)
        desk.hovered_changed.connect(self._show)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether cases are being counted."""
        return self._latest.is_running

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._show()

    def choose_axis(self, axis: str) -> None:
        """Share the cases out in another way."""
        self._axis = axis
        self._count()

    def on_chosen(self, part: str) -> None:
        """Keep the cases of one part, or all again."""
        self._toggle(filter_of(self._shown_axis, part))

    @property
    def _shown_axis(self) -> str:
        """The chosen one, or the first that these cases have something to say on."""
        first = self._desk.first
        names = () if first is None else axis_names(first.columns)
        return self._axis if self._axis in names else next(iter(names), self._axis)

    def _count(self) -> None:
        first, threshold, axis = self._desk.first, self._desk.lens.threshold, self._shown_axis
        # Bars of other parts are what one compares with: they stay.
        others = tuple(item for item in self._desk.filters if not is_of_axis(item, axis))
        by = (first, others, threshold, axis)
        if first is None:
            self._latest.cancel()
            self._on_counted(())
        elif by != self._counted:
            self._latest.run(_counted_soon(first, others, threshold, axis), self._on_counted)
        else:
            self._show()
        self._counted = by

    def _on_counted(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups
        self._show()

    def _show(self) -> None:
        first, axis = self._desk.first, self._shown_axis
        names = () if first is None else axis_names(first.columns)
        self._view.show_axes([(name, _AXES.get(name, name)) for name in names], axis)
        filtered = {item for item in self._desk.filters if is_of_axis(item, axis)}
        has_intervals = self._groups and self._groups[0].num_scenes >= MIN_SCENES
        rows = [
            self._row(
                group,
                is_chosen=bool(group.name) and filter_of(axis, group.name) in filtered,
                has_case=group.name in self._parts_of(self._desk.case),
                is_hovered=group.name in self._parts_of(self._desk.hovered),
                note=_FEW if has_intervals and group.num_scenes < MIN_SCENES else "",
            )
            for group in self._groups
        ]
        note = ""
        if self._groups and self._groups[0].count and not has_intervals:
            scenes = counted(self._groups[0].num_scenes, "scene")
            note = f"{scenes}: too few for intervals, {MIN_SCENES} are needed."
        elif any(row.note for row in rows):
            note = f"* fewer than {MIN_SCENES} scenes: no interval"
        self._view.show_rows(rows, note)

    def _parts_of(self, case: int | None) -> frozenset[str]:
        first = self._desk.first
        if first is None or case is None:
            return frozenset()
        return parts_of_case(first.columns, self._shown_axis, case)

    def _row(
        self, group: Group, *, is_chosen: bool, has_case: bool, is_hovered: bool, note: str
    ) -> BarRow:
        bars = tuple(
            Bar(
                MODALITY_NAMES[name],
                group.accuracy[name].value,
                modality_look(self._theme, name)[0],
                group.accuracy[name].low,
                group.accuracy[name].high,
            )
            for name in DRAWN
            if name in group.accuracy
        )
        follow = ""
        if group.follow is not None:
            share, count = group.follow
            follow = f"follows {100 * share:.0f} % of {count:,}"
        return BarRow(
            group.name,
            group.name or _ALL,
            group.count,
            bars,
            group.chance,
            follow,
            is_chosen=is_chosen,
            has_case=has_case,
            is_hovered=is_hovered,
            note=note,
        )


async def _counted_soon(
    cases: StoredCases, filters: tuple[Filter, ...], threshold: float, axis: str
) -> tuple[Group, ...]:
    await asyncio.sleep(_AFTER_S)
    return await asyncio.to_thread(_counted, cases, filters, threshold, axis)


def _counted(
    cases: StoredCases, filters: tuple[Filter, ...], threshold: float, axis: str
) -> tuple[Group, ...]:
    kept = apply_filters(cases.columns, filters, find=cases.find)
    return groups_of(cases.columns, kept, threshold, axis)
