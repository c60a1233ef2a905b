"""Taking models in and checking them, in a child process that lives as long as the work."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whatwhere.errors import Cancelled
from whatwhere.jobs.client import OnProgress, WorkerClient

KEEPER_ENTRY = "whatwhere.serving.model_keeper:run"

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


class ModelKeeping:
    """Asks one thing of the model keeper at a time, each in a process of its own.

    Args:
        log_path: gets what it prints.
        entry: of the keeper; tests name their own.
    """

    def __init__(self, log_path: Path, *, entry: str = KEEPER_ENTRY) -> None:
        self._log_path, self._entry = log_path, entry

    async def ask(self, method: str, params: Mapping[str, Any], on_progress: OnProgress) -> Any:
        """What the keeper answers to a request; cancelling the task ends it.

        Raises:
            WhatWhereError: it cannot be done, or the keeper died.
            Cancelled: the task was cancelled; nothing half-made is left.
        """
        is_online = method == "add_hub" and not any(os.environ.get(name) for name in _OFFLINE)
        keeper = await WorkerClient.start(
            self._entry,
            name="The model keeper",
            log_path=self._log_path,
            arguments=("hub",) if is_online else (),
        )
        async with keeper:
            try:
                return await keeper.request(method, params, on_progress=on_progress)
            except asyncio.CancelledError:
                raise Cancelled("The work") from None
