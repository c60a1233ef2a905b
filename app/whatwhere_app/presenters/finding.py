"""Candidates that are found in a scan's geometry, for scans with nothing annotated."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from whatwhere.errors import Cancelled
from whatwhere.scenes.scene import Scene
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Found

OnStep = Callable[[int, int, str], None]
FindCandidates = Callable[[Scene, OnStep], Found]
"""Finds them in a scene; what the callback raises stops it."""

_SWITCH = "box.find"
_WHAT = "Finding candidates"
_CHOICES = {"find": "Find candidates", "no": "Not now"}


class Offer(Protocol):
    """A question over the 3D view."""

    def ask(self, text: str, choices: Mapping[str, str]) -> None:
        """Ask it."""

    def hide(self) -> None:
        """It need not be answered any more."""


class Switches(Protocol):
    """The checkable commands."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class FindingPresenter:
    """Offers to find candidates, finds them, and remembers them while the window is open.

    Args:
        find: finds them; called in a thread.
    """

    def __init__(
        self,
        offer: Offer,
        switches: Switches,
        workspace: Workspace,
        board: TaskBoard,
        *,
        find: FindCandidates,
    ) -> None:
        self._offer, self._switches = offer, switches
        self._workspace, self._board, self._find = workspace, board, find
        self._latest = LatestOnly(board)
        self._given_up = threading.Event()
        self._known: dict[Path, Found] = {}
        self._is_finding = False
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.found_changed.connect(self._show)

    @property
    def is_busy(self) -> bool:
        """Whether candidates are being looked for."""
        return self._latest.is_running

    def on_answered(self, answer: str) -> None:
        """The offer was taken, or not."""
        self._offer.hide()
        if answer == "find":
            self.set_wanted(True)

    def set_wanted(self, is_wanted: bool) -> None:
        """Choose among what geometry gives, or among annotated objects again."""
        scene = self._workspace.scene
        if not is_wanted or scene is None:
            if is_wanted:
                self._board.notice("Open a scene first.", level="warning")
            self._stop()
            if scene is not None:
                self._known.pop(scene.path, None)
            self._workspace.set_found(None)
            self._show()
            return
        self._offer.hide()
        self._given_up = threading.Event()
        self._is_finding = True
        self._latest.run(
            self._find_beside(scene, self._given_up),
            lambda found: self._on_found(scene, found),
            ended=self._on_ended,
        )

    async def _find_beside(self, scene: Scene, given_up: threading.Event) -> Found | None:
        loop = asyncio.get_running_loop()
        with self._board.job(f"{_WHAT} in {scene.title}", cancel=given_up.set) as progress:

            def on_step(done: int, total: int, what: str) -> None:
                if given_up.is_set():
                    raise Cancelled(_WHAT)
                loop.call_soon_threadsafe(progress, done, total, what)

            try:
                return await asyncio.to_thread(self._find, scene, on_step)
            except Cancelled:
                return None
            finally:
                given_up.set()

    def _on_ended(self) -> None:
        self._is_finding = False
        self._show()

    def _on_found(self, scene: Scene, found: Found | None) -> None:
        if found is None or scene is not self._workspace.scene:
            return
        if not found.boxes:
            self._board.notice(
                "No candidates were found: nothing stands apart from floor and walls. "
                "Ask → Draw a box adds one.",
                level="warning",
            )
            return
        self._known[scene.path] = found
        self._workspace.set_found(found)
        self._workspace.set_shows_candidates(True)

    def _on_scene_changed(self) -> None:
        self._stop()
        self._show()
        self._offer.hide()
        scene = self._workspace.scene
        if scene is None:
            return
        if scene.path in self._known:
            self._workspace.set_found(self._known[scene.path])
        elif _has_nothing(scene):
            self._offer.ask(
                "Nothing is annotated here, so there is nothing to choose among. "
                "Find candidates in the geometry?",
                _CHOICES,
            )

    def _stop(self) -> None:
        self._given_up.set()
        self._latest.cancel()
        self._is_finding = False

    def _show(self) -> None:
        is_on = self._workspace.found is not None or self._is_finding
        self._switches.set_checked(_SWITCH, is_on)


def _has_nothing(scene: Scene) -> bool:
    """Whether a model would have nothing to choose among, but could have."""
    mesh = scene.mesh
    has_faces = mesh is not None and len(mesh.faces) > 0
    return has_faces and bool(scene.frames) and not any(item.box for item in scene.objects)
