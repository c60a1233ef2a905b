"""Typed settings in one JSON file, and the folders that belong to the user."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from whatwhere.folders import user_folder as user_folder

_RECENT_SCENES = 15
_ASIDE = ".old"


class Settings(BaseModel):
    """What the program remembers between two starts.

    Attributes:
        schema_version: of this file; an older one is brought up to date, a newer one gives the
            defaults.
        theme: "system" follows the desktop.
        model: the model that is loaded at the start.
        multi_samples: of the 3D view; None chooses 0 where OpenGL runs in software, else 8.
        scene_folder: where the open dialog starts.
        export_folder: where the dialog for exports starts.
        recent_scenes: newest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[2] = 2
    theme: Literal["system", "dark", "light"] = "system"
    model: str = "default"
    multi_samples: int | None = Field(default=None, ge=0, le=16)
    scene_folder: str = ""
    export_folder: str = ""
    recent_scenes: tuple[str, ...] = ()

    def with_recent(self, scene: Path) -> "Settings":
        """The same, with this scene (an absolute path) first among the recent ones."""
        entry = str(scene)
        others = tuple(item for item in self.recent_scenes if item != entry)
        return self.model_copy(
            update={
                "recent_scenes": (entry, *others)[:_RECENT_SCENES],
                "scene_folder": str(scene.parent),
            }
        )


# Version 2 came with export_folder; a program of version 1 refuses names that it does not know.
_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda old: {**old, "schema_version": 2},
}
"""From each old schema version to the next."""


def settings_path() -> Path:
    """The file that remembers the settings."""
    return user_folder("config") / "settings.json"


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """The settings in a file, and a sentence when they could not be read (then: the defaults)."""
    if not path.is_file():
        return Settings(), None
    try:
        return Settings.model_validate(_up_to_date(json.loads(path.read_bytes()))), None
    except (OSError, ValueError, RecursionError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        return Settings(), (
            f"{path}: the settings could not be read ({reason}). The defaults are used; "
            f"the file is kept as {path.name}{_ASIDE} at the next change."
        )


def put_aside(path: Path) -> None:
    """Keep a file under another name, so that a fresh one can take its place."""
    if path.exists():
        path.replace(path.with_name(path.name + _ASIDE))


def save_settings(settings: Settings, path: Path) -> None:
    """Replace the file at once, so that a crash leaves the old or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


class SettingsStore:
    """The settings in use and the file that remembers them.

    Attributes:
        value: the settings now.
        fault: a sentence when the file could not be read, or the last change not be saved.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.value, self.fault = load_settings(path)
        self._is_foreign = self.fault is not None

    def change(self, settings: Settings) -> None:
        """Use and remember other settings."""
        if settings == self.value:
            return
        self.value = settings
        try:
            if self._is_foreign:
                put_aside(self._path)
                self._is_foreign = False
            save_settings(settings, self._path)
        except OSError as error:
            self.fault = f"{self._path}: the settings could not be saved ({error})."


def _up_to_date(document: object) -> object:
    """What an older version wrote, as this version writes it; anything else as it is."""
    while isinstance(document, dict):
        version = document.get("schema_version", 1)
        step = _STEPS.get(version) if isinstance(version, int) else None
        if step is None:
            break
        document = step(document)
    return document
