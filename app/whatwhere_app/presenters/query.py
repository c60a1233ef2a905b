"""A sentence's way from the query bar to the host and back."""

import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Literal, Protocol

from PySide6.QtCore import QTimer

from whatwhere.errors import ExpressionError
from whatwhere.language.expressions import Expression
from whatwhere.language.question_marks import is_question
from whatwhere.models.grounder import Modality
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.command_line import command_line
from whatwhere_app.presenters.replying import Reply, replies_or_why_not
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.services.sentences import SentenceHistory
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, Replies

MODALITIES: tuple[Modality, ...] = ("fused", "2d", "3d")
Ground = Callable[[Scene, Expression, Sequence[Modality]], Coroutine[Any, Any, Answers]]
Way = Literal["point", "words"]
"""How a sentence is answered: with boxes, or in words."""

_TICK_MS = 100
_NO_SCENE = "Open a scene first: File → Open scene folder, or a demo room."


class QueryView(Protocol):
    """The query bar."""

    def set_text(self, text: str) -> None:
        """Put a sentence into the line."""

    def set_busy(self, is_busy: bool) -> None:
        """Run or Cancel."""

    def set_way(self, way: Way) -> None:
        """What the button does with the sentence in the line."""

    def set_elapsed(self, elapsed_s: float | None) -> None:
        """How long it takes."""

    def set_history(self, sentences: Sequence[str]) -> None:
        """What the up and down keys bring back, newest last."""

    def set_known(self, sentences: Sequence[str]) -> None:
        """What is offered while letters are typed."""

    def set_note(self, text: str, *, is_warning: bool = False) -> None:
        """The line beneath."""


