"""Opening scenes: from the list, a dialog, a drop, the command line."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.scenes.scene import Scene
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import Row
from whatwhere_app.workspace import Workspace


class ScenesView(Protocol):
    """The list of scenes."""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace the list."""

    def set_current_key(self, key: str | None) -> None:
        """Mark the open scene."""


class ScenesPresenter:
    """Opens one scene at a time; the old one stays until the new one is read.

    Args:
        open_scene: reads a scene's headers.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        settings: remembers recent scenes.
    """

    def __init__(
        self,
        view: ScenesView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        open_scene: Callable[[Path], Scene],
        demo_rooms: Mapping[str, Path],
        settings: SettingsStore,
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._board = board
        self._open_scene = open_scene
        self._demo_rooms = dict(demo_rooms)
        self._settings = settings
        self._latest = LatestOnly(board)
        self._opened: Path | None = None
        self._show()

    @property
    def is_opening(self) -> bool:
        """Whether a scene is being read."""
        return self._latest.is_running

    @property
    def opened(self) -> Path | None:
        """The path that the open scene was opened with."""
        return self._opened

    def open(self, path: Path | str) -> None:
        """Read a scene and make it the open one."""
        path = Path(path).absolute()
        self._latest.run(self._read(path), lambda scene: self._on_read(path, scene))

    def open_demo(self) -> None:
        """Open the first shipped room."""
        if self._demo_rooms:
            self.open(next(iter(self._demo_rooms.values())))

    async def _read(self, path: Path) -> Scene:
        with self._board.job(f"Opening {path.name}", cancel=self._latest.cancel):
            return await asyncio.to_thread(self._read_whole, path)

    def _read_whole(self, path: Path) -> Scene:
        """Also reads what is lazy, so that the window never waits for a file."""
        scene = self._open_scene(path)
        _ = scene.mesh, scene.objects
        return scene

    def _on_read(self, path: Path, scene: Scene) -> None:
        self._opened = path
        self._workspace.set_scene(scene)
        if path not in self._demo_rooms.values():
            self._settings.change(self._settings.value.with_recent(path))
        self._show()
        if _is_incomplete(scene):
            self._board.notice(" ".join(scene.warnings), level="warning")

    def _show(self) -> None:
        demo = [Row(str(path), name, "demo room") for name, path in self._demo_rooms.items()]
        recent = [_recent_row(Path(item)) for item in self._settings.value.recent_scenes]
        self._view.set_rows([*demo, *recent])
        self._view.set_current_key(None if self._opened is None else str(self._opened))


def _is_incomplete(scene: Scene) -> bool:
    """Whether something is missing that the user should hear of; lesser notes wait in the badge."""
    is_whole = scene.mesh is not None and scene.objects and scene.frames and scene.is_aligned
    return not is_whole or len(scene.frames) < len(scene.headers)


def _recent_row(path: Path) -> Row:
    is_there = path.exists()
    where = str(path.parent) if is_there else "no longer there"
    return Row(str(path), path.name, where, hint=str(path), is_faint=not is_there)
