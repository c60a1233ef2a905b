"""The expressions of the scene, and which one is in hand."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.language.expressions import Expression
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import Row
from whatwhere_app.workspace import Workspace

Found = tuple[tuple[Expression, ...], tuple[str, ...]]
FindExpressions = Callable[[str, Path], Found]


class ExpressionsView(Protocol):
    """The list of expressions."""

    def show_expressions(self, rows: Sequence[Row]) -> None:
        """Replace all rows."""

    def set_current(self, number: int | None) -> None:
        """Mark one row."""


class ExpressionsPresenter:
    """Reads the scene's expressions and follows the one in hand.

    Args:
        find: the expressions of a scene (id, folder), from files beside it.
        read: the expressions of a scene (id) in one file.
    """

    def __init__(
        self,
        view: ExpressionsView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        find: FindExpressions,
        read: FindExpressions,
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._board = board
        self._find, self._read = find, read
        self._latest = LatestOnly(board)
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.expressions_changed.connect(self._on_expressions_changed)
        workspace.expression_changed.connect(self._on_expression_changed)

    @property
    def is_busy(self) -> bool:
        """Whether the files are still being read."""
        return self._latest.is_running

    def on_chosen(self, number: int) -> None:
        """A row was chosen: take it in hand; old answers were to another sentence."""
        expression = self._workspace.expressions[number]
        if expression != self._workspace.expression:
            self._workspace.set_selection(None)
            self._workspace.set_answers({})
            self._workspace.set_expression(expression)

    def open(self, path: Path | str) -> None:
        """Take the expressions of a file instead of those found beside the scene."""
        scene = self._workspace.scene
        if scene is None:
            self._board.notice("Open a scene first; its expressions come next.", level="warning")
            return
        work = asyncio.to_thread(self._read, scene.scene_id, Path(path))
        self._latest.run(work, lambda found: self._on_opened(scene.scene_id, Path(path), found))

    def step(self, by: int) -> None:
        """To the next or previous expression."""
        count = len(self._workspace.expressions)
        if count:
            number = self._number()
            wanted = 0 if number is None else max(0, min(count - 1, number + by))
            self.on_chosen(wanted)

    def _on_scene_changed(self) -> None:
        scene = self._workspace.scene
        self._latest.cancel()
        if scene is not None:
            work = asyncio.to_thread(self._find, scene.scene_id, scene.folder)
            self._latest.run(work, self._on_found)

    def _on_found(self, found: Found) -> None:
        expressions, problems = found
        self._workspace.set_expressions(expressions)
        if problems:
            more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
            self._board.notice(problems[0] + more, level="warning")

    def _on_opened(self, scene_id: str, path: Path, found: Found) -> None:
        if not found[0]:
            self._board.notice(
                f"{path}: it says nothing about {scene_id}. Open the scene it belongs to.",
                level="warning",
            )
            return
        self._workspace.set_expression(None)
        self._on_found(found)

    def _on_expressions_changed(self) -> None:
        self._view.show_expressions(
            [
                Row(str(number), expression.text, _caption(expression))
                for number, expression in enumerate(self._workspace.expressions)
            ]
        )
        self._on_expression_changed()

    def _on_expression_changed(self) -> None:
        self._view.set_current(self._number())

    def _number(self) -> int | None:
        expression = self._workspace.expression
        if expression is None or expression not in self._workspace.expressions:
            return None
        return self._workspace.expressions.index(expression)


def _caption(expression: Expression) -> str:
    target = ""
    if expression.target_id is not None:
        target = f"{expression.target_label or 'object'} {expression.target_id}"
    return " · ".join(part for part in (target, expression.skill) if part)
