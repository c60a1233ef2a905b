"""The settings that a user may change, each with its choices and what it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from whatwhere.errors import ModelError
from whatwhere.models.catalogue import entries, find_model
from whatwhere_app.settings import Settings, SettingsStore
from whatwhere_app.view_values import Choice

_NEXT = "Takes effect at the next start."
_AT_LOAD = "Takes effect when a model is loaded next."
_AUTOMATIC = "automatic"
_CACHE = "cache_mb"


class PreferencesView(Protocol):
    """The settings panel."""

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Replace what is offered."""

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""


@dataclass(frozen=True)
class KeptScenes:
    """What models saw of scenes, on disk.

    Attributes:
        held_bytes: how much lies there now.
        empty: throws it away and says how many bytes that was; raises OSError.
    """

    held_bytes: Callable[[], int]
    empty: Callable[[], int]


class PreferencesPresenter:
    """Shows and changes the settings.

    Args:
        choose_theme: applies and remembers a look at once.
        kept: what models saw of scenes.
    """

    def __init__(
        self,
        view: PreferencesView,
        settings: SettingsStore,
        *,
        choose_theme: Callable[[Any], None],
        kept: KeptScenes,
    ) -> None:
        self._view = view
        self._settings = settings
        self._choose_theme = choose_theme
        self._kept = kept

    def show(self) -> None:
        """Everything as it is now."""
        self._view.say("", is_fault=False)
        self._show_choices()

    def do(self, name: str) -> None:
        """The button beside a setting: throw away what is kept of scenes."""
        assert name == _CACHE
        try:
            freed = self._kept.empty()
        except OSError as error:
            self._view.say(f"It could not be emptied: {error}.", is_fault=True)
        else:
            self._view.say(f"{_mb(freed)} were thrown away.", is_fault=False)
        self._show_choices()

    def change(self, name: str, value: str) -> None:
        """Take another value; what cannot be one is refused."""
        if name == "theme":
            self._choose_theme(value)
            self._tell("")
            return
        reason = _why_not_model(value) if name == "model" else ""
        document = self._settings.value.model_dump() | {name: _read(name, value)}
        try:
            changed = Settings.model_validate(document)
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
        if reason:
            self._view.say(f"“{value}” cannot be used: {reason}", is_fault=True)
            return
        self._settings.change(changed)
        self._tell(_AT_LOAD if name == _CACHE else _NEXT)

    def _tell(self, text: str) -> None:
        fault = self._settings.fault
        self._view.say(fault or text, is_fault=fault is not None)
        self._show_choices()

    def _show_choices(self) -> None:
        self._view.show_choices(choices_of(self._settings.value, self._kept.held_bytes()))


def choices_of(settings: Settings, held_bytes: int) -> tuple[Choice, ...]:
    """What can be chosen, in order.

    Args:
        settings: as they are.
        held_bytes: what is kept of scenes that models looked at.
    """
    samples, scale = settings.multi_samples, settings.scale_percent
    return (
        Choice(
            "theme",
            "Theme",
            "Dark or light; the system's follows it live.",
            (("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
            settings.theme,
        ),
        Choice(
            "scale_percent",
            "Size of everything",
            f"Automatic follows the screen. {_NEXT}",
            ((_AUTOMATIC, "Automatic"), *((str(n), f"{n} %") for n in (75, 100, 125, 150, 200))),
            _AUTOMATIC if scale is None else str(scale),
        ),
        Choice(
            "multi_samples",
            "Smooth edges in 3D",
            f"Automatic is none on software OpenGL, where each frame would take four times as "
            f"long, and 8 samples elsewhere. {_NEXT}",
            (
                (_AUTOMATIC, "Automatic"),
                ("0", "None"),
                *((str(n), f"{n} samples") for n in (2, 4, 8, 16)),
            ),
            _AUTOMATIC if samples is None else str(samples),
        ),
        Choice(
            "model",
            "Model",
            f"One that `whatwhere models list` lists, or a model folder. {_NEXT}",
            tuple((entry.name, entry.name) for entry in entries()[0]),
            settings.model,
            is_open=True,
        ),
        Choice(
            _CACHE,
            "Kept of scenes, MB",
            "What models saw of scenes may take so much of the disk, so that these open sooner; 0 "
            f"keeps nothing. {_mb(held_bytes)} are taken now. {_AT_LOAD}",
            tuple((str(n), f"{n:,}") for n in (0, 500, 1000, 2000, 5000, 20_000)),
            str(settings.cache_mb),
            is_open=True,
            command="Empty",
        ),
    )


def _mb(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:,.0f} MB"


def _read(name: str, value: str) -> object:
    if name in ("scale_percent", "multi_samples"):
        return None if value == _AUTOMATIC else value
    if name == _CACHE:
        return value.replace(",", "").strip()
    return value.strip() or "default"


def _why_not_model(value: str) -> str:
    path = Path(value.strip()).expanduser()
    if value.strip() in ("", "default") or (path / "config.json").is_file():
        return ""
    if path.is_dir():
        return "it is no model folder (there is no config.json in it)."
    try:
        find_model(value.strip())
    except ModelError as error:
        return f"{error.fault}."
    return ""
