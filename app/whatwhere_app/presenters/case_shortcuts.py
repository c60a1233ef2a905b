"""The shortcut finder over the open cases: run when asked for, shown cue by cue."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere.evaluation.cases.filters import InSet
from whatwhere.evaluation.kept_shortcuts import KeptShortcuts
from whatwhere.jobs.client import OnProgress
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.shortcut_lines import caption, cue_rows, filter_name
from whatwhere_app.presenters.train_lines import MODALITY_NAMES, modality_look
from whatwhere_app.shortcut_values import ShortcutsShown
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import LAYER_TAGS, Theme

Find = Callable[[Path, OnProgress], Coroutine[Any, Any, None]]
Read = Callable[[Path, int], Mapping[str, KeptShortcuts]]
ToggleRows = Callable[[str, NDArray[np.integer]], None]

_EMPTY = "Run or open a diagnosis: what decides between look-alikes can then be weighed here."
_NOT_FOUND = (
    "What decides between two chairs, when place should? Each look-alike's prominence, size, "
    "colour, visibility and place in the picture are weighed against what was chosen. The frames "
    "of every scan are read for it; no model is asked."
)


class ShortcutsView(Protocol):
    """The tab."""

    def show_shortcuts(self, shown: ShortcutsShown) -> None:
        """Replace everything."""

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or how it ended."""


class CaseShortcutsPresenter:
    """Shows which cues explain the choices of the open diagnosis, and finds them.

    Args:
        find: weighs the cues of a diagnosis, in a process of its own.
        read: what was found before, for so many cases, by modality; called in a thread.
        toggle_rows: filters by sentences, or takes that filter away.
        set_can_find: whether there is something to look at.
        theme: whose colours the cues have.
    """

    def __init__(
        self,
        view: ShortcutsView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        find: Find,
        read: Read,
        toggle_rows: ToggleRows,
        set_can_find: Callable[[bool], None],
        theme: Theme,
    ) -> None:
        self._view, self._desk, self._board, self._theme = view, desk, board, theme
        self._find, self._read, self._toggle_rows = find, read, toggle_rows
        self._set_can_find = set_can_find
        self._found: Mapping[str, KeptShortcuts] = {}
        self._modality = "2d"
        self._reading = LatestOnly(board)
        self._task: asyncio.Task[Any] | None = None
        desk.cases_changed.connect(self._look)
        desk.filters_changed.connect(self._show)
        self._look()

    @property
    def is_busy(self) -> bool:
        """Whether shortcuts are looked for or read."""
        return self._reading.is_running or self._is_finding

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._show()

    def choose_modality(self, modality: str) -> None:
        """Show what explains the choices of another one."""
        self._modality = modality
        self._show()

    def find(self) -> None:
        """Weigh the cues of the open cases."""
        first = self._desk.first
        if first is not None and not self._is_finding:
            self._task = self._board.spawn(self._work(first.folder))

    def cancel(self) -> None:
        """Stop it."""
        if self._task is not None:
            self._task.cancel()

    def on_chosen(self, key: str) -> None:
        """Keep the cases that a cue explains, or all again."""
        first, found = self._desk.first, self._found.get(self._shown_modality)
        if first is None or found is None:
            return
        cue = next(item for item in found.cues if item.name == key)
        name = filter_name(_tag(self._shown_modality), cue)
        self._toggle_rows(name, first.columns.rows[np.asarray(cue.cases, np.int64)])

    @property
    def _is_finding(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def _shown_modality(self) -> str:
        return self._modality if self._modality in self._found else next(iter(self._found), "")

    def _look(self) -> None:
        first = self._desk.first
        self._set_can_find(first is not None)
        self._found = {}
        self._show()
        if first is None:
            self._reading.cancel()
        else:
            work = asyncio.to_thread(self._read, first.folder, len(first.columns))
            self._reading.run(work, self._on_read)

    def _on_read(self, found: Mapping[str, KeptShortcuts]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        first, modality = self._desk.first, self._shown_modality
        if first is None or not modality:
            said = _EMPTY if first is None else _NOT_FOUND
            self._view.show_shortcuts(ShortcutsShown(caption=said, can_find=first is not None))
            return
        found = self._found[modality]
        filtered = frozenset(item.name for item in self._desk.filters if isinstance(item, InSet))
        self._view.show_shortcuts(
            ShortcutsShown(
                tuple((name, f"{MODALITY_NAMES.get(name, name)} chose") for name in self._found),
                modality,
                modality_look(self._theme, modality)[0],
                found.verdict,
                caption(found, len(first.columns)),
                cue_rows(found, _tag(modality), filtered),
                can_find=True,
            )
        )

    async def _work(self, folder: Path) -> None:
        self._view.show_progress(None, "Starting…", is_running=True)
        said = ""
        try:
            with self._board.job("Looking for shortcuts", cancel=self.cancel) as progress:

                def on_progress(done: int, total: int, what: str) -> None:
                    progress(done, total, what)
                    share = done / total if total else None
                    self._view.show_progress(share, what.capitalize(), is_running=True)

                await self._find(folder, on_progress)
        except (Cancelled, asyncio.CancelledError):
            said = "Stopped. Nothing was kept."
            raise
        except WhatWhereError as error:
            said = str(error)
            self._board.notice(said)  # not by raising it: restarting the host would not help
        finally:
            self._view.show_progress(None, said)
        self._look()


def _tag(modality: str) -> str:
    return next((tag for layer, tag in LAYER_TAGS.items() if layer == modality), modality)
