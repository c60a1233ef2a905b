"""Outlines on frames in the Annotate layout, built and connected."""

from collections.abc import Callable

from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.annotate_regions import AnnotateRegionsPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.lifted_overlay import LiftedOverlay
from whatwhere_app.views.region_panel import RegionPanel
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace

_COMMANDS = ("region_box", "region_outline", "region_accept", "region_delete")


class DrawingRegions:
    """The frame that is drawn on, and what stands behind it.

    Args:
        scene_view: where outlines are shown in 3D.
    """

    def __init__(
        self,
        window: MainWindow,
        scene_view: SceneView,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        workspace: Workspace,
        board: TaskBoard,
    ) -> None:
        self._actions = actions = window.actions_by_name
        self.view = RegionPanel(
            [(actions["frame.previous"], "◂"), (actions["frame.next"], "▸")],
            [
                (actions["annotate.region_box"], "Box"),
                (actions["annotate.region_outline"], "Outline"),
                (actions["annotate.region_accept"], "Accept"),
            ],
        )
        self.presenter = AnnotateRegionsPresenter(
            self.view.picture,
            self.view,
            LiftedOverlay(scene_view),
            desk,
            acts,
            workspace,
            board,
            set_acceptable=self._set_acceptable,
        )
        picture, presenter = self.view.picture, self.presenter
        picture.outline_drawn.connect(presenter.on_drawn)
        picture.outline_changed.connect(presenter.on_changed)
        picture.region_chosen.connect(presenter.choose)
        picture.delete_requested.connect(presenter.delete)
        self.view.frame_chosen.connect(workspace.set_frame)
        commands: dict[str, Callable[[], None]] = {
            "region_box": lambda: presenter.begin("box"),
            "region_outline": lambda: presenter.begin("outline"),
            "region_accept": presenter.accept,
            "region_delete": presenter.delete,
        }
        for name, call in commands.items():
            actions[f"annotate.{name}"].triggered.connect(lambda *_, call=call: call())
        self.set_on(False)

    @property
    def is_busy(self) -> bool:
        """Whether an outline is still being lifted."""
        return self.presenter.is_busy

    @property
    def is_drawing(self) -> bool:
        """Whether the mouse draws on the frame."""
        return self.view.picture.is_drawing

    def set_on(self, is_on: bool) -> None:
        """The layout is shown, or no more."""
        for name in _COMMANDS[:2]:
            self._actions[f"annotate.{name}"].setEnabled(is_on)
        self.presenter.set_on(is_on)

    def _set_acceptable(self, can_accept: bool, can_delete: bool) -> None:
        self._actions["annotate.region_accept"].setEnabled(can_accept)
        self._actions["annotate.region_delete"].setEnabled(can_delete)
