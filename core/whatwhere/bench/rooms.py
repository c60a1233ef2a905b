"""The room that benches look at."""

from pathlib import Path

from whatwhere.assets import asset


def first_room() -> Path:
    """The first demo room that ships with the program.

    Raises:
        MissingFileError: this installation has none.
    """
    return next(path for path in sorted(asset("rooms").iterdir()) if path.is_dir())
