"""A scripted annotator who is killed at a random moment, and what must be found afterwards."""

import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, rows_from_json
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, put_box, remove_box, set_note, toggle_tag
from whatwhere.annotations.rows import KINDS, as_columns, from_columns, key_of, kind_of
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.tables import changes
from whatwhere.annotations.values import Case, CaseBox, case_id_of, new_id, now

_CASES = 5
_MOST_LINES = 20
_LONGEST_S = 0.005
"""Some lines are waited for, then less than one act takes: the moment is any within an act."""
_ACTS = ("tag", "tag", "note", "done", "box", "undo", "redo")
ME = "annotator"


@dataclass(frozen=True, slots=True)
class Found:
    """What one kill left.

    Attributes:
        acknowledged: acts that were said to be saved.
        lost: of those, how many are not as they were said to be.
    """

    acknowledged: int
    lost: int


def kill_once(path: Path, moments: random.Random) -> Found:
    """Let the annotator work in a process of her own, kill it, and look at what it acknowledged.

    Args:
        path: of the store, which no connection of this process may be open to.
        moments: when to kill, and what is done.
    """
    reader, writer = os.pipe()
    seed, num_lines = moments.random(), moments.randrange(_MOST_LINES)
    after_s = moments.uniform(0, _LONGEST_S)
    child = os.fork()
    if child == 0:  # never returns
        os.close(reader)
        with suppress(BaseException):
            _annotate(path, random.Random(seed), writer)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as said:
        # Counted, not timed: a busy machine must not make the test an easier one.
        head = b"".join(said.readline() for _ in range(1 + num_lines))
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (head + said.read()).split(b"\n")[:-1]
    said_so = [json.loads(line) for line in lines]
    return Found(sum("change" in line for line in said_so), _lost(path, said_so))


def history_is_whole(store: AnnotationStore) -> bool:
    """Whether making all changes that hold, one after the other, leads to what the store says."""
    rows: dict[tuple[Any, ...], Any] = {}
    held: dict[tuple[Any, ...], Any] = {}
    with store.database.reading() as connection:
        query = select(changes).where(changes.c.state == "done").order_by(changes.c.seq)
        for made in connection.execute(query).mappings():
            for row in rows_from_json(made["rows"]):
                key = (kind_of(row.row).name, *key_of(row.row).values())
                if row.after is None:
                    rows.pop(key, None)
                else:
                    rows[key] = as_columns(row.after)
        for kind in KINDS[2:]:  # cases and tags are no changes
            for found in connection.execute(select(kind.table)).mappings():
                value = from_columns(kind.value, found)
                held[(kind.name, *key_of(value).values())] = as_columns(value)
    return rows == held


def integrity(path: Path) -> bool:
    """Whether SQLite finds its file sound."""
    with closing(sqlite3.connect(path)) as raw:
        return bool(raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def made_case(row: int, *, model: str = "cheating") -> Case:
    """A case as a diagnosis gives it."""
    expression = f"the chair nearest the door of room {row}"
    case_id = case_id_of("0" * 16, row, expression, model, "")
    return Case(
        case_id, "scanrefer", "val", "0" * 16, row, f"scene{row // 40:04}_00", str(row), row % 9,
        "chair", expression, model, "", {"fused": {"box": [0, 0, 0, 1, 1, 1], "iou": 0.0}},
    )  # fmt: skip


def _annotate(path: Path, dice: random.Random, writer: int) -> None:
    store = open_store(path)
    said: dict[str, CaseAnnotations] = {}
    while True:
        case = made_case(dice.randrange(_CASES))
        if case.case_id not in said:
            held = store.annotations_of([case.case_id])
            said[case.case_id] = held.get(case.case_id, CaseAnnotations())
        here, act = said[case.case_id], dice.choice(_ACTS)
        _say(writer, {"will": act})
        if act in ("undo", "redo"):
            change = store.undo(ME) if act == "undo" else store.redo(ME)
            said.clear()
        else:
            change = _change(act, here, case, dice)
            store.apply(change, [case])
            said[case.case_id] = here.after(change.rows)
        if change is not None:
            _say(writer, {"change": change.change_id, "done": act != "undo"})


def _change(act: str, said: CaseAnnotations, case: Case, dice: random.Random) -> Change:
    if act == "tag":
        return toggle_tag(said, case.case_id, ME, dice.choice(DEFAULT_TAGS))
    if act == "note":
        return set_note(said, case.case_id, ME, f"note {dice.randrange(10**6)}")
    if act == "done":
        return mark_seen(said, case.case_id, ME)
    if said.boxes and dice.random() < 0.5:
        return remove_box(said, said.boxes[0].box_id, ME)
    place = (dice.random(), dice.random(), 0.5)
    box = CaseBox(new_id(), case.case_id, ME, "mended", place, (1.0, 1.0, 1.0), 0.0, "drawn", now())
    return put_box(said, box)


def _say(writer: int, line: dict[str, Any]) -> None:
    os.write(writer, (json.dumps(line) + "\n").encode())


def _lost(path: Path, lines: list[dict[str, Any]]) -> int:
    last = {line["change"]: line["done"] for line in lines if "change" in line}
    store = open_store(path)
    with store.database.reading() as connection:
        query = select(changes.c.change_id, changes.c.state)
        query = query.where(changes.c.change_id.in_(list(last)))
        states: dict[str, str] = {row[0]: row[1] for row in connection.execute(query)}
    store.close()
    wrong = [change for change, done in last.items() if (states.get(change) == "done") != done]
    # What was begun and not acknowledged may have been saved all the same: one change turned over.
    begun = lines[-1].get("will") if lines else None
    turned = {"undo": "undone", "redo": "done"}.get(begun or "")
    if wrong and turned is not None and states.get(wrong[-1]) == turned:
        wrong.pop()
    return len(wrong)
