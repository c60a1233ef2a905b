"""Where the files that ship with the program lie, in a checkout and in an installed wheel."""

from pathlib import Path

from whatwhere.errors import MissingFileError

_PACKAGE = Path(__file__).resolve().parent


def asset(*parts: str) -> Path:
    """The path of one shipped file or folder, e.g. `asset("rooms", "bedroom")`.

    Raises:
        MissingFileError: this installation does not have it.
    """
    for root in (_PACKAGE / "_assets", _PACKAGE.parents[1] / "assets"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise MissingFileError(
        "/".join(parts),
        what="Shipped file",
        remedy="Install whatwhere again; this copy is incomplete",
    )
