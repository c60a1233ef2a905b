"""Scenes to open: the demo rooms that ship with the program, and the recent ones."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from whatwhere_app.views.two_line_list import TwoLineList

_EMPTY = "No scenes yet. Drop a ScanNet scan folder here, or press Ctrl+O."


class SceneList(TwoLineList):
    """Click or Enter opens a scene; rows are keyed by folder."""

    scene_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_EMPTY, parent)
        self.setAccessibleName("Scenes")
        self.clicked.connect(lambda index: self.scene_chosen.emit(self.key_at(index)))
        self.activated.connect(lambda index: self.scene_chosen.emit(self.key_at(index)))
