"""Which models are asked: A and B, loaded, exchanged for others, unloaded and brought back."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Protocol

from whatwhere.errors import ModelError, WhatWhereError
from whatwhere.models.catalogue import find_model
from whatwhere.models.load_settings import LoadSettings
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import AS_USUAL, ModelsInUse


class First(Protocol):
    """The service of the first model."""

    def use(self, model: str, settings: LoadSettings = ...) -> Coroutine[Any, Any, None]:
        """Ask another model from now on."""

    def load(self) -> Coroutine[Any, Any, None]:
        """Load it now."""

    def close(self) -> Coroutine[Any, Any, None]:
        """End its process."""


class Second(Protocol):
    """Whoever opens the second model."""

    def open(self, model: str, *, leads: bool = ..., settings: LoadSettings = ...) -> None:
        """Compare with a model."""

    def close(self) -> Coroutine[Any, Any, None]:
        """End the second model."""


class ModelSlots:
    """Puts models into the places A and B, one change at a time.

    Args:
        stop_asking: gives up the question that is under way.
        ask_again: asks the sentence in hand, or prepares the open scene where there is none.
    """

    def __init__(
        self,
        workspace: Workspace,
        board: TaskBoard,
        *,
        first: First,
        second: Second,
        stop_asking: Callable[[], None],
        ask_again: Callable[[bool], None],
    ) -> None:
        self._workspace, self._board = workspace, board
        self._first, self._second = first, second
        self._stop_asking, self._ask_again = stop_asking, ask_again
        self._one_change = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether the first model is being exchanged."""
        return self._one_change.locked()

    def load_first(self, model: str, settings: LoadSettings = AS_USUAL) -> None:
        """Make a model A, and load it; one that cannot be loaded leaves the former one in use."""
        self._board.spawn(self._load_first(model, settings))

    def load_second(self, model: str, settings: LoadSettings = AS_USUAL) -> None:
        """Make a model B, and load it."""
        self._second.open(model, settings=settings)

    def unload(self, model: str) -> None:
        """End a model's process; A stays in use and is loaded again when it is asked."""
        models = self._workspace.models
        if model == models.second:
            self._board.spawn(self._second.close())
        elif model == models.first:
            self._board.spawn(self._unload_first())

    def bring_back(self, models: ModelsInUse) -> tuple[str, ...]:
        """What was in use last time; the first is loaded when it is asked.

        Returns:
            A sentence per model that is no longer there.
        """
        faults = {name: _why_gone(name) for name in (models.first, models.second) if name}
        if models.first != self._workspace.models.first and not faults[models.first]:
            self._workspace.set_models(
                ModelsInUse(models.first, first_settings=models.first_settings)
            )
            self._board.spawn(self._first.use(models.first, models.first_settings))
        second = models.second
        if second and not faults[second] and second != self._workspace.models.first:
            self._second.open(second, settings=models.second_settings)
        return tuple(fault for fault in faults.values() if fault)

    async def _unload_first(self) -> None:
        async with self._one_change:
            self._stop_asking()
            await self._first.close()

    async def _load_first(self, model: str, settings: LoadSettings) -> None:
        async with self._one_change:
            before = self._workspace.models
            if before.second == model:
                await self._second.close()
            was_asked = bool(self._workspace.answers or self._workspace.replies)
            self._stop_asking()
            await self._exchange(model, settings)
            try:
                await self._first.load()
            except WhatWhereError:
                if (model, settings) != (before.first, before.first_settings):
                    await self._exchange(before.first, before.first_settings)
                self._ask_again(was_asked)
                raise
            self._ask_again(was_asked)

    async def _exchange(self, model: str, settings: LoadSettings) -> None:
        workspace = self._workspace
        workspace.set_selection(None)
        workspace.set_wipe_share(None)
        workspace.set_answers({})
        workspace.set_replies({})
        workspace.set_lead(None)
        workspace.set_models(replace(workspace.models, first=model, first_settings=settings))
        await self._first.use(model, settings)


def _why_gone(model: str) -> str:
    try:
        find_model(model)
    except ModelError as error:
        return f"A model of last time is not asked: {error}"
    return ""
