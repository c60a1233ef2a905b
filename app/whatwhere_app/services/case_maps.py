"""Maps of states and what can be read from states: made in a process of their own, kept on disk."""

from pathlib import Path
from typing import Any

from whatwhere.evaluation.states.kept_maps import StateMap, kept_summary, map_path
from whatwhere.folders import user_folder
from whatwhere.jobs.client import OnProgress, WorkerClient

STATES_ENTRY = "whatwhere.serving.states_job:run"


class CaseMaps:
    """Makes one map at a time, in a process that lives as long as it takes.

    Args:
        log_path: gets what the process prints; None takes one of the user's.
        entry: of the process; tests name their own.
    """

    def __init__(self, log_path: Path | None = None, *, entry: str = STATES_ENTRY) -> None:
        self._log_path = log_path or user_folder("state") / "states.log"
        self._entry = entry

    async def make(self, folder: Path, method: str, on_progress: OnProgress) -> None:
        """Lay out the states of a diagnosis, and read from them what can be read.

        Raises:
            WhatWhereError: it cannot be done, or the process died; states that were kept stay.
        """
        worker = await WorkerClient.start(self._entry, name="The map", log_path=self._log_path)
        async with worker:
            params: dict[str, Any] = {"folder": str(folder)}
            await worker.request("map", {**params, "method": method}, on_progress=on_progress)
            if kept_summary(folder) is None:
                await worker.request("summary", params, on_progress=on_progress)


def find_map(folder: Path, method: str) -> tuple[StateMap | None, dict[str, Any] | None]:
    """The map of a diagnosis and what its states say, where they were made.

    Raises:
        BrokenFileError: the file of the map is none.
    """
    return StateMap.opened(map_path(folder, method)), kept_summary(folder)
