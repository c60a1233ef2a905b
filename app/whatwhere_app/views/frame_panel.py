"""The large frame with its name, its switches, and what is known of the marked point."""

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.frame_view import FrameView
from whatwhere_app.views.reading import make_readable


class FramePanel(QWidget):
    """A picture above its texts.

    Args:
        actions: commands that act on the frame, with the short text of each one's button.
        picture: the picture; None makes a plain one.
    """

    def __init__(
        self,
        actions: Sequence[tuple[QAction, str]] = (),
        parent: QWidget | None = None,
        *,
        picture: FrameView | None = None,
    ) -> None:
        super().__init__(parent)
        self.picture = FrameView(self) if picture is None else picture
        self._said = self._named = ""
        self._caption, self._note = QLabel(), QLabel()
        self._caption.setObjectName("caption")
        self._caption.setAccessibleName("Frame in hand")
        # A long name must not make the panel wider.
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note.setObjectName("caption")
        self._note.setWordWrap(True)
        make_readable(self._note, "Marked point")
        self._note.hide()
        row = QHBoxLayout()
        row.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        row.setSpacing(GAP_PX)
        row.addWidget(self._caption, 1)
        for action, text in actions:
            row.addWidget(_button(action, text))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addWidget(self.picture, 1)
        column.addLayout(row)
        note = QHBoxLayout()
        note.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        note.addWidget(self._note)
        column.addLayout(note)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.picture.set_theme(theme)

    def show_caption(self, text: str, hint: str) -> None:
        """Name of the frame, and how well it sees what is selected; the hint shows on hover."""
        self._named = text
        self._caption.setToolTip(hint)
        self._elide_caption()

    def show_note(self, text: str) -> None:
        """What is known of the marked point; an empty text hides it."""
        self._said = text
        # A number and its unit stay on one line.
        self._note.setText(re.sub(r"(\d) (c?m)\b", "\\1\N{NO-BREAK SPACE}\\2", text))
        self._note.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: there is more or less room for the name."""
        super().resizeEvent(event)
        self._elide_caption()

    def _elide_caption(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()  # else the label is as wide as before
        middle, metrics = Qt.TextElideMode.ElideMiddle, self._caption.fontMetrics()
        self._caption.setText(metrics.elidedText(self._named, middle, self._caption.width()))

    @property
    def note(self) -> str:
        """What is said of the marked point."""
        return self._said


def _button(action: QAction, text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setDefaultAction(action)
    # Not the button's own text: that is replaced whenever its action changes.
    action.setIconText(text)
    button.setAccessibleName(action.text())
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
