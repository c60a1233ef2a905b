"""Shortcuts of a diagnosis: found in a process of its own, kept on disk."""

from pathlib import Path

from whatwhere.folders import user_folder
from whatwhere.jobs.client import OnProgress, WorkerClient

SHORTCUTS_ENTRY = "whatwhere.serving.shortcuts_job:run"


class CaseShortcuts:
    """Looks for shortcuts in one diagnosis at a time; the process lives as long as that takes.

    Args:
        log_path: gets what the process prints; None takes one of the user's.
        entry: of the process; tests name their own.
    """

    def __init__(self, log_path: Path | None = None, *, entry: str = SHORTCUTS_ENTRY) -> None:
        self._log_path = log_path or user_folder("state") / "shortcuts.log"
        self._entry = entry

    async def find(self, folder: Path, on_progress: OnProgress) -> None:
        """Weigh the cues of a diagnosis; what is found lies in its folder then.

        Raises:
            WhatWhereError: it cannot be done, or the process died.
        """
        worker = await WorkerClient.start(
            self._entry, name="The shortcut finder", log_path=self._log_path
        )
        async with worker:
            await worker.request("shortcuts", {"folder": str(folder)}, on_progress=on_progress)
