"""A file of sentences asked in one go; the answers go to a table beside it."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from whatwhere.language.expressions import Expression
from whatwhere.language.question_marks import is_question
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.query import MODALITIES, Ground
from whatwhere_app.presenters.replying import Reply
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, Replies


class BatchPresenter:
    """Asks the open scene, sentence after sentence; what was answered is kept when it is stopped.

    Args:
        read: the sentences of a file.
        ground: asks one to be pointed at.
        reply: asks one that is a question, to be answered in words.
        write: keeps the answers.
    """

    def __init__(
        self,
        workspace: Workspace,
        board: TaskBoard,
        *,
        read: Callable[[Path], Sequence[str]],
        ground: Ground,
        reply: Reply,
        write: Callable[[Path, Sequence[Answers | Replies]], None],
    ) -> None:
        self._workspace = workspace
        self._board = board
        self._read, self._write = read, write
        self._ground, self._reply = ground, reply

    def ask_file(self, path: Path) -> None:
        """Ask every sentence of a file."""
        scene = self._workspace.scene
        if scene is None:
            self._board.notice("Open a scene first; the sentences ask about it.", level="warning")
        else:
            self._board.spawn(self._ask(scene, path))

    async def _ask(self, scene: Scene, path: Path) -> None:
        sentences = await asyncio.to_thread(self._read, path)
        task = asyncio.current_task()
        assert task is not None
        answers: list[Answers | Replies] = []
        title = f"Asking {path.name}"
        try:
            with self._board.job(title, cancel=lambda: _cancel(task)) as progress:
                for number, text in enumerate(sentences, start=1):
                    progress(number - 1, len(sentences), f"sentence {number} of {len(sentences)}")
                    expression = Expression.typed(scene.scene_id, text)
                    ask = self._reply if is_question(text) else self._ground
                    answers.append(await ask(scene, expression, MODALITIES))
        finally:
            self._keep(scene, path, answers, len(sentences))

    def _keep(
        self, scene: Scene, path: Path, answers: Sequence[Answers | Replies], num_asked: int
    ) -> None:
        if not answers:
            return
        table = path.with_name(f"{path.stem}.{scene.scene_id}.csv")
        self._write(table, answers)
        count = f"{len(answers)} of {num_asked}" if len(answers) < num_asked else f"All {num_asked}"
        self._board.notice(f"{count} sentences are answered: {table}", level="info")


def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
