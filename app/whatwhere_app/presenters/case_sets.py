"""Sets of cases in files: what is kept now is pinned under a name, and a pinned set is kept."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from whatwhere.errors import WhatWhereError
from whatwhere.evaluation.cases.filters import InSet
from whatwhere.evaluation.cases.pinned import SUFFIX, PinnedSet, read_pinned, write_pinned
from whatwhere.evaluation.cases.store import ListedCases, StoredCases
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_USUAL = f"cases{SUFFIX}"


class CaseSetsPresenter:
    """Writes and reads case sets of the open diagnosis.

    Args:
        ask_where: for a file to write, given a suggestion; None for none.
        keep: keeps a set as a filter.
        find: every diagnosis, the newest first; called in a thread.
        open_first: opens a diagnosis by its name.
        set_can_pin: whether there are cases to pin.
        folder: where sets lie unless the user says otherwise.
    """

    def __init__(
        self,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        ask_where: Callable[[Path], Path | None],
        keep: Callable[[InSet], None],
        find: Callable[[], tuple[ListedCases, ...]],
        open_first: Callable[[str], None],
        set_can_pin: Callable[[bool], None],
        folder: Path,
    ) -> None:
        self._desk, self._board, self._folder = desk, board, folder
        self._ask_where, self._keep = ask_where, keep
        self._find, self._open_first = find, open_first
        self._reading = LatestOnly(board)
        self._awaited: PinnedSet | None = None
        for signal in (desk.sifted_changed, desk.cases_changed):
            signal.connect(lambda: set_can_pin(desk.first is not None))
        desk.cases_changed.connect(self._on_cases_changed)
        set_can_pin(False)

    @property
    def is_busy(self) -> bool:
        """Whether a set is being read."""
        return self._reading.is_running

    def pin(self) -> None:
        """Write what is kept now, in the table's order, into a file."""
        first, sifted = self._desk.first, self._desk.sifted
        if first is None or sifted is None or sifted.of is not first:
            return
        path = self._ask_where(self._folder / _USUAL)
        if path is None:
            return
        name = path.name.removesuffix(SUFFIX).removesuffix(".json")
        chosen, path = path, path.with_name(f"{name}{SUFFIX}")
        if path != chosen and path.exists():  # nobody was asked about this one
            self._board.notice(f"{path}: there is such a file. Choose another name.")
            return
        try:
            write_pinned(path, PinnedSet.of(first, sifted.order, name))
        except WhatWhereError as error:
            self._board.tell(error)
            return
        said = counted(len(sifted.order), "case")
        self._board.notice(f"{said} pinned as {name}: {path}", level="info")

    def open(self, path: Path) -> None:
        """Keep the cases of a file's set; the filter can be undone as any other.

        Without an open diagnosis the newest of the set's split is opened.
        """
        self._awaited = None
        self._reading.run(self._read(path), lambda found: self._on_read(path, *found))

    async def _read(self, path: Path) -> tuple[PinnedSet, tuple[ListedCases, ...]]:
        pinned = await asyncio.to_thread(read_pinned, path)
        listed = await asyncio.to_thread(self._find) if self._desk.first is None else ()
        return pinned, listed

    def _on_read(self, path: Path, pinned: PinnedSet, listed: tuple[ListedCases, ...]) -> None:
        if self._desk.first is not None:
            self._keep_of(self._desk.first, pinned)
            return
        names = [
            item.folder.name
            for item in listed
            if item.facts is not None and item.facts.split_hash == pinned.split_hash
        ]
        if names:
            self._awaited = pinned
            self._open_first(names[0])
        else:
            self._board.notice(
                f'{path}: the case set "{pinned.name}" is of sentences of {pinned.split} (split '
                f"hash {pinned.split_hash}), and no diagnosis of these is here. Run one of that "
                "split first.",
                level="warning",
            )

    def _on_cases_changed(self) -> None:
        first, awaited = self._desk.first, self._awaited
        if first is not None and awaited is not None:
            self._awaited = None
            self._keep_of(first, awaited)

    def _keep_of(self, first: StoredCases, pinned: PinnedSet) -> None:
        try:
            self._keep(pinned.filter(first))
        except WhatWhereError as error:
            self._board.tell(error)
