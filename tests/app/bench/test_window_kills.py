"""A window that is killed while somebody annotates in it, and the judge of what it left."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from whatwhere.annotations.changes import RowChange
from whatwhere.annotations.values import Note, Seen
from whatwhere_app.bench.kills.bench import kill_often
from whatwhere_app.bench.kills.expected import (
    Held,
    Life,
    faults_after_kill,
    faults_of_restart,
    rows_after,
    said_in_short,
)

NOTE = Note("case", "me", "behind the lamp", "2026-01-01T00:00:00+00:00")
SEEN = Seen("case", "me", "2026-01-01T00:00:01+00:00")


def held(change_id: str, state: str = "done") -> Held:
    row = NOTE if change_id == "a" else SEEN
    return Held(change_id, f"change {change_id}", state, (RowChange(None, row),))


def life(*lines: Mapping[str, object]) -> Life:
    found = Life()
    for line in lines:
        found.hear(line)
    return found


def did(kind: str, change_id: str, *after: Held) -> dict[str, object]:
    return {"did": [[kind, change_id]], "says": said_in_short(rows_after(after))}


A, B, SAVED, WILL = held("a"), held("b"), {"saved": True}, {"will": "tag"}


def test_what_was_called_saved_must_be_there_and_later_steps_may_be() -> None:
    told = life(WILL, did("apply", "a", A), SAVED, WILL, did("apply", "b", A, B))
    assert told.num_saved == 1
    assert faults_after_kill((), told, (A,)) == []
    assert faults_after_kill((), told, (A, B)) == []
    assert "1 changes" in faults_after_kill((), told, ())[0]
    assert "1 changes" in faults_after_kill((), told, (held("a", "undone"),))[0]


def test_an_act_that_it_had_no_time_to_tell_is_the_only_one_beyond() -> None:
    told = life(WILL, did("apply", "a", A), SAVED)
    assert "never stood" in faults_after_kill((), told, (A, B))[0]
    told.hear({"will": "undo"})
    assert faults_after_kill((), told, (held("a", "undone"),)) == []
    assert faults_after_kill((), told, (A, B)) == []
    assert "never stood" in faults_after_kill((), told, (A, B, held("c"), held("d")))[0]


def test_rows_that_differ_from_what_was_shown_are_a_fault() -> None:
    told = life(WILL, did("apply", "a", A, B), SAVED)
    assert "says something else" in faults_after_kill((), told, (A,))[0]


def test_a_restart_shows_the_undo_list_of_the_store() -> None:
    changes = (held("x", "dropped"), A, held("b", "undone"))
    ready = {
        "entries": [["a", "done"], ["b", "undone"]],
        "titles": ["change a", "change b"],
        "index": 1,
        "says": said_in_short([NOTE]),
    }
    assert faults_of_restart(changes, ready) == []
    wrong = {"entries": [], "titles": ["change a"], "index": 2, "says": said_in_short([])}
    assert len(faults_of_restart(changes, wrong)) == 4


@pytest.mark.window
@pytest.mark.usefixtures("display")
def test_nothing_that_the_window_called_saved_is_lost(
    home: Path, write_scan: Callable[..., Path], tmp_path: Path
) -> None:
    scan = write_scan(tmp_path / "scans")
    found = kill_often(home, scan, 2, host="fake_host:run", most_saved=6)
    assert found.faults == []
    assert found.num_acknowledged > 0
    assert found.num_left == 0
    assert found.num_restarts > 0
