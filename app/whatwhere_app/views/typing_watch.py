"""Whether a text is being typed: then some keys belong to the text field alone."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

_FIELDS = (QLineEdit, QPlainTextEdit, QAbstractSpinBox)


class TypingWatch(QObject):
    """Tells when the focus comes to a text field, and when it leaves it."""

    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    @property
    def is_typing(self) -> bool:
        """Whether a text field has the focus now."""
        return isinstance(QApplication.focusWidget(), _FIELDS)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        self.changed.emit(isinstance(now, _FIELDS))
