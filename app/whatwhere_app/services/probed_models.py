"""The model that a recorded answer is probed with: the diagnosis's own, loaded where it is not."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from whatwhere.errors import ConfigError, NotSupportedError
from whatwhere.serving.diagnosis_facts import weights_hash
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.workspace_values import RecordedModel


class ProbedModels:
    """Finds a service of a diagnosed model among those in use, or starts one of its own.

    Args:
        in_use: services of the models that are in use now.
        start: a service for a model, by name or folder; its process starts when it is asked.
    """

    def __init__(
        self,
        in_use: Callable[[], tuple[GrounderService, ...]],
        start: Callable[[str], GrounderService],
    ) -> None:
        self._in_use, self._start = in_use, start
        self._own: GrounderService | None = None
        self._checked: set[RecordedModel] = set()
        self._one_change = asyncio.Lock()

    async def service_of(self, model: RecordedModel) -> GrounderService:
        """The service of the very model that gave a recorded answer, loaded.

        Raises:
            NotSupportedError: its answers came in a file.
            ConfigError: a model of this name has other weights by now.
            WhatWhereError: there is no such model any more, or it cannot be loaded.
        """
        async with self._one_change:
            if model not in self._checked:
                await asyncio.to_thread(_check, model)
                self._checked.add(model)
            services = [*self._in_use()]
            if self._own is not None:
                services.append(self._own)
            for known in services:
                if known.state.model == model.asked:
                    await known.load()
                    return known
            await self._close()
            self._own = self._start(model.asked)
            await self._own.load()
            return self._own

    async def close(self) -> None:
        """End the process that was started here, if any."""
        async with self._one_change:
            await self._close()

    async def _close(self) -> None:
        service, self._own = self._own, None
        if service is not None:
            await service.close()


def _check(model: RecordedModel) -> None:
    if not model.weights:
        raise NotSupportedError(
            f"the answers of {model.name} were imported, and a file of answers cannot be asked "
            "about an edited scene",
            remedy="Press Run to ask the model in use, then probe its answer",
        )
    if weights_hash(model.asked) != model.weights:
        raise ConfigError(
            f"the model {Path(model.asked).name} is not the one that was diagnosed: its weights "
            "are others by now",
            remedy="Diagnose it again, or press Run to ask the model in use and probe its answer",
        )
