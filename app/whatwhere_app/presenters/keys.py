"""Which key belongs to which command: changed here, remembered, and never given away twice."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from PySide6.QtGui import QAction, QKeySequence

from whatwhere_app.actions import keys_of
from whatwhere_app.commands.command import Command
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.keymap import Keymap
from whatwhere_app.stored import Store
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.view_values import KeyRow

_WALKING = (
    "Tab",
    "Shift+Tab",
    "Backtab",
    "Return",
    "Enter",
    "Space",
    "Up",
    "Down",
    "Left",
    "Right",
)
"""What every list and field needs for itself."""

_COMMANDS = {command.name: command for command in COMMANDS}


class KeysView(Protocol):
    """The panel of keys."""

    def show_keys(self, rows: Sequence[KeyRow]) -> None:
        """Replace the list."""

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""


class KeyedActions(Protocol):
    """The registry of commands."""

    def __getitem__(self, name: str) -> QAction:
        """One command."""

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give a command other keys."""


class KeysPresenter:
    """Gives commands their keys at the start, and others when the user says so."""

    def __init__(
        self, view: KeysView, actions: KeyedActions, store: Store[Keymap], board: TaskBoard
    ) -> None:
        self._view = view
        self._actions = actions
        self._store = store
        self.faults = [] if store.fault is None else [store.fault]
        self._take_over(store.value.keys)
        for fault in self.faults:
            board.notice(fault, level="warning")

    def show(self) -> None:
        """Every command with its keys."""
        self._view.say("", is_fault=False)
        self._show()

    def set_key(self, name: str, key: str) -> None:
        """Give a command this key in place of those it has; a key in use is refused."""
        reason = self._why_not(name, key)
        if reason:
            self._view.say(reason, is_fault=True)
            return
        self._change(name, (_portable(key),))
        self._say(f"{_portable(key)} now means “{_COMMANDS[name].text}”.")

    def remove_key(self, name: str) -> None:
        """Take every key of a command away."""
        self._change(name, ())
        self._say(f"“{_COMMANDS[name].text}” has no key now; Help → Find a command still finds it.")

    def reset(self, name: str) -> None:
        """Give a command its default keys back, unless another one has them now."""
        for key in _COMMANDS[name].keys:
            reason = self._why_not(name, key)
            if reason:
                self._view.say(reason, is_fault=True)
                return
        self._change(name, _COMMANDS[name].keys)
        self._say(f"“{_COMMANDS[name].text}” has its default keys again.")

    def reset_all(self) -> None:
        """Give every command its default keys."""
        for name, command in _COMMANDS.items():
            self._actions.set_keys(name, command.keys)
        self._remember()
        self._say("Every command has its default keys.")

    def _say(self, text: str) -> None:
        self._view.say(self._store.fault or text, is_fault=self._store.fault is not None)
        self._show()

    def _change(self, name: str, keys: Sequence[str]) -> None:
        self._actions.set_keys(name, keys)
        self._remember()

    def _remember(self) -> None:
        changed = {
            name: keys_of(self._actions[name])
            for name, command in _COMMANDS.items()
            if keys_of(self._actions[name]) != tuple(_portable(key) for key in command.keys)
        }
        self._store.change(Keymap(keys=changed))

    def _why_not(self, name: str, key: str) -> str:
        """Why this key cannot belong to this command; "" when it can."""
        shown = _portable(key)
        if not shown:
            return f"“{key}” is no key. Press the key that you want."
        if shown in _WALKING:
            return f"{shown} moves in lists and fields, so it cannot run a command. Choose another."
        for other in _COMMANDS:
            if other != name and shown in keys_of(self._actions[other]):
                return (
                    f"{shown} already belongs to “{_COMMANDS[other].text}”. "
                    "Give that command another key first, or choose another one here."
                )
        return ""

    def _take_over(self, keymap: Mapping[str, tuple[str, ...]]) -> None:
        """What the file says, as far as it can be: first all that is taken away, then the new."""
        known = {name: keys for name, keys in keymap.items() if name in _COMMANDS}
        for name in known:
            self._actions.set_keys(name, ())
        for name, keys in known.items():
            reasons = [reason for key in keys if (reason := self._why_not(name, key))]
            if reasons:
                kept = [key for key in _COMMANDS[name].keys if not self._why_not(name, key)]
                self._actions.set_keys(name, kept)
                self.faults.append(f"Keys of “{_COMMANDS[name].text}”: {reasons[0]}")
            else:
                self._actions.set_keys(name, [_portable(key) for key in keys])

    def _show(self) -> None:
        self._view.show_keys([self._row(command) for command in COMMANDS])

    def _row(self, command: Command) -> KeyRow:
        keys = keys_of(self._actions[command.name])
        usual = tuple(_portable(key) for key in command.keys)
        return KeyRow(command.name, command.menu, command.text, keys, is_changed=keys != usual)


def _portable(key: str) -> str:
    """One key as Qt writes it; "" for what is none, or more than one."""
    sequence = QKeySequence(key)
    portable = QKeySequence.SequenceFormat.PortableText
    return sequence.toString(portable) if sequence.count() == 1 else ""
