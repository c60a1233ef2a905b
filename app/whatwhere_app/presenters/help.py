"""Help pages: those that ship with the program, and the list of keys made from the commands."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from PySide6.QtGui import QAction

from whatwhere_app.actions import keys_of
from whatwhere_app.commands.command import Command
from whatwhere_app.commands.table import COMMANDS

PAGES: tuple[tuple[str, str], ...] = (
    ("modalities", "Modalities"),
    ("example", "The example"),
    ("window", "Window"),
    ("scans", "Scans that open"),
    ("rooms", "Demo rooms"),
    ("diagnose", "Diagnosis"),
    ("training", "Training"),
    ("models", "Models of others"),
    ("keys", "Keys"),
)
"""Name and title of every page; all but the keys are files."""


class HelpView(Protocol):
    """The help window."""

    def show_page(self, name: str, markdown: str) -> None:
        """Come up with this page."""


def key_page(commands: Sequence[Command], keys: Mapping[str, Sequence[str]]) -> str:
    """Every command that has a key, by menu, as Markdown.

    Args:
        commands: in order.
        keys: command -> its keys now.
    """
    lines = ["# Keys", ""]
    keyed = sorted((c for c in commands if keys[c.name]), key=_menu_rank(commands))
    for menu, group in groupby(keyed, key=lambda command: command.menu):
        lines += [f"## {menu}", "", "| key | command |", "|---|---|"]
        for command in group:
            shown = " or ".join(f"`{key}`" for key in keys[command.name])
            lines.append(f"| {shown} | {command.text} |")
        lines.append("")
    lines.append("Help → Find a command… finds every one by its name, also those without a key.")
    lines.append("Help → Keys… gives a command another key.")
    return "\n".join(lines)


class HelpPresenter:
    """Shows pages on request.

    Args:
        read_page: the Markdown of a page that is a file.
        actions: every command, which knows its keys.
    """

    def __init__(
        self, view: HelpView, *, read_page: Callable[[str], str], actions: Mapping[str, QAction]
    ) -> None:
        self._view = view
        self._read_page = read_page
        self._actions = actions

    def show(self, name: str) -> None:
        """Open one page."""
        if name == "keys":
            keys = {command: keys_of(action) for command, action in self._actions.items()}
            self._view.show_page(name, key_page(COMMANDS, keys))
        else:
            self._view.show_page(name, self._read_page(name))


def _menu_rank(commands: Sequence[Command]) -> Callable[[Command], int]:
    menus = list(dict.fromkeys(command.menu for command in commands))
    return lambda command: menus.index(command.menu)
