"""One command, before there is anything of Qt about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: unique, "menu.verb".
        text: in menus and lists.
        keys: as `QKeySequence` reads them.
        menu: the menu it stands in; "" for none.
        hint: in the status bar and on hover.
        is_checkable: a switch.
        starts_group: a line above it in the menu.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    hint: str = ""
    is_checkable: bool = False
    starts_group: bool = False
