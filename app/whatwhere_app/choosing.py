"""What the model chooses among: shown, and added to by drawing; built and connected."""

from collections.abc import Callable

from PySide6.QtGui import QUndoStack

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.candidates import CandidatesPresenter
from whatwhere_app.presenters.user_boxes import UserBoxesPresenter
from whatwhere_app.services.drawn_boxes import DrawnBoxes
from whatwhere_app.settings import user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.candidate_overlay import CandidateOverlay
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace

TURNS = {
    "box.turn_left": 1.0,
    "box.turn_right": -1.0,
    "box.turn_left_far": 15.0,
    "box.turn_right_far": -15.0,
}
"""Command -> degrees, counter-clockwise seen from above."""


class Choosing:
    """The candidates over the scan, the tool that draws more, and their commands."""

    def __init__(
        self,
        window: MainWindow,
        view: SceneView,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
    ) -> None:
        actions = window.actions_by_name
        self._take_turn: Callable[[float], None] | None = None
        self.overlay = overlay = CandidateOverlay(view)
        self.boxes = boxes = UserBoxesPresenter(
            overlay,
            overlay.tool,
            workspace,
            board,
            stack,
            kept=DrawnBoxes(user_folder("state") / "drawn_boxes.json"),
        )
        self.candidates = CandidatesPresenter(overlay, actions, workspace)
        overlay.tool.active_changed.connect(self.candidates.set_drawing)
        overlay.tool.changed.connect(boxes.on_footprint_changed)
        overlay.tool.finished.connect(boxes.on_footprint_drawn)
        overlay.user_box_clicked.connect(boxes.on_box_clicked)
        overlay.fields.edited.connect(boxes.on_edited)
        overlay.grips.finished.connect(boxes.on_edited)
        overlay.fields.renamed.connect(boxes.on_renamed)
        overlay.fields.delete_requested.connect(boxes.delete)
        actions["box.draw"].triggered.connect(lambda *_: boxes.begin())
        actions["box.delete"].triggered.connect(lambda *_: boxes.delete())
        for name, angle_deg in TURNS.items():
            actions[name].triggered.connect(lambda *_, by=angle_deg: self._turn(by))
        actions["box.alone"].toggled.connect(boxes.set_alone)
        actions["show.candidates"].toggled.connect(self.candidates.set_shown)

    def divert_turns(self, take: Callable[[float], None] | None) -> None:
        """Hand turns by key to `take` from now on; None keeps them here."""
        self._take_turn = take

    def _turn(self, angle_deg: float) -> None:
        (self._take_turn or self.boxes.turn)(angle_deg)

    @property
    def is_busy(self) -> bool:
        """Whether a drawn box is still to come."""
        return self.boxes.is_busy

    @property
    def is_drawing(self) -> bool:
        """Whether the mouse draws."""
        return self.overlay.tool.is_active

    def cancel(self) -> None:
        """Give the mouse back to the camera."""
        self.boxes.cancel()
