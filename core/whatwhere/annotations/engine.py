"""Connections to the database of a store, set up so that a commit that returned is on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from whatwhere.annotations.urls import without_password
from whatwhere.errors import (
    BrokenFileError,
    ConfigError,
    NotSupportedError,
    RefusedPathError,
    StoreError,
    StoreUnavailableError,
)

BUSY_TIMEOUT_MS = 5_000
"""So long a writer waits for another one."""

_WRITES = "writes"
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb", "smb3", "smbfs", "afs", "9p", "fuse.sshfs"})


@dataclass(frozen=True, slots=True)
class Database:
    """A database, not necessarily reachable.

    Attributes:
        engine: its connections.
        name: as people know it: the file, or the URL without a password.
        path: of the file; None for a server.
    """

    engine: Engine
    name: str
    path: Path | None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look.

        Raises:
            StoreUnavailableError, StoreError, BrokenFileError: see `faults`.
        """
        with faults(self), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of the block, or nothing of it; on the disk when it ends.

        Raises:
            StoreUnavailableError, StoreError, BrokenFileError: see `faults`.
        """
        with (
            faults(self),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_database(place: Path | str) -> Database:
    """A database by the path of a SQLite file or the URL of a PostgreSQL server.

    Nothing is read or made yet but the folder of the file.

    Raises:
        ConfigError: it is neither.
        NotSupportedError: the driver of PostgreSQL is not installed.
        RefusedPathError: the folder cannot be made.
    """
    if isinstance(place, Path) or "://" not in place:
        return _sqlite(Path(place).expanduser())
    try:
        url = make_url(place)
    except (exc.ArgumentError, ValueError) as error:
        shown = without_password(place)
        raise ConfigError(f"{shown!r} is no URL of a database", remedy=_FORMS) from error
    if url.get_backend_name() == "sqlite" and url.database:
        return _sqlite(Path(url.database))
    if url.get_backend_name() != "postgresql":
        raise ConfigError(f"databases of {url.get_backend_name()} are not known", remedy=_FORMS)
    return _postgresql(url)


def on_network(path: Path) -> bool:
    """Whether a file lies on a file system over a network, where SQLite's log cannot be trusted."""
    where = path.resolve()
    mounts = sorted(psutil.disk_partitions(all=True), key=lambda item: -len(item.mountpoint))
    for mount in mounts:
        if where.is_relative_to(mount.mountpoint):
            return mount.fstype.lower() in _NETWORK
    return False


_FORMS = "Give the path of a file, or postgresql+psycopg://USER@HOST/DATABASE"


def _sqlite(path: Path) -> Database:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefusedPathError(path.parent, error.strerror or str(error)) from error
    url = URL.create("sqlite", database=os.fspath(path))
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        # The driver must not open transactions of its own: `_begin` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that read first could no longer get it.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return Database(engine, str(path), path)


def _postgresql(url: URL) -> Database:
    if "+" not in url.drivername:
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            url, pool_pre_ping=True, connect_args={"connect_timeout": 5}, pool_timeout=5
        )
    except ImportError as error:
        raise NotSupportedError(
            "the driver of PostgreSQL is not installed",
            remedy="Install it with: pip install 'whatwhere[postgres]'",
        ) from error
    return Database(engine, without_password(url.render_as_string(hide_password=False)), None)


@contextmanager
def faults(database: Database) -> Iterator[None]:
    """Turn what a database says into a sentence.

    Raises:
        StoreUnavailableError: it is locked, full, read-only or out of reach.
        BrokenFileError: the file is no database, or a damaged one.
        StoreError: anything else.
    """
    try:
        yield
    except exc.DBAPIError as error:
        raise _sentence(database, error) from error
    except exc.TimeoutError as error:
        raise _unavailable(database, "all connections are in use", "Try again") from error


_PASSWORD = "Put it into ~/.pgpass or PGPASSWORD, or into the URL for this session alone"
_REASONS = (
    ("locked", "another program writes to it", "Wait until it has done so; the window tries again"),
    ("busy", "another program writes to it", "Wait until it has done so; the window tries again"),
    ("full", "the disk is full", "Make room on it; the window tries again"),
    ("readonly", "it may only be read", "Check the permissions of the file and its folder"),
    ("disk i/o", "the disk fails to read or write", "Check the disk; the window tries again"),
    (
        "password authentication failed",
        "the server does not take this password",
        _PASSWORD,
    ),
    ("no password supplied", "the server wants a password", _PASSWORD),
    ('fatal:  database "', "there is no such database on the server", "Make it with createdb"),
    ('fatal:  role "', "there is no such user on the server", "Make it with createuser"),
    ("unable to open", "it cannot be opened", "Check the permissions of the file and its folder"),
)


def _sentence(
    database: Database, error: exc.DBAPIError
) -> StoreUnavailableError | StoreError | BrokenFileError:
    said = str(error.orig).strip()
    if "not a database" in said or "malformed" in said:
        return BrokenFileError(
            database.name,
            f"it is no store of annotations, or damaged ({said})",
            remedy="Put one of its backups in its place (folder backups beside it)",
        )
    for mark, reason, remedy in _REASONS:
        if mark in said.lower():
            return _unavailable(database, reason, remedy)
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return _unavailable(
            database,
            f"it cannot be reached ({_reason(said)})",
            "Check host and port, or start the server again",
        )
    return StoreError(f"the database refuses it ({said})", remedy="Report this", path=database.name)


def _reason(said: str) -> str:
    lines = [line.strip(" -\t") for line in said.splitlines()]
    for line in lines:
        _, mark, reason = line.rpartition("failed: ")
        if mark and reason:
            return reason
    return lines[0] if lines else "no reason given"


def _unavailable(database: Database, reason: str, remedy: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"the store {database.name} cannot be used: {reason}", remedy=remedy
    )
