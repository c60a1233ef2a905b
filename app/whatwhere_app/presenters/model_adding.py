"""Taking models in and checking them: a child does it, the panel shows how far it is."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol

from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere_app.model_values import AddKind, WorkShown
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace

Keep = Callable[[str, Mapping[str, Any], Callable[[int, int, str], None]], Coroutine[Any, Any, Any]]
"""Asks the model keeper: method, params, whoever hears how far it is."""

_METHODS: dict[AddKind, str] = {
    "folder": "add_folder",
    "hub": "add_hub",
    "program": "add_program",
    "predictions": "import_predictions",
}
_LACKING: dict[AddKind, str] = {
    "folder": "Name the model's folder.",
    "hub": "Type the model's id: organisation/name.",
    "program": "Type the command that starts the program.",
    "predictions": "Name the file of answers.",
}


class AddingView(Protocol):
    """The Models panel while something is taken in."""

    def show_work(self, work: WorkShown | None) -> None:
        """How far it is; None when it has ended."""

    def hide_form(self) -> None:
        """What was asked for is done."""

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""


class ModelAdding:
    """One work at a time.

    Args:
        keep: does it.
        added: told the name of a new model, or that the list may have changed.
        chosen: the model that is to be checked.
    """

    def __init__(
        self,
        view: AddingView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        keep: Keep,
        added: Callable[[str | None], None],
        chosen: Callable[[], str | None],
    ) -> None:
        self._view, self._workspace, self._board = view, workspace, board
        self._keep, self._added, self._chosen = keep, added, chosen
        self._task: asyncio.Task[Any] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._task is not None and not self._task.done()

    def add(self, kind: AddKind, source: str, name: str, folder: str) -> None:
        """Take a model in.

        Args:
            kind: what it is.
            source: folder, id, command or file.
            name: that it gets; may be empty where the source has one.
            folder: where a program is started; may be empty.
        """
        source, name = source.strip(), name.strip()
        if not source:
            self._view.say(_LACKING[kind], is_fault=True)
            return
        if not name and kind in ("program", "predictions"):
            self._view.say("Give it a name, under which it is listed.", is_fault=True)
            return
        params: dict[str, Any] = {"source": source, "name": name}
        if kind == "program":
            params["cwd"] = folder.strip() or None
        scene = self._workspace.scene
        if kind == "predictions" and scene is not None:
            params["scene"] = str(scene.path)
        title = f"Adding {name or Path(source).name or source}"
        self._start(title, _METHODS[kind], params, self._on_added)

    def verify(self) -> None:
        """Check the chosen model."""
        name = self._chosen()
        if name is not None:
            title = f"Checking {Path(name).name or name}"
            self._start(title, "verify", {"name": name}, lambda said: self._say(" ".join(said)))

    def cancel(self) -> None:
        """End what is under way; nothing half-made is left."""
        if self._task is not None:
            self._task.cancel()

    def _start(
        self, title: str, method: str, params: dict[str, Any], then: Callable[[Any], None]
    ) -> None:
        if self.is_busy:
            self._view.say("One thing after the other: wait, or press Cancel.", is_fault=True)
            return
        self._task = self._board.spawn(self._work(title, method, params, then))

    async def _work(
        self, title: str, method: str, params: dict[str, Any], then: Callable[[Any], None]
    ) -> None:
        self._say("")
        self._view.show_work(WorkShown(title))
        try:
            with self._board.job(title, cancel=self.cancel) as progress:

                def tell(done: int, total: int, what: str) -> None:
                    progress(done, total, what)
                    share = done / total if total else None
                    self._view.show_work(WorkShown(f"{title}: {what}", share))

                then(await self._keep(method, params, tell))
        except Cancelled:
            self._added(None)  # it may have been done just then
            self._say(f"{title} was cancelled.")
        except WhatWhereError as error:
            self._view.say(str(error), is_fault=True)
        finally:
            self._view.show_work(None)

    def _on_added(self, known: Mapping[str, Any]) -> None:
        name = str(known["name"])
        self._view.hide_form()
        more = str(known.get("said", ""))
        if known["kind"] == "external":
            more = "Press Verify to start it once, or load it."
        self._added(name)
        self._say(f"{name} is added. {more}".strip())

    def _say(self, text: str) -> None:
        self._view.say(text, is_fault=False)
