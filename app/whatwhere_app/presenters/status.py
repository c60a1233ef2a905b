"""Model and memory, the scene in numbers, running jobs, stalls, and what went wrong."""

from collections.abc import Callable, Sequence
from typing import Protocol

import psutil  # type: ignore[import-untyped]
from PySide6.QtCore import QObject, QTimer

from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.tasks.board import Job, Notice, TaskBoard
from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.view_values import JobRow
from whatwhere_app.workspace import Workspace

_REFRESH_MS = 2000
_JOBS_MS = 100
_PHASES = {
    "off": "not loaded",
    "starting": "starting",
    "loading": "loading",
    "died": "died",
}


class StatusView(Protocol):
    """The status bar."""

    def show_model(self, text: str, hint: str) -> None:
        """Model, device, memory; where the model lies."""

    def show_scene(self, text: str, hint: str) -> None:
        """What the open scene holds."""

    def show_jobs(self, jobs: Sequence[JobRow]) -> None:
        """What is running."""

    def show_stall(self, stall_ms: float) -> None:
        """The longest stall."""


class NoticeView(Protocol):
    """The bar for sentences."""

    def show_notice(self, text: str, *, level: str, can_restart: bool) -> None:
        """Say something."""

    def clear(self) -> None:
        """Nothing to say."""


class StatusPresenter:
    """Follows the task board, the host and the heartbeat; what worked again is no longer told."""

    def __init__(
        self,
        view: StatusView,
        notices: NoticeView,
        workspace: Workspace,
        board: TaskBoard,
        grounder: GrounderService,
        *,
        take_longest_stall_ms: Callable[[], float],
        parent: QObject,
    ) -> None:
        self._view = view
        self._notices = notices
        self._workspace, self._board = workspace, board
        self._grounder = grounder
        self._take_stall_ms = take_longest_stall_ms
        self._process = psutil.Process()
        # Most scenes are open before a line that says so could be read, and each time it changes
        # the whole window is put together anew.
        show_jobs = Throttle(self._show_jobs, delay_ms=_JOBS_MS, at_once=False, parent=parent)
        board.jobs_changed.connect(show_jobs)
        board.noticed.connect(self._on_noticed)
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.answers_changed.connect(self._on_answers_changed)
        grounder.state_changed.connect(self._show_model)
        timer = QTimer(parent)
        timer.setInterval(_REFRESH_MS)
        timer.timeout.connect(self._refresh)
        timer.start()
        self._show_model()

    def on_restart_requested(self) -> None:
        """Start the host again, if it was this that died; a second model's starts when asked."""
        self._notices.clear()
        if self._grounder.state.phase == "died":
            self._board.spawn(self._grounder.restart())

    def on_dismissed(self) -> None:
        """The sentence was read."""
        self._notices.clear()

    def _on_scene_changed(self) -> None:
        self.on_dismissed()
        scene = self._workspace.scene
        self._view.show_scene(*(("", "") if scene is None else _facts(scene)))

    def _refresh(self) -> None:
        self._show_model()
        self._view.show_stall(self._take_stall_ms())

    def _on_answers_changed(self) -> None:
        if self._workspace.answers:
            self.on_dismissed()

    def _on_noticed(self, notice: Notice) -> None:
        self._notices.show_notice(notice.text, level=notice.level, can_restart=notice.restart)

    def _show_model(self) -> None:
        state = self._grounder.state
        where = state.device if state.phase == "ready" else _PHASES[state.phase]
        memory = self._grounder.memory_bytes + self._process.memory_info().rss
        self._view.show_model(f"{state.title} · {where} · {memory / 2**20:,.0f} MB", state.model)

    def _show_jobs(self) -> None:
        self._view.show_jobs([_row(job) for job in self._board.jobs])


def _facts(scene: Scene) -> tuple[str, str]:
    """The scene in numbers, as `whatwhere info` counts them, and what they mean."""
    num_boxes = sum(item.box is not None for item in scene.objects)
    num_left_out = len(scene.headers) - len(scene.frames)
    frames = counted(len(scene.headers), "frame")
    objects = counted(len(scene.objects), "object")
    words = (objects, frames, "aligned" if scene.is_aligned else "raw axes")
    left_out = f", {num_left_out:,} of them left out (View → Frame health)" if num_left_out else ""
    return " · ".join(words), f"{objects}, {num_boxes:,} of them with a box\n{frames}{left_out}"


def _row(job: Job) -> JobRow:
    return JobRow(
        number=job.number,
        text=f"{job.title}: {job.detail}" if job.detail else job.title,
        share=job.done / job.total if job.total else None,
        can_cancel=job.cancel is not None,
    )
