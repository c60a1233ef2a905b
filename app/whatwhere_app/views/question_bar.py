"""A question across the top of the 3D view; nothing stops for it, and work may go on beside it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable


class QuestionBar(QFrame):
    """Hidden until there is something to ask; its owner hides it again."""

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        mark = QFrame()
        mark.setObjectName("noticeMark")
        mark.setProperty("level", "info")
        mark.setFixedWidth(4)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        make_readable(self._text, "Question")
        self.buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, GAP_PX, 2 * GAP_PX, GAP_PX)
        self._row.setSpacing(2 * GAP_PX)
        self._row.addWidget(mark)
        self._row.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it asks now; "" while hidden."""
        return "" if self.isHidden() else self._text.text()

    def ask(self, text: str, choices: Mapping[str, str]) -> None:
        """Ask something.

        Args:
            text: the question.
            choices: what `answered` says -> what the button says; the first is the usual one.
        """
        for button in self.buttons.values():
            self._row.removeWidget(button)  # else old and new ones push the panels aside
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for name, title in choices.items():
            button = QPushButton(title)
            if not self.buttons:
                button.setObjectName("primary")
            button.clicked.connect(lambda *_, name=name: self.answered.emit(name))
            self._row.addWidget(button)
            self.buttons[name] = button
        self._text.setText(text)
        self.show()
        self.raise_()
