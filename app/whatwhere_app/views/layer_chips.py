"""The chips over the 3D view: what is drawn, in which line, under which key."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from whatwhere_app.theme import LAYER_TAGS, Layer, Theme
from whatwhere_app.views.strokes import stroke_icon

_SAMPLE = QSize(22, 10)


class LayerChips(QFrame):
    """One button per layer; they share the checkable actions of the menu."""

    def __init__(self, actions: Mapping[Layer, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chips")
        self._buttons: dict[Layer, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        for layer, action in actions.items():
            button = QToolButton()
            button.setDefaultAction(action)
            action.setIconVisibleInMenu(False)  # the menu shows a tick in its place
            # Not the button's own text: that is replaced whenever its action changes.
            action.setIconText(f" {LAYER_TAGS[layer]}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(_SAMPLE)
            button.setAccessibleName(action.text())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
            self._buttons[layer] = button

    def set_theme(self, theme: Theme) -> None:
        """Paint the line samples in this look's colours."""
        for layer, button in self._buttons.items():
            stroke = theme.strokes[layer]
            icon = stroke_icon(stroke, _SAMPLE, pixel_ratio=self.devicePixelRatioF())
            button.defaultAction().setIcon(icon)
