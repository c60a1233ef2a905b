"""Where the user's own store lies, and who she is."""

import getpass
from pathlib import Path

from whatwhere.folders import user_folder


def default_place() -> Path:
    """The file of the store, whether or not it is there yet."""
    return user_folder("data") / "annotations.db"


def default_annotator() -> str:
    """Her name in this system; "me" where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "me"
