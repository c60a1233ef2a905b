"""Candidates that are found in a scan, built and connected."""

from whatwhere.scenes.scene import Scene
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.finding import FindingPresenter, OnStep
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Found


class Finding:
    """The offer over the 3D view, its presenter, and the command."""

    def __init__(self, window: MainWindow, workspace: Workspace, board: TaskBoard) -> None:
        self.offer = QuestionBar()
        window.add_above(self.offer)
        actions = window.actions_by_name
        self.presenter = FindingPresenter(
            self.offer, actions, workspace, board, find=_find_candidates
        )
        self.offer.answered.connect(self.presenter.on_answered)
        actions["box.find"].toggled.connect(self.presenter.set_wanted)


def _find_candidates(scene: Scene, on_step: OnStep) -> Found:
    """In a thread, with scipy, which a window that finds nothing need not wait for."""
    from whatwhere_app.services.found_candidates import find_candidates

    return find_candidates(scene, on_step)
