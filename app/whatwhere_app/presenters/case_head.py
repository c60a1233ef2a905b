"""Which diagnoses are open, and what the first one says in a line."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from whatwhere.evaluation.cases.store import ListedCases, StoredCases
from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere_app.case_values import HeadShown
from whatwhere_app.cases_desk import CasesDesk, ListedRun
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.presenters.settled import SETTLED_S
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
        read: one of them by its name, or by its folder elsewhere; called in a thread.
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
        self._elsewhere: dict[str, str] = {}
        desk.listed_changed.connect(self._show)
        desk.runs_changed.connect(self._show)
        desk.run_changed.connect(self._show)
        desk.cases_changed.connect(self._on_cases_changed)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether diagnoses are looked for, read or reckoned."""
        working = (self._listing, self._opening, self._reckoning)
        return any(work.is_running for work in working)

    def look(self, *, opens_newest: bool = True) -> None:
        """Look for diagnoses.

        Args:
            opens_newest: the newest is opened where none is open.
        """
        deliver = self._on_listed if opens_newest else self._list
        self._listing.run(asyncio.to_thread(self._find), deliver)

    def open_first(self, name: str) -> None:
        """Open a diagnosis; the one beside it stays where it is of the same split."""
        first = self._desk.first
        is_open = first is not None and _is_look(first) and name == name_of(first)
        if name and not is_open:
            self._opening.run(self._opened(name), self._on_first)

    def open_folder(self, folder: Path) -> None:
        """Open a diagnosis that lies elsewhere; its name stands for it from now on."""
        self._elsewhere[folder.name] = str(folder)
        self.open_first(folder.name)

    def open_fresh(self, name: str) -> None:
        """A diagnosis was made: list it, and open it."""
        self._listing.run(asyncio.to_thread(self._find), self._desk.set_listed)
        self.open_first(name)

    def open_second(self, name: str) -> None:
        """Open a diagnosis beside the first; "" takes it away."""
        second = self._desk.second
        if not name:
            self._desk.set_cases(self._desk.first)
        elif second is None or not _is_look(second) or name != name_of(second):
            self._opening.run(self._opened(name), self._on_second)

    async def _opened(self, name: str) -> StoredCases:
        return await asyncio.to_thread(self._read, self._elsewhere.get(name, name))

    def _on_listed(self, listed: tuple[ListedCases, ...]) -> None:
        self._list(listed)
        names = _names(listed)
        if self._desk.first is None and names:
            self.open_first(names[0])

    def _list(self, listed: tuple[ListedCases, ...]) -> None:
        self._desk.set_listed(listed)
        faults = [item.fault for item in listed if item.fault]
        if faults:
            self._board.notice(faults[0], level="warning")

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
            self._reckoning.run(self._reckoned(first, second), self._on_reckoned)

    async def _reckoned(self, first: StoredCases, second: StoredCases | None) -> tuple[str, str]:
        await asyncio.sleep(SETTLED_S)
        return await asyncio.to_thread(self._reckon, first, second)

    def _reckon(self, first: StoredCases, second: StoredCases | None) -> tuple[str, str]:
        gained = "" if second is None else self._difference(first, second)
        return self._headline(first), gained

    def _on_reckoned(self, found: tuple[str, str]) -> None:
        self._said, self._gained = found
        self._show()

    def _show(self) -> None:
        first, second = self._desk.first, self._desk.second
        names = _names(self._desk.listed)
        run = self._desk.run
        for known in (first if run is None else None, second):
            if known is not None and name_of(known) not in names:
                names.append(name_of(known))
        shown = "" if first is None else name_of(first)
        self._view.show_head(
            HeadShown(
                tuple(names),
                shown if run is None else str(run.path),
                "" if second is None else name_of(second),
                self._said if first is not None else _FIRST_STEP,
                self._gained,
                "" if first is None else _caption(first),
                "" if first is None else f"{_MEANING} {DEFINITIONS['interval']}",
                {str(item.path): _run_title(item) for item in self._desk.runs},
            )
        )


def name_of(cases: StoredCases) -> str:
    """What open cases are called: a diagnosis by its folder, a look of a run by run and step."""
    return cases.facts.name if _is_look(cases) else cases.folder.name


def _is_look(cases: StoredCases) -> bool:
    """Whether they lie in a run's folder, not among the diagnoses."""
    return bool(cases.facts.checkpoint_of) and cases.folder.name != cases.facts.name


def _run_title(run: ListedRun) -> str:
    return f"{run.path.name}, over training: {counted(run.num_looks, 'look')}"


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
