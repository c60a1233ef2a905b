"""Where the user's own files lie: platform folders, or everything under `WHATWHERE_HOME`."""

import os
from pathlib import Path
from typing import Literal

import platformdirs

_APP = "whatwhere"

Kind = Literal["data", "config", "state", "cache"]


def user_folder(kind: Kind) -> Path:
    """Where one kind of the user's files lies, whether or not the folder is there yet.

    "data" holds runs and models, "config" the settings, "state" the session and logs, "cache"
    what can be computed again.
    """
    home = os.environ.get("WHATWHERE_HOME")
    if home:
        return Path(home).expanduser() / kind
    platform = platformdirs.PlatformDirs(_APP, appauthor=False)
    folder: Path = getattr(platform, f"user_{kind}_path")
    return folder


def data_folder() -> Path:
    """Runs, annotations and models of the user; created on first use."""
    return _made("data")


def state_folder() -> Path:
    """Session and logs; created on first use."""
    return _made("state")


def _made(kind: Kind) -> Path:
    folder = user_folder(kind)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
