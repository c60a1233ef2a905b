"""Help pages: those that ship with the program, and the list of keys made from the commands."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Protocol

from whatwhere_app.actions import COMMANDS, Command

PAGES: tuple[tuple[str, str], ...] = (
    ("modalities", "Modalities"),
    ("window", "Window"),
    ("rooms", "Demo rooms"),
    ("keys", "Keys"),
)
"""Name and title of every page; all but the keys are files."""


class HelpView(Protocol):
    """The help window."""

    def show_page(self, name: str, markdown: str) -> None:
        """Come up with this page."""


def key_page(commands: Sequence[Command]) -> str:
    """Every command that has a key, by menu, as Markdown."""
    lines = ["# Keys", ""]
    keyed = sorted((c for c in commands if c.keys), key=_menu_rank(commands))
    for menu, group in groupby(keyed, key=lambda command: command.menu):
        lines += [f"## {menu}", "", "| key | command |", "|---|---|"]
        for command in group:
            keys = " or ".join(f"`{key}`" for key in command.keys)
            lines.append(f"| {keys} | {command.text} |")
        lines.append("")
    lines.append("`Ctrl+P` finds every command by its name, also those without a key.")
    return "\n".join(lines)


class HelpPresenter:
    """Shows pages on request.

    Args:
        read_page: the Markdown of a page that is a file.
    """

    def __init__(self, view: HelpView, *, read_page: Callable[[str], str]) -> None:
        self._view = view
        self._read_page = read_page

    def show(self, name: str) -> None:
        """Open one page."""
        text = key_page(COMMANDS) if name == "keys" else self._read_page(name)
        self._view.show_page(name, text)


def _menu_rank(commands: Sequence[Command]) -> Callable[[Command], int]:
    menus = list(dict.fromkeys(command.menu for command in commands))
    return lambda command: menus.index(command.menu)
