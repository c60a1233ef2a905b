"""What lies at a place, before anything is made or changed there."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from whatwhere.annotations.engine import Database, open_database
from whatwhere.annotations.schema import HEAD, refuse_newer, version_of
from whatwhere.annotations.tables import case_tags, cases, seen_cases


@dataclass(frozen=True, slots=True)
class Look:
    """A place for annotations.

    Attributes:
        name: as people know it, without a password.
        server: "PostgreSQL 15.14", "SQLite 3.45.1".
        version: of the store; None where there is none yet.
        is_old: opening it brings it up to date.
        num_cases: that it holds.
        annotators: who tagged them or has done with some, by name.
    """

    name: str
    server: str
    version: str | None
    is_old: bool = False
    num_cases: int = 0
    annotators: tuple[str, ...] = ()


def look_at(place: Path | str) -> Look:
    """Try a place: a file, or the URL of a PostgreSQL database. Nothing is made or changed.

    Raises:
        StoreError: the store there is of a newer version, or somebody else's.
        StoreUnavailableError: it cannot be reached, or does not let us in.
        BrokenFileError, ConfigError, NotSupportedError, RefusedPathError: it is no such place.
    """
    if isinstance(place, Path) or "://" not in place:
        path = Path(place).expanduser()
        if not path.is_file():
            return Look(str(path), "SQLite", None)
        place = path
    database = open_database(place)
    try:
        return _look(database)
    finally:
        database.close()


def _look(database: Database) -> Look:
    with database.reading() as connection:
        version = version_of(connection)
        server = _server(connection)
    if version is None:
        return Look(database.name, server, None)
    refuse_newer(database, version)
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(cases)).scalar_one()
        names = {
            row[0]
            for table in (case_tags, seen_cases)
            for row in connection.execute(select(table.c.annotator).distinct())
        }
    return Look(database.name, server, version, version != HEAD, int(count), tuple(sorted(names)))


def _server(connection: Connection) -> str:
    number = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    kind = "PostgreSQL" if connection.dialect.name == "postgresql" else "SQLite"
    return f"{kind} {number}"
