"""What the store cannot take now waits on the disk, in order, and gets there."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.core.annotations.conftest import Server
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations import engine
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import set_note, toggle_tag
from whatwhere.annotations.journal import Act, Journal
from whatwhere.annotations.keeper import Keeper
from whatwhere.annotations.store import open_store
from whatwhere.errors import BrokenFileError, RefusedPathError, StoreUnavailableError

CASE = made_case()
ME = "ada"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    store = tmp_path / "annotations.db"
    open_store(store).close()
    return store, tmp_path / "waiting.jsonl"


@pytest.fixture
def keeper(paths: tuple[Path, Path]) -> Iterator[Keeper]:
    found = Keeper(lambda: open_store(paths[0]), paths[1])
    yield found
    found.close()


def tag(number: int = 0) -> Change:
    return toggle_tag(CaseAnnotations(), CASE.case_id, ME, DEFAULT_TAGS[number])


def tags_in(path: Path) -> set[str]:
    store = open_store(path)
    said = store.annotations_of([CASE.case_id]).get(CASE.case_id, CaseAnnotations())
    store.close()
    return set(said.tag_ids(ME))


def test_nothing_is_lost_while_another_window_holds_the_store(
    keeper: Keeper, paths: tuple[Path, Path]
) -> None:
    store, journal = paths
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = tag(0)
        saved = keeper.apply(first, [CASE])
        assert saved.num_waiting == 1
        assert "another program writes to it" in saved.reason
        keeper.apply(tag(1), [CASE])
        last = tag(2)
        keeper.apply(last, [CASE])
        assert keeper.undo(last).num_waiting == 4
        assert [entry.state for entry in keeper.history(ME)] == ["done", "done", "undone"]
        said = keeper.annotations_of([CASE.case_id])[CASE.case_id]
        assert set(said.tag_ids(ME)) == {DEFAULT_TAGS[0].tag_id, DEFAULT_TAGS[1].tag_id}
        other.execute("ROLLBACK")
    keeper.close()  # the window ends here; the next one finds the journal
    again = Keeper(lambda: open_store(store), journal)
    assert again.num_waiting == 4
    assert again.flush().num_waiting == 0
    assert not journal.exists()
    assert tags_in(store) == {DEFAULT_TAGS[0].tag_id, DEFAULT_TAGS[1].tag_id}
    assert [entry.state for entry in again.history(ME)] == ["done", "done", "undone"]
    again.close()


def test_a_kill_between_store_and_journal_repeats_nothing(paths: tuple[Path, Path]) -> None:
    store, path = paths
    change, undone = tag(0), tag(1)
    journal = Journal(path)
    for act in (Act("apply", change, (CASE,)), Act("apply", undone), Act("undo", undone)):
        journal.add(act)
    half = open_store(store)  # the store has taken all of it, the journal does not know
    half.apply(change, [CASE])
    half.apply(undone)
    half.undo(ME)
    half.close()
    keeper = Keeper(lambda: open_store(store), path)
    assert keeper.flush().refused == ()
    assert [entry.state for entry in keeper.history(ME)] == ["done", "undone"]
    assert tags_in(store) == {DEFAULT_TAGS[0].tag_id}
    keeper.close()


def test_a_full_disk_is_said_and_the_change_waits(keeper: Keeper, paths: tuple[Path, Path]) -> None:
    with keeper.store.database.reading() as connection:  # no page more
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    long = set_note(CaseAnnotations(), CASE.case_id, ME, "x" * 200_000)
    saved = keeper.apply(long, [CASE])
    assert "the disk is full" in saved.reason
    assert tags_in(paths[0]) == set()
    with keeper.store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert keeper.flush().num_waiting == 0
    assert keeper.store.annotations_of([CASE.case_id])[CASE.case_id].notes[0].text == "x" * 200_000


def test_where_not_even_the_journal_can_be_written_nothing_is_forgotten(
    keeper: Keeper, paths: tuple[Path, Path]
) -> None:
    store, journal = paths
    journal.mkdir()  # where the file would be
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        saved = keeper.apply(tag(0), [CASE])
        assert saved.num_waiting == 1
        assert "in memory alone" in saved.reason
        assert keeper.apply(tag(1), [CASE]).num_waiting == 2
        other.execute("ROLLBACK")
    journal.rmdir()
    assert keeper.flush().num_waiting == 0
    assert tags_in(store) == {DEFAULT_TAGS[0].tag_id, DEFAULT_TAGS[1].tag_id}


def test_what_only_memory_held_comes_before_what_the_journal_takes_again(tmp_path: Path) -> None:
    path = tmp_path / "waiting.jsonl"
    journal, changes = Journal(path), [tag(number) for number in range(3)]
    path.mkdir()
    with pytest.raises(RefusedPathError):
        journal.add(Act("apply", changes[0], (CASE,)))
    path.rmdir()
    journal.add(Act("apply", changes[1]))
    journal.add(Act("apply", changes[2]))
    journal.close()
    assert [act.change for act in Journal(path).acts] == changes


def test_windows_that_are_open_together_have_a_journal_each(tmp_path: Path) -> None:
    path = tmp_path / "waiting.jsonl"
    first, second = Journal(path), Journal(path)
    first.add(Act("apply", tag(0), (CASE,)))
    second.add(Act("apply", tag(1), (CASE,)))
    first.drop_first(1)
    assert [act.change.title for act in second.acts] == [tag(1).title]
    second.close()  # it was killed; the next window takes over what it left
    third = Journal(path)
    assert [act.change.title for act in third.acts] == [tag(1).title]
    third.close()
    first.close()
    last = Journal(path)
    assert [act.change.title for act in last.acts] == [tag(1).title]
    last.drop_first(1)
    assert list(tmp_path.glob("*.jsonl")) == []
    last.close()


def test_while_a_store_is_damaged_changes_wait(paths: tuple[Path, Path]) -> None:
    store, journal = paths
    kept = store.read_bytes()
    store.write_bytes(b"no database at all, whatever it is called" * 30)
    keeper = Keeper(lambda: open_store(store), journal)
    saved = keeper.apply(tag(0), [CASE])
    assert (saved.num_waiting, keeper.num_waiting) == (1, 1)
    assert "backups" in saved.reason
    store.write_bytes(kept)
    assert keeper.flush().num_waiting == 0
    assert tags_in(store) == {DEFAULT_TAGS[0].tag_id}
    keeper.close()


def test_what_somebody_else_was_quicker_with_is_reported_and_the_rest_goes_on(
    keeper: Keeper, paths: tuple[Path, Path]
) -> None:
    with closing(sqlite3.connect(paths[0], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        keeper.apply(set_note(CaseAnnotations(), CASE.case_id, ME, "mine"), [CASE])
        keeper.apply(tag(1), [CASE])
        other.execute("ROLLBACK")
    theirs = open_store(paths[0])
    theirs.apply(set_note(CaseAnnotations(), CASE.case_id, ME, "theirs"), [CASE])
    theirs.close()
    saved = keeper.flush()
    assert len(saved.refused) == 1
    assert "note" in saved.refused[0]
    assert saved.num_waiting == 0
    assert tags_in(paths[0]) == {DEFAULT_TAGS[1].tag_id}


def test_half_a_line_of_the_journal_was_never_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "waiting.jsonl"
    Journal(path).add(Act("apply", tag(0), (CASE,)))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert len(Journal(path).acts) == 1
    assert path.read_bytes() == whole


def test_a_journal_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "waiting.jsonl"
    path.write_text(json.dumps({"kind": "apply"}) + "\n")
    with pytest.raises(BrokenFileError, match="line 1"):
        Journal(path)


def test_work_goes_on_while_a_server_is_away_and_when_it_is_back(
    server: Server, tmp_path: Path
) -> None:
    keeper = Keeper(lambda: open_store(server.url), tmp_path / "waiting.jsonl")
    keeper.apply(tag(0), [CASE])
    server.stop()
    saved = keeper.apply(tag(1), [CASE])
    assert saved.num_waiting == 1
    assert "cannot be reached" in saved.reason
    with pytest.raises(StoreUnavailableError):
        keeper.history(ME)
    server.start()
    assert keeper.apply(tag(2), [CASE]).num_waiting == 2
    assert keeper.flush().num_waiting == 0
    said = keeper.store.annotations_of([CASE.case_id])[CASE.case_id]
    assert set(said.tag_ids(ME)) == {item.tag_id for item in DEFAULT_TAGS[:3]}
    assert len(keeper.history(ME)) == 3
    keeper.close()
