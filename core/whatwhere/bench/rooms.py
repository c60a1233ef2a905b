"""The room that benches look at."""

from pathlib import Path

from whatwhere.demo.shipped import shipped_rooms


def first_room() -> Path:
    """The first demo room that ships with the program.

    Raises:
        MissingFileError: this installation has none.
    """
    return shipped_rooms()[0].path