class QueryPresenter:
    """Asks one sentence at a time; a newer one replaces an older.

    Args:
        prepare: lets the model look at a scene before anything is asked.
        ground: asks to point.
        reply: asks for an answer in words.
        history: the sentences asked before.
        copy: puts a text onto the clipboard.
    """

    def __init__(
        self,
        view: QueryView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        prepare: Callable[[Scene], Coroutine[Any, Any, None]],
        ground: Ground,
        reply: Reply,
        history: SentenceHistory,
        copy: Callable[[str], None],
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._board = board
        self._prepare, self._ground, self._reply = prepare, ground, reply
        self._way: Way | None = None
        self._history, self._copy = history, copy
        self._latest = LatestOnly(board)
        self._started_s = 0.0
        self._clock = QTimer(workspace)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._on_tick)
        workspace.expression_changed.connect(self._on_expression_changed)
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.expressions_changed.connect(self._show_known)
        workspace.found_changed.connect(self._let_prepare)
        view.set_history(history.sentences)
        self._show_known()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._latest.is_running

    def on_edited(self, text: str) -> None:
        """The line holds another text."""
        self._view.set_way(_way_of(text))

    def on_submitted(self, text: str, way: Way | None = None) -> None:
        """A sentence was entered.

        Args:
            text: the sentence.
            way: how it is to be answered; None goes by the question mark.
        """
        scene = self._workspace.scene
        if scene is None:
            self._view.set_note(_NO_SCENE, is_warning=True)
            return
        try:
            expression = self._known(text) or Expression.typed(scene.scene_id, text)
        except ExpressionError as error:
            self._view.set_note(str(error), is_warning=True)
            return
        self._history.add(expression.text)
        self._view.set_history(self._history.sentences)
        self._show_known()
        if expression != self._workspace.expression:
            self._workspace.set_selection(None)
            self._workspace.set_answers({})
            self._workspace.set_expression(expression)
        self._way = way
        self._ask(scene, expression, way or _way_of(text))

    def ask_current(self) -> None:
        """Ask the expression in hand."""
        if self._workspace.expression is not None:
            self.on_submitted(self._workspace.expression.text)

    def ask_unanswered(self) -> None:
        """Ask the expression in hand, unless it was answered."""
        if not (self.is_busy or self._workspace.answers or self._workspace.replies):
            self.ask_current()

    def ask_again(self, was_asked: bool) -> None:
        """The model is another one: ask the expression in hand, or let the model look at least."""
        if was_asked:
            self.ask_current()
        else:
            self._let_prepare()

    def take_up(self, text: str, is_asked: bool, in_words: bool | None = None) -> None:
        """A sentence of last time: into the line, and asked as it had been, if it had.

        Args:
            text: the sentence.
            is_asked: whether it had been asked.
            in_words: how; None goes by the question mark.
        """
        if is_asked:
            ways: dict[bool | None, Way] = {True: "words", False: "point"}
            self.on_submitted(text, ways.get(in_words))
        elif self._workspace.scene is not None:
            with suppress(ExpressionError):  # a session file may say anything
                typed = Expression.typed(self._workspace.scene.scene_id, text)
                self._workspace.set_expression(self._known(text) or typed)

    def copy_as_command(self) -> None:
        """Put the present case onto the clipboard, as a line for a shell."""
        scene = self._workspace.scene
        if scene is None:
            self._view.set_note(_NO_SCENE, is_warning=True)
            return
        boxes = user_boxes_of(self._workspace)
        expression, model = self._workspace.expression, self._workspace.models.first
        in_words = expression is not None and (self._way or _way_of(expression.text)) == "words"
        line = command_line(scene, expression, model, boxes=boxes, in_words=in_words)
        self._copy(line)
        self._view.set_note(f"Copied: {line}")

    def cancel(self) -> None:
        """Stop waiting, and let the host stop."""
        if self.is_busy:
            self._latest.cancel()
            self._on_ended()
            self._view.set_elapsed(None)

    def _show_known(self) -> None:
        """Offer what was asked before, newest first, then what the data set says of the scene."""
        asked = reversed(self._history.sentences)
        listed = (expression.text for expression in self._workspace.expressions)
        self._view.set_known(tuple(dict.fromkeys((*asked, *listed))))

    def _on_scene_changed(self) -> None:
        self.cancel()
        self._view.set_text("")
        self._view.set_elapsed(None)
        self._view.set_note("")
        self._let_prepare()

    def _let_prepare(self) -> None:
        scene = self._workspace.scene
        if scene is not None and scene.frames and (scene.objects or self._workspace.found):
            self._board.spawn(self._prepare(scene))

    def _ask(self, scene: Scene, expression: Expression, way: Way) -> None:
        self._started_s = time.perf_counter()
        self._workspace.set_asking(True)
        self._view.set_busy(True)
        self._view.set_note("")
        self._clock.start()
        model = self._workspace.models.first
        if way == "words":
            self._workspace.set_selection(None)
            self._workspace.set_answers({})
            self._latest.run(
                replies_or_why_not(self._reply, scene, expression, MODALITIES),
                lambda found: self._on_replies(model, found),
                ended=self._on_ended,
            )
        else:
            self._workspace.set_replies({})
            self._latest.run(
                self._ground(scene, expression, MODALITIES),
                lambda found: self._on_answers(model, found),
                ended=self._on_ended,
            )

    def _on_answers(self, model: str, answers: Answers) -> None:
        self._view.set_elapsed(time.perf_counter() - self._started_s)
        self._workspace.set_answers({model: answers})
        self._view.set_note(" ".join(answers.warnings), is_warning=bool(answers.warnings))

    def _on_replies(self, model: str, replies: Replies) -> None:
        self._view.set_elapsed(None if replies.fault else time.perf_counter() - self._started_s)
        self._workspace.set_replies({model: replies})
        # Why there is no answer, the answer panel says.
        self._view.set_note(" ".join(replies.warnings), is_warning=bool(replies.warnings))

    def _on_ended(self) -> None:
        self._clock.stop()
        self._workspace.set_asking(False)
        self._view.set_busy(False)
        if not (self._workspace.answers or self._workspace.replies):
            self._view.set_elapsed(None)
            self._view.set_note("")

    def _on_tick(self) -> None:
        self._view.set_elapsed(time.perf_counter() - self._started_s)
        job = next(iter(self._board.jobs), None)
        if job is not None:
            self._view.set_note(f"{job.title}: {job.detail}" if job.detail else f"{job.title}…")

    def _on_expression_changed(self) -> None:
        expression, self._way = self._workspace.expression, None
        self._workspace.set_replies({})
        if expression is not None:
            self._view.set_text(expression.text)
            self._view.set_note("")
            self._view.set_elapsed(None)

    def _known(self, text: str) -> Expression | None:
        """The data set's expression with these words; it knows its target."""
        words = " ".join(text.split())
        current = self._workspace.expression
        if current is not None and " ".join(current.text.split()) == words:
            return current
        known = self._workspace.expressions
        return next((item for item in known if " ".join(item.text.split()) == words), None)


def _way_of(text: str) -> Way:
    return "words" if is_question(text) else "point"
