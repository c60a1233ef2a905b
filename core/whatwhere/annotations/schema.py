"""The version of a store: made new, brought up to date, or refused and left alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, inspect, text

from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.engine import Database
from whatwhere.annotations.rows import as_columns
from whatwhere.annotations.tables import tags
from whatwhere.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The newest migration; a test holds it to the files."""

VERSION_TABLE = "whatwhere_version"
_LOCK = 0x57_57_41_4E


def bring_up_to_date(database: Database) -> None:
    """Make the tables of a new store, or migrate those of an older one.

    Raises:
        StoreError: the store is of a newer version, or the database is somebody else's.
        StoreUnavailableError, BrokenFileError: the database cannot be used.
    """
    with database.reading() as connection:
        version = version_of(connection)
    if version == HEAD:
        return
    refuse_newer(database, version)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if version_of(connection) != HEAD:  # another window may have been quicker
            _migrate(connection)
            if version is None:
                connection.execute(insert(tags), [as_columns(tag) for tag in DEFAULT_TAGS])


def script_config() -> "Config":
    """Where Alembic finds the migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    return config


def version_of(connection: Connection) -> str | None:
    """Which migration a database is at; None where it holds no store.

    Raises:
        StoreError: it is somebody else's.
    """
    names = inspect(connection).get_table_names()
    if VERSION_TABLE in names:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
        return None if found is None else str(found)
    if "cases" in names or "changes" in names:
        raise StoreError(
            "the database holds tables of another program under our names",
            remedy="Name another file or database",
        )
    return None


def refuse_newer(database: Database, version: str | None) -> None:
    """See that a store is not of a newer version than ours.

    Raises:
        StoreError: it is.
    """
    if version is None:
        return
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(script_config()).get_revision(version)
    except CommandError as error:
        raise StoreError(
            f"the store {database.name} was written by a newer WhatWhere (its version {version}, "
            f"ours {HEAD}); it was not touched",
            remedy="Update WhatWhere, or name another store",
        ) from error


def _migrate(connection: Connection) -> None:
    from alembic import command

    config = script_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
