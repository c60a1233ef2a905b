"""The folders of scans that the user pointed at: looked through in a thread, remembered."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.errors import Cancelled
from whatwhere.scenes.catalogue import Catalogue
from whatwhere.scenes.layouts import OnStep
from whatwhere.scenes.listed_scans import ListedScan
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_PROGRESS_S = 0.05
_WHAT = "Looking for scans"


class ListScans(Protocol):
    """Finds the scans below some folders."""

    def __call__(self, folders: Sequence[Path], *, on_step: OnStep) -> Catalogue:
        """List them; what `on_step` raises stops it."""


class ScanFolders:
    """Keeps the catalogue in step with the folders in the settings.

    Args:
        board: lists the search, which can be cancelled there.
        settings: remember the folders.
        find: finds scans; called in a thread.
        show: gets the scans that were found, folder by folder.
    """

    def __init__(
        self,
        board: TaskBoard,
        settings: SettingsStore,
        *,
        find: ListScans,
        show: Callable[[Sequence[ListedScan]], None],
    ) -> None:
        self._board, self._settings = board, settings
        self._find, self._show = find, show
        self._latest = LatestOnly(board)
        self._given_up = threading.Event()

    @property
    def is_looking(self) -> bool:
        """Whether the folders are being looked through."""
        return self._latest.is_running

    def add(self, folder: Path) -> None:
        """List what lies below one more folder, from now on."""
        folder = folder.absolute()
        self._settings.change(self._settings.value.with_scan_folder(folder))
        self.refresh()

    def remove_around(self, key: str) -> None:
        """List no more what lies below the folder in which this scan was found; files stay."""
        scan = Path(key)
        around = [
            folder
            for folder in map(Path, self._settings.value.scan_folders)
            if scan.is_relative_to(folder)
        ]
        for folder in around:
            self._settings.change(self._settings.value.without_scan_folder(folder))
        self.refresh()

    def refresh(self) -> None:
        """Look through the folders again; what was found before stays listed until then."""
        folders = [Path(folder) for folder in self._settings.value.scan_folders]
        self._given_up.set()
        if not folders:
            self._latest.cancel()
            self._show(())
            return
        self._given_up = threading.Event()
        self._latest.run(self._find_beside(folders, self._given_up), self._on_found)

    def cancel(self) -> None:
        """Stop looking; the next time goes on with what is left."""
        self._given_up.set()
        self._latest.cancel()

    async def _find_beside(self, folders: Sequence[Path], given_up: threading.Event) -> Catalogue:
        loop = asyncio.get_running_loop()
        with self._board.job(_WHAT, cancel=self.cancel) as progress:
            told_s = 0.0

            def on_step(done: int, known: int, what: str) -> None:
                nonlocal told_s
                if given_up.is_set():
                    raise Cancelled(_WHAT)
                if time.monotonic() - told_s > _PROGRESS_S:
                    told_s = time.monotonic()
                    loop.call_soon_threadsafe(progress, done, known, what)

            try:
                return await asyncio.to_thread(self._find, folders, on_step=on_step)
            finally:
                given_up.set()

    def _on_found(self, found: Catalogue) -> None:
        self._show(found.scans)
        if found.faults:
            more = f" ({len(found.faults) - 1} more)" if len(found.faults) > 1 else ""
            self._board.notice(found.faults[0] + more, level="warning")
        elif not found.scans:
            named = ", ".join(self._settings.value.scan_folders)
            self._board.notice(
                f"{named}: there is no scan in it. Choose the folder that holds the scan folders.",
                level="warning",
            )
