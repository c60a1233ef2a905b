"""Where the files that ship with the program lie, in a checkout and in an installed wheel."""

from pathlib import Path, PurePath

from whatwhere.errors import MissingFileError

_PACKAGE = Path(__file__).resolve().parent


def asset(*parts: str) -> Path:
    """The path of one shipped file or folder, e.g. `asset("rooms", "bedroom")`.

    Names may come from the user, so nothing outside the shipped files is ever returned.

    Raises:
        MissingFileError: this installation does not have it.
    """
    inside = PurePath(*parts)
    if not inside.is_absolute() and ".." not in inside.parts:
        for root in (_PACKAGE / "_assets", _PACKAGE.parents[1] / "assets"):
            path = root / inside
            if path.exists():
                return path
    raise MissingFileError(
        "/".join(parts),
        what="Shipped file",
        remedy="Install whatwhere again; this copy is incomplete",
    )
