"""Which look the window has: the user's choice, or the system's, followed live."""

from collections.abc import Callable
from typing import Literal, Protocol, get_args

from whatwhere_app.settings import SettingsStore
from whatwhere_app.theme import DARK, LIGHT, THEMES, Theme

Choice = Literal["system", "dark", "light"]


class ThemeSwitches(Protocol):
    """The checkable commands of the looks."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class AppearancePresenter:
    """Applies and remembers the look.

    Args:
        switches: the commands "theme.dark" and so on.
        settings: remembers the choice.
        apply: gives every view a look.
        is_system_light: what the desktop prefers now.
    """

    def __init__(
        self,
        switches: ThemeSwitches,
        settings: SettingsStore,
        *,
        apply: Callable[[Theme], None],
        is_system_light: Callable[[], bool],
    ) -> None:
        self._switches = switches
        self._settings = settings
        self._apply = apply
        self._is_system_light = is_system_light
        self.choose(settings.value.theme)

    def choose(self, choice: Choice) -> None:
        """Take a look and remember it."""
        if choice == "system":
            self._apply(LIGHT if self._is_system_light() else DARK)
        else:
            self._apply(THEMES[choice])
        for option in get_args(Choice):
            self._switches.set_checked(f"theme.{option}", option == choice)
        self._settings.change(self._settings.value.model_copy(update={"theme": choice}))

    def on_system_changed(self) -> None:
        """The desktop changed between light and dark."""
        if self._settings.value.theme == "system":
            self.choose("system")
