"""A store is made new, brought up to date, or refused and left alone."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from whatwhere.annotations.engine import open_database
from whatwhere.annotations.schema import HEAD, VERSION_TABLE, script_config
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.tables import metadata
from whatwhere.annotations.values import Tag
from whatwhere.errors import BrokenFileError, StoreError


def test_the_migrations_make_the_tables_that_the_program_uses(store: AnnotationStore) -> None:
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    assert ScriptDirectory.from_config(script_config()).get_current_head() == HEAD


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    database = open_database(path)
    with database.writing() as connection:
        config = script_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tag = {"tag_id": "own", "caption": "my own", "digit": 3, "is_retired": False}
        columns = "tag_id, caption, digit, is_retired"
        values = ":tag_id, :caption, :digit, :is_retired"
        connection.execute(text(f"INSERT INTO tags ({columns}) VALUES ({values})"), tag)
        rows = [{"table": "tags", "before": None, "after": tag}]
        connection.execute(
            text(
                "INSERT INTO changes (change_id, annotator, title, made_at, case_id, state, rows) "
                "VALUES ('c1', 'ada', 'edit the tags', '2026', '', 'done', :rows)"
            ),
            {"rows": json.dumps(rows)},
        )
    database.close()
    store = open_store(path)
    assert store.tags() == (Tag("own", "my own", 3),)
    assert store.undo("ada") is not None
    assert store.tags() == ()
    store.redo("ada")
    assert [tag.caption for tag in store.tags()] == ["my own"]
    store.close()


def test_a_newer_store_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer WhatWhere \(its version 9999"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE cases (name TEXT)")
        raw.execute("INSERT INTO cases VALUES ('theirs')")
    with pytest.raises(StoreError, match="another program"):
        open_store(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("cases",)]
        assert raw.execute("SELECT * FROM cases").fetchall() == [("theirs",)]


@pytest.mark.parametrize("content", [b"not a database at all, but text" * 99, b"SQLite format 3\0"])
def test_a_file_that_is_no_store_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotations.db"
    path.write_bytes(content)
    with pytest.raises(BrokenFileError, match=r"annotations\.db: it is no store"):
        open_store(path)
    assert path.read_bytes() == content
