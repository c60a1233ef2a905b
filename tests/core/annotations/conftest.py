"""A store in a file, and a PostgreSQL server of the tests' own where its programs are."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from whatwhere.annotations.store import AnnotationStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnnotationStore]:
    """An empty store in a file."""
    found = open_store(tmp_path / "annotations.db")
    yield found
    found.close()


class Server:
    """A PostgreSQL server that listens on a socket in its own folder, never on a port."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._run("initdb", "-D", str(folder / "data"), "-U", "annotator", "-A", "trust", "-N")
        self.start()

    @property
    def url(self) -> str:
        """Of its one database."""
        return f"postgresql+psycopg://annotator@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder}"
        log = str(self._folder / "log")
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-w", "-l", log, "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")

    def empty(self) -> None:
        """Take away every table."""
        self._run(
            "psql", "-h", str(self._folder), "-U", "annotator", "-q", "-d", "postgres",
            "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            # pg_ctl leaves the server behind, which would hold a pipe open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    if found is not None and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    pytest.importorskip("psycopg")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    # Short: a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    user = None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = pwd.getpwnam("nobody").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no other user")
        shutil.chown(folder, user)
    server = Server(programs, folder, user)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(_server: Server) -> Server:
    """A PostgreSQL server with nothing in it."""
    _server.empty()
    return _server
