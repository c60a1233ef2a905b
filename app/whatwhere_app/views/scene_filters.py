"""Buttons that keep only the scans which have something."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget


class SceneFilters(QWidget):
    """One switch per part of a scan; all that are on must be there."""

    changed = Signal(object)

    def __init__(
        self, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("filters")
        self.setAccessibleName("Show only scans that have")
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for name, text, hint in choices:
            button = QToolButton()
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(hint)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.toggled.connect(self._on_toggled)
            row.addWidget(button)
            self.buttons[name] = button
        row.addStretch(1)

    @property
    def chosen(self) -> frozenset[str]:
        """What the scans must have."""
        return frozenset(name for name, button in self.buttons.items() if button.isChecked())

    def clear(self) -> None:
        """Ask for nothing."""
        for button in self.buttons.values():
            button.setChecked(False)

    def _on_toggled(self, _: bool) -> None:
        self.changed.emit(self.chosen)
