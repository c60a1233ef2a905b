"""Opening scenes: from the list, a dialog, a drop, the command line."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from whatwhere.scenes.scene import Scene
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace

_PROGRESS_S = 0.05

OnStep = Callable[[int, int, str], None]


class ReadScene(Protocol):
    """Reads a scene with everything that is lazy in it."""

    def __call__(self, path: Path, *, on_step: OnStep, is_cancelled: Callable[[], bool]) -> Scene:
        """Read it, or raise `Cancelled` soon after `is_cancelled` says so."""


class OpeningList(Protocol):
    """Who shows the scenes that can be opened."""

    def show_opening(self, path: Path | None) -> None:
        """A scene is being read; None when that has ended."""

    def show_opened(self, path: Path) -> None:
        """A scene is the open one."""


class ScenesPresenter:
    """Opens one scene at a time; the old one stays until the new one is read.

    Args:
        shelf: the list of scenes.
        read: reads a scene; called in a thread.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        settings: remembers recent scenes.
    """

    def __init__(
        self,
        shelf: OpeningList,
        workspace: Workspace,
        board: TaskBoard,
        *,
        read: ReadScene,
        demo_rooms: Mapping[str, Path],
        settings: SettingsStore,
    ) -> None:
        self._shelf = shelf
        self._workspace = workspace
        self._board = board
        self._read = read
        self._demo_rooms = dict(demo_rooms)
        self._settings = settings
        self._latest = LatestOnly(board)
        self._opened: Path | None = None

    @property
    def is_opening(self) -> bool:
        """Whether a scene is being read."""
        return self._latest.is_running

    @property
    def opened(self) -> Path | None:
        """The path that the open scene was opened with."""
        return self._opened

    def open(self, path: Path | str) -> None:
        """Read a scene and make it the open one; one that is still being read is given up."""
        path = Path(path).absolute()
        self._latest.run(
            self._read_beside(path),
            lambda scene: self._on_read(path, scene),
            ended=lambda: self._shelf.show_opening(None),
        )
        self._shelf.show_opening(path)

    def open_demo(self) -> None:
        """Open the first shipped room."""
        if self._demo_rooms:
            self.open(next(iter(self._demo_rooms.values())))

    def cancel(self) -> None:
        """Give up what is being read; the open scene stays."""
        self._latest.cancel()
        self._shelf.show_opening(None)

    async def _read_beside(self, path: Path) -> Scene:
        """Read in a thread, which stops at its next step when nobody wants the scene any more."""
        loop, given_up = asyncio.get_running_loop(), threading.Event()
        with self._board.job(f"Opening {self._name(path)}", cancel=self.cancel) as progress:
            told_s = 0.0

            def on_step(done: int, total: int, what: str) -> None:
                nonlocal told_s
                if time.monotonic() - told_s > _PROGRESS_S or not total:
                    told_s = time.monotonic()
                    loop.call_soon_threadsafe(progress, done, total, what)

            try:
                return await asyncio.to_thread(
                    self._read, path, on_step=on_step, is_cancelled=given_up.is_set
                )
            finally:
                given_up.set()

    def _name(self, path: Path) -> str:
        known = (name for name, folder in self._demo_rooms.items() if folder == path)
        return next((name.capitalize().replace("-", " ") for name in known), path.name)

    def _on_read(self, path: Path, scene: Scene) -> None:
        self._opened = path
        self._workspace.set_scene(scene)
        if path not in self._demo_rooms.values():
            self._settings.change(self._settings.value.with_recent(path))
        self._shelf.show_opened(path)
        if _is_incomplete(scene):
            self._board.notice(" ".join(scene.warnings), level="warning")


def _is_incomplete(scene: Scene) -> bool:
    """Whether something is missing that the user should hear of; lesser notes wait in the badge."""
    is_whole = scene.mesh is not None and scene.objects and scene.frames and scene.is_aligned
    return not is_whole or len(scene.frames) < len(scene.headers)
