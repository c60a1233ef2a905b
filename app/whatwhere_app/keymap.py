"""The user's own keys, in one JSON file; what a command has by default is not repeated there."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from whatwhere_app.settings import user_folder


class Keymap(BaseModel):
    """What differs from the default keys.

    Attributes:
        schema_version: of this file.
        keys: command -> its keys as `QKeySequence` reads them; none takes every key away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    keys: dict[str, tuple[str, ...]] = {}


def keymap_path() -> Path:
    """The file that remembers the keys."""
    return user_folder("config") / "keymap.json"
