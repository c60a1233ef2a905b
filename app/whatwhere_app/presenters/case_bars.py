"""Accuracy beside chance, relation by relation, of what the filters keep."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from whatwhere.evaluation.cases.filters import Filter, OfRelation, apply_filters
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import DRAWN, Bar, BarRow
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.train_lines import MODALITY_NAMES, modality_look
from whatwhere_app.services.case_bars import Group, groups_of
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Theme

_ALL = "All cases"


class BarsView(Protocol):
    """The bars."""

    def show_rows(self, rows: Sequence[BarRow]) -> None:
        """Replace all rows."""


class CaseBarsPresenter:
    """Counts anew whenever other cases are kept; a relation that is filtered by leaves the others.

    Args:
        theme: whose colours the bars have.
    """

    def __init__(self, view: BarsView, desk: CasesDesk, board: TaskBoard, *, theme: Theme) -> None:
        self._view, self._desk, self._theme = view, desk, theme
        self._groups: tuple[Group, ...] = ()
        self._latest = LatestOnly(board)
        self._counted: tuple[object, ...] = ()
        for signal in (desk.cases_changed, desk.filters_changed, desk.lens_changed):
            signal.connect(self._count)
        desk.case_changed.connect(self._show)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether cases are being counted."""
        return self._latest.is_running

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._show()

    def _count(self) -> None:
        first, threshold = self._desk.first, self._desk.lens.threshold
        # Bars of other relations are what one compares with: they stay.
        others = tuple(item for item in self._desk.filters if not isinstance(item, OfRelation))
        by = (first, others, threshold)
        if first is None:
            self._latest.cancel()
            self._on_counted(())
        elif by != self._counted:
            work = asyncio.to_thread(_counted, first, others, threshold)
            self._latest.run(work, self._on_counted)
        else:
            self._show()
        self._counted = by

    def _on_counted(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups
        self._show()

    def _show(self) -> None:
        chosen = {item.relation for item in self._desk.filters if isinstance(item, OfRelation)}
        first, case = self._desk.first, self._desk.case
        spoken: set[str] = set()
        if first is not None and case is not None:
            names = first.columns.relations
            spoken = {names[number] for number in np.flatnonzero(first.columns.has_relation[case])}
        self._view.show_rows([self._row(group, chosen, spoken) for group in self._groups])

    def _row(self, group: Group, chosen: set[str], spoken: set[str]) -> BarRow:
        bars = tuple(
            Bar(MODALITY_NAMES[name], group.accuracy[name], modality_look(self._theme, name)[0])
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
            is_chosen=group.name in chosen,
            has_case=group.name in spoken,
        )


def _counted(
    cases: StoredCases, filters: tuple[Filter, ...], threshold: float
) -> tuple[Group, ...]:
    kept = apply_filters(cases.columns, filters, find=cases.find)
    return groups_of(cases.columns, kept, threshold)
