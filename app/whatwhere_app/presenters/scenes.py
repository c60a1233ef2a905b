"""Opening scenes: from the list, a dialog, a drop, the command line."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from whatwhere.scenes.scene import Mesh, Scene
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace

_PROGRESS_S = 0.05
_FIRST_FRAME_S = 0.5

OnStep = Callable[[int, int, str], None]


class ReadScene(Protocol):
    """Reads a scene with everything that is lazy in it."""

    def __call__(
        self,
        path: Path,
        *,
        on_step: OnStep,
        on_mesh: Callable[[Mesh], None] | None,
        is_cancelled: Callable[[], bool],
    ) -> Scene:
        """Read it, or raise `Cancelled` soon after `is_cancelled` says so."""


class OpeningList(Protocol):
    """Who shows the scenes that can be opened."""

    def show_opening(self, path: Path | None) -> None:
        """A scene is being read; None when that has ended."""

    def show_opened(self, path: Path) -> None:
        """A scene is the open one."""


class FirstLook(Protocol):
    """Who draws the mesh of a scene before the rest of it is read."""

    def prepare(self, scan: Mesh) -> Any:
        """What to draw; called in a thread."""

    def show_ahead(self, ahead: Any, drawn: Callable[[], None]) -> None:
        """Draw it, and say so when it is on the screen."""

    def end_ahead(self) -> None:
        """That scene does not come, or it has come already."""


class OpeningQuestions(Protocol):
    """Who asks what cannot be known of a path before it is opened."""

    def about(self, path: Path) -> Literal["nothing", "choices", "listing"]:
        """What is to be asked; called in a thread."""

    def ask_choices(self, path: Path) -> None:
        """How is this scan to be read?"""

    def offer_listing(self, path: Path) -> None:
        """Are the scans in this folder to be listed?"""

    def leave(self) -> None:
        """Something else is opened: nothing need be answered."""


class ScenesPresenter:
    """Opens one scene at a time; the old one stays until the new one is read.

    Args:
        shelf: the list of scenes.
        read: reads a scene; called in a thread.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        settings: remembers recent scenes.
        first_look: draws the mesh of a scene as soon as it is read; None waits for the whole.

    Attributes:
        questions: asked before a path is opened; None opens everything at once.
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
        first_look: FirstLook | None = None,
    ) -> None:
        self._shelf = shelf
        self._workspace = workspace
        self._board = board
        self._read = read
        self._demo_rooms = dict(demo_rooms)
        self._settings = settings
        self._latest = LatestOnly(board)
        self._first_look = first_look
        self._given_up = threading.Event()
        self._opened: Path | None = None
        self.questions: OpeningQuestions | None = None

    @property
    def is_opening(self) -> bool:
        """Whether a scene is being read."""
        return self._latest.is_running

    @property
    def opened(self) -> Path | None:
        """The path that the open scene was opened with."""
        return self._opened

    def open(self, path: Path | str, *, is_decided: bool = False) -> None:
        """Read a scene and make it the open one; one that is still being read is given up.

        Args:
            path: of the scene.
            is_decided: nothing need be asked about it.
        """
        path = Path(path).absolute()
        self._given_up.set()
        self._given_up = threading.Event()
        if self.questions is not None:
            self.questions.leave()
        questions = None if is_decided else self.questions
        self._latest.run(
            self._read_beside(path, self._given_up, questions),
            lambda scene: self._on_read(path, scene, is_decided=is_decided),
            ended=self._on_ended,
        )
        self._shelf.show_opening(path)

    def open_demo(self) -> None:
        """Open the first shipped room."""
        if self._demo_rooms:
            self.open(next(iter(self._demo_rooms.values())))

    def cancel(self) -> None:
        """Give up what is being read; the open scene stays."""
        self._given_up.set()
        self._latest.cancel()
        self._on_ended()

    async def _read_beside(
        self, path: Path, given_up: threading.Event, questions: OpeningQuestions | None
    ) -> Scene | Literal["choices", "listing"]:
        """Read in a thread, which stops at its next step when nobody wants the scene any more."""
        loop = asyncio.get_running_loop()
        with self._board.job(f"Opening {self._name(path)}", cancel=self.cancel) as progress:
            told_s = 0.0

            def on_step(done: int, total: int, what: str) -> None:
                nonlocal told_s
                if time.monotonic() - told_s > _PROGRESS_S or not total:
                    told_s = time.monotonic()
                    loop.call_soon_threadsafe(progress, done, total, what)

            look = self._first_look
            asked: Literal["nothing", "choices", "listing"] = "nothing"
            if questions is not None:
                asked = await asyncio.to_thread(questions.about, path)
            if asked != "nothing":
                given_up.set()
                return asked
            try:
                return await asyncio.to_thread(
                    self._read,
                    path,
                    on_step=on_step,
                    on_mesh=None if look is None else partial(_look_first, loop, look, given_up),
                    is_cancelled=given_up.is_set,
                )
            finally:
                given_up.set()

    def _on_ended(self) -> None:
        if self._first_look is not None:
            self._first_look.end_ahead()
        self._shelf.show_opening(None)

    def _name(self, path: Path) -> str:
        known = (name for name, folder in self._demo_rooms.items() if folder == path)
        return next((name.capitalize().replace("-", " ") for name in known), path.name)

    def _on_read(
        self, path: Path, scene: Scene | Literal["choices", "listing"], *, is_decided: bool
    ) -> None:
        if not isinstance(scene, Scene):
            assert self.questions is not None
            ask = self.questions.ask_choices if scene == "choices" else self.questions.offer_listing
            ask(path)
            return
        self._opened = path
        self._workspace.set_scene(scene)
        if path not in self._demo_rooms.values():
            self._settings.change(self._settings.value.with_recent(path))
        self._shelf.show_opened(path)
        if _is_incomplete(scene) and not is_decided:  # who decided has just seen what is there
            self._board.notice(" ".join(scene.warnings), level="warning")


def _look_first(
    loop: asyncio.AbstractEventLoop, look: FirstLook, given_up: threading.Event, mesh: Mesh
) -> None:
    """In the reading thread: have the mesh drawn, and leave the processor to its first frame."""
    ahead, drawn = look.prepare(mesh), threading.Event()

    def show() -> None:
        if given_up.is_set():
            drawn.set()
        else:
            look.show_ahead(ahead, drawn.set)

    loop.call_soon_threadsafe(show)
    drawn.wait(_FIRST_FRAME_S)  # a hidden window draws nothing


def _is_incomplete(scene: Scene) -> bool:
    """Whether something is missing that the user should hear of; lesser notes wait in the badge."""
    is_whole = scene.mesh is not None and scene.objects and scene.frames and scene.is_aligned
    return not is_whole or len(scene.frames) < len(scene.headers)
