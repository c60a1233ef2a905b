"""Typed settings in one JSON file, and the folders that belong to the user."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from whatwhere.folders import user_folder as user_folder
from whatwhere_app.stored import Store

_RECENT_SCENES = 15
MAX_LABELS = 10


class Settings(BaseModel):
    """What the program remembers between two starts.

    Attributes:
        schema_version: of this file; an older one is brought up to date, a newer one gives the
            defaults.
        theme: "system" follows the desktop.
        model: the model that is loaded at the start.
        scale_percent: how large everything is drawn; None follows the screen.
        multi_samples: of the 3D view; None chooses 0 where OpenGL runs in software, else 8.
        scene_folder: where the open dialog starts.
        export_folder: where the dialog for exports starts.
        recent_scenes: newest first.
        pinned_scenes: stay in the list whatever else is opened, in the order they were pinned.
        scan_folders: whose scans are all listed, in the order they were pointed at.
        num_labels: candidates of every modality that carry a name in the 3D view.
        cache_mb: what may be kept on disk of scenes that models looked at, so that they open
            sooner; 0 keeps nothing.
        annotator: under which name annotations are made; "" takes the login name.
        database: where annotations lie: a file, or a URL without a password; "" is the user's own
            file.
        annotates_independently: what others say of a case is hidden until both have done with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[5] = 5
    theme: Literal["system", "dark", "light"] = "system"
    model: str = "default"
    scale_percent: int | None = Field(default=None, ge=50, le=400)
    multi_samples: int | None = Field(default=None, ge=0, le=16)
    scene_folder: str = ""
    export_folder: str = ""
    recent_scenes: tuple[str, ...] = ()
    pinned_scenes: tuple[str, ...] = ()
    scan_folders: tuple[str, ...] = ()
    num_labels: int = Field(default=1, ge=0, le=MAX_LABELS)
    cache_mb: int = Field(default=2000, ge=0)
    annotator: str = Field(default="", max_length=120)
    database: str = ""
    annotates_independently: bool = False

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

    def with_pin(self, scene: Path, *, is_pinned: bool) -> "Settings":
        """The same, with this scene pinned, or back among the recent ones."""
        entry = str(scene)
        others = tuple(item for item in self.pinned_scenes if item != entry)
        if is_pinned:
            return self.model_copy(update={"pinned_scenes": (*others, entry)})
        folder = self.scene_folder
        recent = self.with_recent(scene)
        return recent.model_copy(update={"pinned_scenes": others, "scene_folder": folder})

    def without_scene(self, scene: Path) -> "Settings":
        """The same, with this scene neither pinned nor recent."""
        entry = str(scene)
        return self.model_copy(
            update={
                "recent_scenes": tuple(item for item in self.recent_scenes if item != entry),
                "pinned_scenes": tuple(item for item in self.pinned_scenes if item != entry),
            }
        )

    def with_scan_folder(self, folder: Path) -> "Settings":
        """The same, with the scans below this folder (an absolute path) listed too."""
        entry = str(folder)
        others = tuple(item for item in self.scan_folders if item != entry)
        return self.model_copy(
            update={"scan_folders": (*others, entry), "scene_folder": str(folder)}
        )

    def without_scan_folder(self, folder: Path) -> "Settings":
        """The same, with the scans below this folder listed no more."""
        entry = str(folder)
        return self.model_copy(
            update={"scan_folders": tuple(item for item in self.scan_folders if item != entry)}
        )


# Version 2 came with export_folder, version 3 with pinned_scenes, version 4 with scan_folders,
# version 5 with the annotator; an older program refuses names that it does not know.
_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda old: {**old, "schema_version": 2},
    2: lambda old: {**old, "schema_version": 3},
    3: lambda old: {**old, "schema_version": 4},
    4: lambda old: {**old, "schema_version": 5},
}
"""From each old schema version to the next."""


def settings_path() -> Path:
    """The file that remembers the settings."""
    return user_folder("config") / "settings.json"


class SettingsStore(Store[Settings]):
    """The settings in use and the file that remembers them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, Settings, what="settings", up_to_date=_up_to_date)


def _up_to_date(document: object) -> object:
    """What an older version wrote, as this version writes it; anything else as it is."""
    while isinstance(document, dict):
        version = document.get("schema_version", 1)
        step = _STEPS.get(version) if isinstance(version, int) else None
        if step is None:
            break
        document = step(document)
    return document
