"""A push button that is a command of the registry: its state and tooltip are the command's."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget


class ActionButton(QPushButton):
    """Triggers a command, and follows whether it can be given.

    Args:
        action: the command.
        text: on the button; shorter than in the menu.
    """

    def __init__(
        self,
        action: QAction,
        text: str,
        parent: QWidget | None = None,
        *,
        is_primary: bool = False,
        is_flat: bool = False,
    ) -> None:
        super().__init__(text, parent)
        if is_primary or is_flat:
            self.setObjectName("primary" if is_primary else "flat")
        self._action = action
        self.setCheckable(action.isCheckable())
        self.clicked.connect(lambda *_: action.trigger())
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setChecked(self._action.isChecked())
        self.setAccessibleName(self._action.text().removesuffix("…"))
