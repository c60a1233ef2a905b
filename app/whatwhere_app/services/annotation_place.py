"""Where annotations lie (the user's own file, or the database that she named), and who annotates.

One of each for the whole program, as there is one home folder: what asks for it may be in any
thread, and asks each time.
"""

import hashlib
from pathlib import Path

from whatwhere.annotations.place import default_annotator, default_place
from whatwhere.annotations.urls import plain
from whatwhere_app.settings import user_folder

_named = ""
_name = ""
_is_alone = False


def annotation_place() -> Path | str:
    """The file, or the URL of the database, with its password where one was given."""
    if not _named:
        return default_place()
    return _named if "://" in _named else Path(_named).expanduser()


def use_database(place: str) -> None:
    """Name another place: the path of a file or a URL; "" is the user's own file."""
    global _named
    _named = place


def annotator() -> str:
    """Who annotates: as she named herself, else by her login name."""
    return _name or default_annotator()


def use_annotator(name: str) -> None:
    """Annotate under this name; "" is the login name."""
    global _name
    _name = name


def judge_alone(is_on: bool) -> None:
    """Hide what other annotators say, or no longer."""
    global _is_alone
    _is_alone = is_on


def only_annotator() -> str | None:
    """Whose annotations may be shown; None while she does not judge independently: everyone's."""
    return annotator() if _is_alone else None


def journal_of(place: Path | str) -> Path:
    """The file for what cannot be saved there at once."""
    if isinstance(place, Path):
        return place.with_suffix(".waiting.jsonl")
    short = hashlib.sha256(plain(place).encode()).hexdigest()[:12]
    return user_folder("data") / f"annotations-{short}.waiting.jsonl"
