"""Sets of cases in files: what is kept now is pinned under a name, and a pinned set is kept."""

from collections.abc import Callable
from pathlib import Path

from whatwhere.errors import WhatWhereError
from whatwhere.evaluation.cases.filters import InSet
from whatwhere.evaluation.cases.pinned import SUFFIX, PinnedSet, read_pinned, write_pinned
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard

_USUAL = f"cases{SUFFIX}"


class CaseSetsPresenter:
    """Writes and reads case sets of the open diagnosis.

    Args:
        ask_where: for a file to write, given a suggestion; None for none.
        ask_which: for a file to read; None for none.
        keep: keeps a set as a filter.
        set_enabled: whether a command is of use.
        folder: where sets lie unless the user says otherwise.
    """

    def __init__(
        self,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        ask_where: Callable[[Path], Path | None],
        ask_which: Callable[[Path], Path | None],
        keep: Callable[[InSet], None],
        set_enabled: Callable[[bool], None],
        folder: Path,
    ) -> None:
        self._desk, self._board, self._folder = desk, board, folder
        self._ask_where, self._ask_which, self._keep = ask_where, ask_which, keep
        desk.sifted_changed.connect(lambda: set_enabled(desk.first is not None))
        desk.cases_changed.connect(lambda: set_enabled(desk.first is not None))
        set_enabled(False)

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

    def open(self) -> None:
        """Keep the cases of a file's set; the filter can be undone as any other."""
        first = self._desk.first
        path = None if first is None else self._ask_which(self._folder)
        if first is None or path is None:
            return
        try:
            self._keep(read_pinned(path).filter(first))
        except WhatWhereError as error:
            self._board.tell(error)
