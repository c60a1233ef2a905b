"""A second model beside the first: asked the same, drawn thinner, exchanged by one key."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from whatwhere.errors import (
    ExpressionError,
    ProgramEndedError,
    WhatWhereError,
    WorkerDiedError,
)
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Modality
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.query import MODALITIES
from whatwhere_app.presenters.replying import replies_or_why_not
from whatwhere_app.presenters.shown import model_title
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import AS_USUAL, Answers, Replies

Found = TypeVar("Found")


class Rival(Protocol):
    """The service of the second model."""

    def load(self) -> Coroutine[Any, Any, None]:
        """Load it."""

    def encode(self, scene: Scene) -> Coroutine[Any, Any, None]:
        """Let it look at a scene."""

    def ground(
        self, scene: Scene, expression: Expression, modalities: Sequence[Modality]
    ) -> Coroutine[Any, Any, Answers]:
        """Ask it to point."""

    def answer(
        self, scene: Scene, question: Expression, modalities: Sequence[Modality]
    ) -> Coroutine[Any, Any, Replies]:
        """Ask it for an answer in words."""

    def close(self) -> Coroutine[Any, Any, None]:
        """End its process."""


class ComparePresenter:
    """Opens the second model, asks it whatever the first has answered, and lets either lead.

    Args:
        start: the service of a model by name or folder, to be loaded with these settings; its
            process starts when it is asked.
    """

    def __init__(
        self,
        workspace: Workspace,
        board: TaskBoard,
        *,
        start: Callable[[str, LoadSettings], Rival],
    ) -> None:
        self._workspace = workspace
        self._board = board
        self._start = start
        self._rival: tuple[str, Rival] | None = None
        self._shall_lead = False
        self._latest = LatestOnly(board)
        self._one_change = asyncio.Lock()
        workspace.scene_changed.connect(self._prepare)
        workspace.answers_changed.connect(self._on_answers_changed)
        workspace.replies_changed.connect(self._on_replies_changed)

    @property
    def is_busy(self) -> bool:
        """Whether the second model is still at work."""
        return self._latest.is_running or self._one_change.locked()

    def open(
        self,
        model: Path | str,
        *,
        leads: bool = False,
        settings: LoadSettings = AS_USUAL,
    ) -> None:
        """Compare with a model, in place of the one compared with so far.

        Args:
            model: name or folder.
            leads: its answers lead from the first one on.
            settings: how it is loaded.
        """
        name = str(model)
        if name == self._workspace.models.first:
            self._board.notice(f"{name} is the model in use. Choose another one.", level="warning")
        else:
            self._board.spawn(self._open(name, settings, leads=leads))

    def ask_again(self) -> None:
        """Ask the second model what the first one was asked, unless it has answered."""
        if self._workspace.answers:
            self._on_answers_changed()
        elif self._workspace.replies:
            self._on_replies_changed()

    def unload(self) -> None:
        """End the second model and forget its answers."""
        self._board.spawn(self.close())

    def exchange(self) -> None:
        """Let the answers of the other model lead."""
        names = list(self._workspace.answers or self._workspace.replies)
        if len(names) < 2:
            self._board.notice(
                "There is one model to see. Choose Ask > Compare with another model.",
                level="warning",
            )
            return
        lead = self._workspace.lead if self._workspace.lead in names else names[0]
        self._workspace.set_selection(None)
        self._workspace.set_lead(next(name for name in names if name != lead))

    async def close(self) -> None:
        """End the second model."""
        async with self._one_change:
            await self._close()

    async def _close(self, *, only: Rival | None = None) -> None:
        if self._rival is None or only not in (None, self._rival[1]):
            return
        (name, service), self._rival = self._rival, None
        self._latest.cancel()
        left = {key: item for key, item in self._workspace.answers.items() if key != name}
        self._workspace.set_lead(None)
        self._workspace.set_wipe_share(None)
        self._workspace.set_answers(left)
        said = {key: item for key, item in self._workspace.replies.items() if key != name}
        self._workspace.set_replies(said)
        self._workspace.set_models(
            replace(self._workspace.models, second=None, second_settings=AS_USUAL)
        )
        try:
            await service.close()
        except asyncio.CancelledError:  # the program ends meanwhile, and closes it again
            self._rival = name, service
            raise

    async def _open(self, name: str, settings: LoadSettings, *, leads: bool) -> None:
        async with self._one_change:
            await self._close()
            self._shall_lead = leads
            service = self._start(name, settings)
            self._rival = (name, service)
            self._workspace.set_models(
                replace(self._workspace.models, second=name, second_settings=settings)
            )
            if self._workspace.answers or self._workspace.replies:
                self.ask_again()
            else:
                self._prepare()
                if not self._latest.is_running:
                    # Whoever asks meanwhile waits for the same loading.
                    self._board.spawn(self._or_let_go(service, service.load))

    async def _let_go(self, service: Rival) -> None:
        async with self._one_change:
            await self._close(only=service)

    def _prepare(self) -> None:
        scene = self._workspace.scene
        if self._rival is not None and scene is not None and scene.frames and scene.objects:
            service = self._rival[1]
            self._latest.run(
                self._or_let_go(service, lambda: service.encode(scene)), lambda _: None
            )

    def _on_answers_changed(self) -> None:
        answers, scene = self._workspace.answers, self._workspace.scene
        first = answers.get(self._workspace.models.first)
        if self._rival is None or scene is None or first is None or self._rival[0] in answers:
            return
        (name, service), expression = self._rival, first.expression
        self._latest.run(
            self._asked(name, service, lambda: service.ground(scene, expression, MODALITIES)),
            lambda found: self._on_answers(name, found),
        )

    def _on_answers(self, name: str, found: Answers) -> None:
        model = self._workspace.models.first
        first = self._workspace.answers.get(model)
        if first is not None and first.expression == found.expression:
            self._workspace.set_answers({model: first, name: found})
            if self._shall_lead:
                self._shall_lead = False
                self._workspace.set_selection(None)
                self._workspace.set_lead(name)

    def _on_replies_changed(self) -> None:
        replies, scene = self._workspace.replies, self._workspace.scene
        first = replies.get(self._workspace.models.first)
        if self._rival is None or scene is None or first is None or self._rival[0] in replies:
            return
        (name, service), question = self._rival, first.question
        work = replies_or_why_not
        self._latest.run(
            self._asked(name, service, lambda: work(service.answer, scene, question, MODALITIES)),
            lambda found: self._on_replies(name, found),
        )

    def _on_replies(self, name: str, found: Replies) -> None:
        model = self._workspace.models.first
        first = self._workspace.replies.get(model)
        if first is not None and first.question == found.question:
            self._workspace.set_replies({model: first, name: found})

    async def _asked(
        self, name: str, service: Rival, work: Callable[[], Coroutine[Any, Any, Found]]
    ) -> Found:
        """A question to the second model as a job; nothing else would show that it is awaited."""
        with self._board.job(f"Asking {model_title(name)}", cancel=self._latest.cancel):
            return await self._or_let_go(service, work)

    async def _or_let_go(
        self, service: Rival, work: Callable[[], Coroutine[Any, Any, Found]]
    ) -> Found:
        """A second model that cannot be used is not kept.

        One that has no answer to this is, and one whose process died or was ended: another
        question starts it.
        """
        try:
            return await work()
        except (ExpressionError, ProgramEndedError, WorkerDiedError):
            raise
        except WhatWhereError:
            self._board.spawn(self._let_go(service))
            raise
