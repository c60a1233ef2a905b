"""The one registry of commands as Qt's actions: menus, keys, buttons, help and tests read it.

Single keys are no danger to typing: a text field with the focus takes printable keys before any
shortcut sees them.
"""

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from whatwhere_app.commands.command import Command
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.theme import LAYERS, Layer


class Actions(Mapping[str, QAction]):
    """One `QAction` per command, by name."""

    def __init__(self, parent: QObject) -> None:
        self._actions = {command.name: _action(command, parent) for command in COMMANDS}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give a command other keys; menus and tooltips show them at once."""
        _give_keys(self[name], next(c for c in COMMANDS if c.name == name), keys)

    def layers(self) -> dict[Layer, QAction]:
        """The switches of the layers."""
        return {layer: self[f"show.{layer}"] for layer in LAYERS}

    def describe(self, name: str, text: str, *, is_enabled: bool) -> None:
        """Show what a command would do now, and whether it can."""
        self[name].setText(text)
        self[name].setEnabled(is_enabled)

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""
        action = self[name]
        was_blocked = action.blockSignals(True)
        action.setChecked(is_checked)
        action.blockSignals(was_blocked)
        action.changed.emit()


def keys_of(action: QAction) -> tuple[str, ...]:
    """The keys of a command now, as `QKeySequence` reads them."""
    portable = QKeySequence.SequenceFormat.PortableText
    return tuple(sequence.toString(portable) for sequence in action.shortcuts())


def _action(command: Command, parent: QObject) -> QAction:
    action = QAction(command.text, parent)
    action.setObjectName(command.name)
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setCheckable(command.is_checkable)
    _give_keys(action, command, command.keys)
    return action


def _give_keys(action: QAction, command: Command, keys: Sequence[str]) -> None:
    action.setShortcuts([QKeySequence(text) for text in keys])
    shown = f" ({keys[0]})" if keys else ""
    action.setToolTip(f"{command.hint or command.text}{shown}")
