"""Where the user's own files lie: platform folders, or everything under `WHATWHERE_HOME`."""

import os
from pathlib import Path

import platformdirs

_APP = "whatwhere"


def data_folder() -> Path:
    """Runs, annotations and models of the user; created on first use."""
    return _folder("data", platformdirs.user_data_dir(_APP))


def config_folder() -> Path:
    """Settings and key map; created on first use."""
    return _folder("config", platformdirs.user_config_dir(_APP))


def state_folder() -> Path:
    """Session and logs; created on first use."""
    return _folder("state", platformdirs.user_state_dir(_APP))


def cache_folder() -> Path:
    """What can be computed again; created on first use."""
    return _folder("cache", platformdirs.user_cache_dir(_APP))


def _folder(kind: str, default: str) -> Path:
    home = os.environ.get("WHATWHERE_HOME")
    folder = Path(home).expanduser() / kind if home else Path(default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
