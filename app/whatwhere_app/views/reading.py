"""Labels whose text one may want to copy."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

_READ = (
    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
)


def make_readable(label: QLabel, name: str) -> None:
    """Let its text be chosen by mouse and keyboard, and a screen reader stop there.

    Args:
        label: with plain text.
        name: what a screen reader calls the label.
    """
    label.setTextInteractionFlags(_READ)
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the flags alone leave it out of Tab's way
    label.setAccessibleName(name)
