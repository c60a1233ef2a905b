"""A place is tried before it is used; passwords are told to nobody."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.core.annotations.conftest import Server
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.engine import open_database
from whatwhere.annotations.looking import look_at
from whatwhere.annotations.schema import HEAD, VERSION_TABLE
from whatwhere.annotations.store import open_store
from whatwhere.annotations.urls import has_password, without_password
from whatwhere.errors import ConfigError, StoreError, StoreUnavailableError


def fill(place: Path | str) -> None:
    store = open_store(place)
    case = made_case()
    store.apply(toggle_tag(CaseAnnotations(), case.case_id, "ada", DEFAULT_TAGS[0]), [case])
    store.close()


def test_a_file_is_tried_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "annotations.db"
    assert look_at(path).version is None
    assert not path.parent.exists()
    fill(path)
    found = look_at(str(path))
    assert (found.version, found.num_cases, found.annotators) == (HEAD, 1, ("ada",))
    assert found.server.startswith("SQLite 3.")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer WhatWhere"):
        look_at(path)


def test_a_server_is_tried_and_no_table_is_made(server: Server) -> None:
    found = look_at(server.url)
    assert (found.version, found.num_cases) == (None, 0)
    assert found.server.startswith("PostgreSQL ")
    assert look_at(server.url).version is None
    fill(server.url)
    assert look_at(server.url).num_cases == 1
    with pytest.raises(StoreUnavailableError, match="no such database"):
        look_at(server.url.replace("/postgres?", "/nothing?"))
    with pytest.raises(StoreUnavailableError, match="no such user"):
        look_at(server.url.replace("annotator@", "eve@"))


def test_a_server_out_of_reach_is_named_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreUnavailableError, match="cannot be reached") as caught:
        look_at(f"postgresql+psycopg://ada:s3cret@/db?host={tmp_path}")
    assert "s3cret" not in str(caught.value)
    assert "ada@" in str(caught.value)


@pytest.mark.parametrize(
    ("place", "bare"),
    [
        ("postgresql+psycopg://ada:s3cret@host:5432/db", "postgresql+psycopg://ada@host:5432/db"),
        ("postgresql://ada:s%2F3@/db?host=%2Ftmp%2Fx", "postgresql://ada@/db?host=%2Ftmp%2Fx"),
        ("postgresql://host/db?password=s3cret&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("postgresql://ada:s3cret@host:port/db", "postgresql://ada@host:port/db"),
        ("postgresql+psycopg://ada@host/db", "postgresql+psycopg://ada@host/db"),
        ("/home/ada/annotations.db", "/home/ada/annotations.db"),
    ],
)  # fmt: skip
def test_a_url_without_its_password(place: str, bare: str) -> None:
    assert without_password(place) == bare
    assert has_password(place) == (place != bare)


def test_a_broken_url_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError, match="no URL") as caught:
        open_database("postgresql://ada:s3cret@host:port/db")
    assert "s3cret" not in str(caught.value)
