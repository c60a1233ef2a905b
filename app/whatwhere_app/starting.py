"""What is opened first, and what comes back of last time."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from whatwhere_app.composition import Explorer
from whatwhere_app.showing import Showing

_POLL_S = 0.05
_CHOICES = {"restore": "Restore", "clean": "Start clean", "report": "Show report"}


class Start:
    """From the shown window to its first scene; after a crash the user is asked.

    Args:
        explorer: the window.
        showing: the example, where it is to be shown.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        are_models_named: the user has said which models to ask.

    Attributes:
        said: sentences that were said before the first scene stood; it takes them off the screen.
    """

    def __init__(
        self,
        explorer: Explorer,
        showing: Showing | None = None,
        *,
        demo_rooms: Mapping[str, Path] | None = None,
        are_models_named: bool = False,
    ) -> None:
        self._explorer = explorer
        self._showing, self._demo_rooms = showing, dict(demo_rooms or {})
        self._session = explorer.comforts.session
        self._question = explorer.comforts.question
        self._brings_models = showing is None and not are_models_named
        self._is_asking = False
        self.said: list[str] = []
        self._question.answered.connect(self._on_answered)
        explorer.workspace.scene_changed.connect(self._on_scene_changed)

    def open_first(self, scene: Path | None) -> None:
        """The scene asked for, else the example, else the one of last time, else a demo room."""
        before = self._session.begin()
        if before == "running":
            self._explorer.board.notice(
                "Another WhatWhere window is open and keeps the session; "
                "what is done in this one will not come back at the next start.",
                level="warning",
            )
            self._open(scene)
        elif before == "crashed" and scene is None and self._showing is None:
            self._is_asking = True
            self._question.ask(
                f"WhatWhere did not end properly last time. {self._session.describe()}", _CHOICES
            )
        else:
            self._session.lay_out()
            if scene is None:
                self._bring_models_back()
            self._explorer.comforts.keep_session()
            if self._showing is None:
                scene = scene or self._session.last_scene()
            self._open(scene, is_session=True)

    def open_without_session(self, scene: Path | None) -> None:
        """The scene asked for or a demo room; nothing comes back and nothing is kept."""
        self._open(scene)

    def _on_answered(self, answer: str) -> None:
        if answer == "report":
            self._explorer.window.actions_by_name["help.report"].trigger()
            return
        if answer != "restore":
            self._decide()
            self._open(None)
            return
        # Before anything is written down: who is killed again while this one comes back must
        # find it a second time.
        scene = self._session.last_scene()
        self._bring_models_back()
        self._decide()
        self._session.lay_out()
        self._open(scene, is_session=True)

    def _on_scene_changed(self) -> None:
        """A scene that the user opens instead of answering is an answer."""
        if self._is_asking:
            self._decide()

    def _decide(self) -> None:
        self._is_asking = False
        self._question.hide()
        self._explorer.comforts.keep_session()

    def _bring_models_back(self) -> None:
        """Both models of last time; one that has gone is named, and the usual one is asked."""
        models = self._session.last_models() if self._brings_models else None
        if models is not None:
            for fault in self._explorer.modelling.slots.bring_back(models):
                self._explorer.board.notice(fault, level="warning")
                self.said.append(fault)

    def _open(self, scene: Path | None, *, is_session: bool = False) -> None:
        scenes = self._explorer.presenters.scenes
        showing = self._showing if scene is None else None
        room = None if showing is None else showing.room(self._demo_rooms)
        if scene is not None:
            scenes.open(scene)
        elif showing is not None and room is not None:
            scenes.open(room)
            showing.open()
        else:
            showing = None
            scenes.open_demo()
        self._explorer.board.spawn(
            self._settle_in(len(self.said), is_session=is_session, showing=showing)
        )

    async def _settle_in(
        self, said_before: int, *, is_session: bool, showing: Showing | None
    ) -> None:
        """Once the first scene is open: its camera, and what opening it took off the screen."""
        parts = self._explorer.presenters
        while True:
            await asyncio.sleep(_POLL_S)
            if not (parts.scenes.is_opening or parts.scene.is_busy or parts.expressions.is_busy):
                break
        if is_session:
            self._session.look_as_before()
        if showing is not None:
            showing.presenter.begin()
        if said_before:
            self._explorer.board.notice(" ".join(dict.fromkeys(self.said)), level="warning")
