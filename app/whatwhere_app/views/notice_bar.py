"""A sentence across the top of the 3D view when something went wrong; nothing stops for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable


class NoticeBar(QFrame):
    """Hidden until there is something to say."""

    restart_requested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._mark = QFrame()
        self._mark.setObjectName("noticeMark")
        self._mark.setFixedWidth(4)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        make_readable(self._text, "Notice")
        self.restart_button = QPushButton("Restart")
        dismiss = QPushButton("Dismiss")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GAP_PX, 2 * GAP_PX, GAP_PX)
        row.setSpacing(2 * GAP_PX)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        row.addWidget(self.restart_button)
        row.addWidget(dismiss)
        self.restart_button.clicked.connect(self.restart_requested)
        dismiss.clicked.connect(self.dismissed)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; "" while hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_notice(self, text: str, *, level: str, can_restart: bool) -> None:
        """Say something."""
        self._mark.setProperty("level", level)
        self._mark.style().unpolish(self._mark)
        self._mark.style().polish(self._mark)
        self._text.setText(text)
        self.restart_button.setVisible(can_restart)
        self.show()
        self.raise_()

    def clear(self) -> None:
        """Nothing to say."""
        self.hide()
