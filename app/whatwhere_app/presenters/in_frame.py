"""`2d-frame` in the window: where the model points in the frame in view, drawn in grey."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from whatwhere.jobs.client import OnProgress
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.scenes.scene import Scene
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import PixelRegion
from whatwhere_app.workspace import Workspace

Ask = Callable[[Scene, str, str, OnProgress], Coroutine[Any, Any, FrameGrounding]]
"""Scene, sentence, frame and whom to tell -> the answer."""


class RegionView(Protocol):
    """The large picture."""

    def show_region(self, region: PixelRegion | None) -> None:
        """Replace the part of the picture that is pointed at."""


class InFramePresenter:
    """Asks when told to; the answer goes with the scene, the sentence and the frame it is about.

    Args:
        ask: the model.
        set_enabled: whether there is something to ask.
    """

    def __init__(
        self,
        view: RegionView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        ask: Ask,
        set_enabled: Callable[[bool], None],
    ) -> None:
        self._view, self._workspace, self._board = view, workspace, board
        self._ask, self._set_enabled = ask, set_enabled
        self._asking = LatestOnly(board)
        for signal in (
            workspace.scene_changed,
            workspace.expression_changed,
            workspace.frame_changed,
        ):
            signal.connect(self._clear)
        self._clear()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._asking.is_running

    def ask(self) -> None:
        """Point in the frame in view."""
        scene, expression = self._workspace.scene, self._workspace.expression
        frame = self._workspace.frame
        if scene is not None and expression is not None and frame is not None:
            self._asking.run(self._work(scene, expression.text, frame), self._show)

    async def _work(self, scene: Scene, text: str, frame: str) -> FrameGrounding:
        title = f"Pointing in frame {frame}"
        with self._board.job(title, cancel=self._asking.cancel) as progress:
            return await self._ask(scene, text, frame, progress)

    def _show(self, found: FrameGrounding) -> None:
        self._view.show_region(PixelRegion(found.mask, found.box_px, "2D frame"))

    def _clear(self) -> None:
        self._asking.cancel()
        self._view.show_region(None)
        space = self._workspace
        self._set_enabled(None not in (space.scene, space.expression, space.frame))
