"""The Annotate layout: built when first called, its keys exchanged while it is shown."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QUndoStack

from whatwhere.errors import WhatWhereError
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.actions import keys_of
from whatwhere_app.annotate_panel import AnnotatePanel, AnnotateTools
from whatwhere_app.commands.annotate import DIGITS
from whatwhere_app.main_window import MainWindow
from whatwhere_app.services.annotating_session import AnnotatingSession
from whatwhere_app.services.annotation_place import annotation_place, annotator, journal_of
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.services.diagnoses import open_diagnosis
from whatwhere_app.settings import user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.status_line import StatusLine
from whatwhere_app.views.typing_watch import TypingWatch
from whatwhere_app.workspace import Workspace

_DONE_KEYS = ("Return", "Enter")
"""Of this layout alone, and only while no text is being typed: Enter ends that."""

_NO_DIAGNOSIS = (
    "No cases are kept. Open a diagnosis in the Diagnose layout (Ctrl+2), and filter it to the "
    "cases that you want to annotate."
)
_NONE_KEPT = "No case passes all filters of Diagnose. Take one of them off, then annotate."


class Annotating:
    """The arrangement "annotate" of the window.

    Args:
        stack: takes every change.
        tools: what the rest of the program does for it.
        chosen: the cases that Diagnose keeps now, in the order of its table; None without any.
        theme: of the window now.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
        status: StatusLine,
        tools: AnnotateTools,
        *,
        chosen: Callable[[], tuple[StoredCases, tuple[int, ...]] | None],
        theme: Theme,
    ) -> None:
        self._window, self._workspace, self._board = window, workspace, board
        self._stack, self._status, self._tools = stack, status, tools
        self._chosen, self._theme = chosen, theme
        self._session = AnnotatingSession(user_folder("state") / "annotating.json")
        self._store: AnnotationService | None = None
        self._is_on, self._has_ended, self._num_left_out = False, False, 0
        self._typing = TypingWatch(window)
        self._typing.changed.connect(self._give_done_key)
        self._usual_keys: dict[str, tuple[str, ...]] = {}
        self.panel: AnnotatePanel | None = None
        actions = window.actions_by_name
        actions["annotate.these"].triggered.connect(lambda *_: self._annotate_chosen())
        _application().applicationStateChanged.connect(self._on_state_changed)
        self._set_enabled(False)

    @property
    def is_built(self) -> bool:
        """Whether its panels are docked."""
        return self.panel is not None

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return self.panel is not None and self.panel.is_busy

    @property
    def is_saved(self) -> bool:
        """Whether all that was done is in the store."""
        return self._store is None or self._store.is_saved

    @property
    def is_shown(self) -> bool:
        """Whether the layout is the present one."""
        return self.panel is not None and self._workspace.arrangement == "annotate"

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)

    async def build(self) -> None:
        """Open the store and dock the panels; what earlier sessions did can be undone."""
        place = annotation_place()
        store = AnnotationService(self._board, place, journal_of(place), annotator=annotator())
        store.saved_changed.connect(lambda: self._on_saved(store))
        try:
            tags = await store.start()
            history = await store.history()
        except WhatWhereError:
            store.close()
            self._workspace.set_arrangement("explore")
            raise
        self._store = store
        panel = AnnotatePanel(
            self._window,
            self._workspace,
            self._board,
            self._stack,
            store,
            self._session,
            self._tools,
            theme=self._theme,
        )
        panel.dock()
        panel.desk.set_tags(tags)
        panel.acts.take_up(history)
        self.panel = panel
        await self._take_up(panel)

    async def switch(self, place: Path | str, annotator: str) -> None:
        """Go on in another store, or under another name.

        Raises:
            WhatWhereError: the store cannot be opened; all is as it was.
        """
        if self._store is None or self.panel is None:
            return
        tags = await self._store.switch(place, journal_of(place), annotator)
        self.panel.desk.set_annotator(annotator)
        self.panel.desk.set_tags(tags)
        self.panel.acts.read_again()
        self._tools.read_diagnosis_again()

    def start(self) -> None:
        """The digits give tags from now on."""
        if self.panel is None:
            return
        actions = self._window.actions_by_name
        for name, action in actions.items():
            keys = keys_of(action)
            if any(key in _DIGIT_KEYS for key in keys):
                self._usual_keys[name] = keys
                others = tuple(f"Alt+{key}" if key in _DIGIT_KEYS else key for key in keys)
                actions.set_keys(name, others)
        for digit in DIGITS:
            actions.set_keys(f"annotate.tag_{digit}", (str(digit),))
        self._is_on = True
        if self._store is not None:
            self._store.set_watching(True)
            self.panel.history.read_others()
        self._give_done_key(self._typing.is_typing)
        self._set_enabled(True)
        self._num_left_out = self.panel.desk.num_left_out
        self.panel.set_drawing(True)

    def stop(self) -> None:
        """The digits are as they were."""
        actions = self._window.actions_by_name
        for digit in DIGITS:
            actions.set_keys(f"annotate.tag_{digit}", ())
        self._is_on = False
        if self._store is not None:
            self._store.set_watching(False)
        actions.set_keys("annotate.done", ())
        for name, keys in self._usual_keys.items():
            actions.set_keys(name, keys)
        self._usual_keys = {}
        self._set_enabled(False)
        if self.panel is not None:
            self.panel.set_drawing(False)
            if self.panel.desk.num_left_out != self._num_left_out:
                self._tools.read_diagnosis_again()

    def step(self, by: int) -> bool:
        """To the next or previous case; False where the layout is not shown."""
        if self.panel is None or not self.is_shown:
            return False
        self.panel.queue.step(by)
        return True

    def give_up_drawing(self) -> bool:
        """Draw no outline after all; False where none was being drawn."""
        if self.panel is None or not self.panel.regions.is_drawing:
            return False
        self.panel.regions.presenter.cancel()
        return True

    def close(self) -> None:
        """Save what was asked for, and what is being typed; a second time nothing is left to do."""
        if self._has_ended:
            return
        self._has_ended = True
        if self.panel is not None:
            self.panel.tags.keep_typed()
        _application().applicationStateChanged.disconnect(self._on_state_changed)
        if self._store is not None:
            self._store.close()

    def _on_state_changed(self, state: Qt.ApplicationState) -> None:
        if (
            self._is_on
            and self.panel is not None
            and state == Qt.ApplicationState.ApplicationActive
        ):
            self.panel.acts.listen()

    def _give_done_key(self, is_typing: bool) -> None:
        if self._is_on:
            keys = () if is_typing else _DONE_KEYS
            self._window.actions_by_name.set_keys("annotate.done", keys)

    def _annotate_chosen(self) -> None:
        chosen = self._chosen()
        if chosen is None or not chosen[1]:
            self._board.notice(_NO_DIAGNOSIS if chosen is None else _NONE_KEPT, level="warning")
            return
        cases, indices = chosen
        self._session.keep(cases.facts.name, indices, 0)
        if self.panel is not None:
            self.panel.queue.take(cases, indices)
        self._workspace.set_arrangement("annotate")

    async def _take_up(self, panel: AnnotatePanel) -> None:
        """Go on with the cases that were in hand."""
        kept = self._session.kept
        chosen = self._chosen()
        if not kept.diagnosis or not kept.indices:
            return
        try:
            same = chosen is not None and chosen[0].facts.name == kept.diagnosis
            if same and chosen is not None:
                cases = chosen[0]
            else:
                cases = await asyncio.to_thread(open_diagnosis, kept.diagnosis)
        except WhatWhereError as error:
            self._board.tell(error)
            return
        known = tuple(index for index in kept.indices if 0 <= index < len(cases.columns))
        panel.queue.take(cases, known, place=kept.place)

    def _on_saved(self, store: AnnotationService) -> None:
        self._status.show_saved(store.saved)
        if not store.saved.num_waiting:
            self._tools.said_changed()

    def _set_enabled(self, is_enabled: bool) -> None:
        actions = self._window.actions_by_name
        others = ("done", "note", "snap", "train", "export", "import", *_SHARED)
        for name in (*others, *(f"tag_{digit}" for digit in DIGITS)):
            actions[f"annotate.{name}"].setEnabled(is_enabled)
        for name in ("box", "outline", "accept", "delete"):
            # Which of them can be given, the layout itself knows.
            actions[f"annotate.region_{name}"].setEnabled(False)


_SHARED = ("edit_tags", "independent", "agreement")
_DIGIT_KEYS = frozenset(str(digit) for digit in DIGITS)


def _application() -> QGuiApplication:
    found = QGuiApplication.instance()
    assert isinstance(found, QGuiApplication)
    return found
