"""Which diagnoses are open, and what the first one says in a line."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from whatwhere.evaluation.cases.store import ListedCases, StoredCases
from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere_app.case_values import HeadShown
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.presenters.shown import model_title
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_MEANING = DEFINITIONS["follow_appearance"]
_FIRST_STEP = (
    "Which cases does a model get wrong, and does it go by looks? Run a model over a split to see."
)


class HeadView(Protocol):
    """The lists and the headline."""

    def show_head(self, head: HeadShown) -> None:
        """Replace everything."""


class CaseHeadPresenter:
    """Lists and opens diagnoses.

    Args:
        find: every diagnosis; called in a thread.
        read: one of them by its name; called in a thread.
        headline: of the open cases; called in a thread.
        difference: of the second against the first; called in a thread.
    """

    def __init__(
        self,
        view: HeadView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        find: Callable[[], tuple[ListedCases, ...]],
        read: Callable[[str], StoredCases],
        headline: Callable[[StoredCases], str],
        difference: Callable[[StoredCases, StoredCases], str],
    ) -> None:
        self._view, self._desk, self._board = view, desk, board
        self._find, self._read = find, read
        self._headline, self._difference = headline, difference
        self._listing, self._opening = LatestOnly(board), LatestOnly(board)
        self._reckoning = LatestOnly(board)
        self._said = self._gained = ""
        desk.listed_changed.connect(self._show)
        desk.cases_changed.connect(self._on_cases_changed)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether diagnoses are looked for, read or reckoned."""
        working = (self._listing, self._opening, self._reckoning)
        return any(work.is_running for work in working)

    def look(self) -> None:
        """Look for diagnoses; the newest is opened where none is open."""
        self._listing.run(asyncio.to_thread(self._find), self._on_listed)

    def open_first(self, name: str) -> None:
        """Open a diagnosis; the one beside it stays where it is of the same split."""
        if name:
            self._opening.run(asyncio.to_thread(self._read, name), self._on_first)

    def open_fresh(self, name: str) -> None:
        """A diagnosis was made: list it, and open it."""
        self._listing.run(asyncio.to_thread(self._find), self._desk.set_listed)
        self.open_first(name)

    def open_second(self, name: str) -> None:
        """Open a diagnosis beside the first; "" takes it away."""
        if not name:
            self._desk.set_cases(self._desk.first)
        else:
            self._opening.run(asyncio.to_thread(self._read, name), self._on_second)

    def _on_listed(self, listed: tuple[ListedCases, ...]) -> None:
        self._desk.set_listed(listed)
        faults = [item.fault for item in listed if item.fault]
        if faults:
            self._board.notice(faults[0], level="warning")
        names = _names(listed)
        if self._desk.first is None and names:
            self.open_first(names[0])

    def _on_first(self, first: StoredCases) -> None:
        second = self._desk.second
        is_kept = second is not None and _fits(first, second) and second.folder != first.folder
        self._desk.set_cases(first, second if is_kept else None)

    def _on_second(self, second: StoredCases) -> None:
        first = self._desk.first
        if first is None:
            self._desk.set_cases(second)
        elif _fits(first, second):
            self._desk.set_cases(first, second)
        else:
            self._board.notice(
                f"{second.facts.name}: it is of other sentences than {first.facts.name} "
                f"({second.facts.split} and {first.facts.split}), so cases cannot be paired. "
                "Choose a diagnosis of the same split.",
                level="warning",
            )
            self._show()

    def _on_cases_changed(self) -> None:
        first, second = self._desk.first, self._desk.second
        self._said = self._gained = ""
        self._show()
        if first is None:
            self._reckoning.cancel()
        else:
            work = asyncio.to_thread(self._reckon, first, second)
            self._reckoning.run(work, self._on_reckoned)

    def _reckon(self, first: StoredCases, second: StoredCases | None) -> tuple[str, str]:
        gained = "" if second is None else self._difference(first, second)
        return self._headline(first), gained

    def _on_reckoned(self, found: tuple[str, str]) -> None:
        self._said, self._gained = found
        self._show()

    def _show(self) -> None:
        first, second = self._desk.first, self._desk.second
        names = _names(self._desk.listed)
        for known in (first, second):
            if known is not None and known.folder.name not in names:
                names.append(known.folder.name)
        self._view.show_head(
            HeadShown(
                tuple(names),
                "" if first is None else first.folder.name,
                "" if second is None else second.folder.name,
                self._said if first is not None else _FIRST_STEP,
                self._gained,
                "" if first is None else _caption(first),
                "" if first is None else f"{_MEANING} {DEFINITIONS['interval']}",
            )
        )


def _names(listed: tuple[ListedCases, ...]) -> list[str]:
    return [item.folder.name for item in listed if item.facts is not None]


def _fits(first: StoredCases, second: StoredCases) -> bool:
    return first.facts.split_hash == second.facts.split_hash


def _caption(cases: StoredCases) -> str:
    facts = cases.facts
    parts = [
        model_title(facts.model),
        f"{model_title(facts.data)}, {facts.split}",
        counted(len(cases.columns), "case"),
        counted(len(cases.columns.scene_ids), "scene"),
        f"boxes: {facts.box_source}",
    ]
    left = facts.num_sentences - len(cases.columns)
    if not facts.is_complete:
        parts.append(f"not complete: {left:,} sentences are still to be asked")
    elif left:
        why = ", ".join(f"{reason} {count:,}" for reason, count in facts.not_asked.items())
        parts.append(f"{left:,} sentences not asked ({why})" if why else f"{left:,} not asked")
    return " · ".join(parts)
