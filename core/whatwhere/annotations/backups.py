"""Copies of a SQLite store beside it: one an hour at most, kept for seven days."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from whatwhere.errors import RefusedPathError
from whatwhere.files import replacing

EVERY = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)
_FORM = "%Y%m%dT%H%M%SZ"


def back_up(store: Path, at: datetime | None = None) -> Path | None:
    """Copy a store that others may be writing to, unless a copy is younger than an hour.

    Copies older than seven days go, but never the last one.

    Args:
        store: its file.
        at: the present time.

    Returns:
        The copy that was made; None where none was due.

    Raises:
        RefusedPathError: it cannot be written; the store and earlier copies are as they were.
    """
    at = datetime.now(UTC) if at is None else at
    folder = store.parent / "backups"
    held = backups_of(store)
    if held and at - held[-1][0] < EVERY:
        return None
    path = folder / f"{store.stem}-{at.strftime(_FORM)}{store.suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            replacing(path) as temporary,
            closing(sqlite3.connect(store)) as source,
            closing(sqlite3.connect(temporary)) as copy,
        ):
            source.backup(copy, pages=1_000)
        for made, old in held:
            if at - made > KEPT_FOR:
                old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise RefusedPathError(path, str(error)) from error
    return path


def backups_of(store: Path) -> list[tuple[datetime, Path]]:
    """When each copy of a store was made, oldest first."""
    found = []
    for path in (store.parent / "backups").glob(f"{store.stem}-*{store.suffix}"):
        try:
            made = datetime.strptime(path.stem.removeprefix(f"{store.stem}-"), _FORM)
        except ValueError:
            continue  # not one of ours
        found.append((made.replace(tzinfo=UTC), path))
    return sorted(found)
