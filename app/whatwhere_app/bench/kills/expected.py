"""What a store must hold after a kill, by what the window said before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from whatwhere.annotations.changes import RowChange, rows_from_json
from whatwhere.annotations.rows import as_columns, key_of, kind_of
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tables import changes
from whatwhere.annotations.values import Case, Row, Tag

Step = tuple[str, str]
"""("apply" | "undo" | "redo", id of the change)."""

_ON_STACK, _IN_HISTORY = 100, 500
_MOST_PER_ACT = 2
"""A note that ends its case is two changes."""


@dataclass(frozen=True, slots=True)
class Held:
    """One change as a store has it.

    Attributes:
        change_id: which.
        title: its name on the undo list.
        state: "done", "undone" or "dropped".
        rows: what it does.
    """

    change_id: str
    title: str
    state: str
    rows: tuple[RowChange, ...]


@dataclass(slots=True)
class Life:
    """What one life of the window said.

    Attributes:
        steps: in their order, with all that was said to hold after each of them.
        num_saved: of them, those that the window called saved.
        is_within: it was killed within an act, whose steps it had no time to say.
        ready: its first look at undo list and cases; None where it did not come so far.
    """

    steps: list[tuple[Step, str]] = field(default_factory=list)
    num_saved: int = 0
    is_within: bool = False
    ready: Mapping[str, Any] | None = None

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take in one line; see `annotator`."""
        if line.get("at") == "ready":
            self.ready = line
        elif "will" in line:
            self.is_within = True
        elif "did" in line:
            # What is said holds after the last of them; between them nothing is said.
            last = len(line["did"]) - 1
            self.steps += [
                ((str(kind), str(change)), line["says"] if number == last else "")
                for number, (kind, change) in enumerate(line["did"])
            ]
            self.is_within = False
        elif "saved" in line:
            self.num_saved = len(self.steps)
            self.is_within = False


def said_in_short(rows: Iterable[Row]) -> str:
    """A hash of rows, in whatever order they come."""
    lines = sorted(json.dumps([kind_of(row).name, as_columns(row)], sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def held_by(store: AnnotationStore) -> tuple[Held, ...]:
    """Every change of a store, oldest first."""
    with store.database.reading() as connection:
        found = connection.execute(select(changes).order_by(changes.c.seq)).mappings().all()
    return tuple(
        Held(row["change_id"], row["title"], row["state"], rows_from_json(row["rows"]))
        for row in found
    )


def faults_after_kill(before: Sequence[Held], life: Life, after: Sequence[Held]) -> list[str]:
    """Sentences on what is not as it was said to be; none where all is well.

    The store must stand where the window stood after one of its steps: the last that was called
    saved, or a later one.
    """
    now = [(item.change_id, item.state) for item in after]
    states = [(item.change_id, item.state) for item in before]
    possible = [states]
    for step, _ in life.steps:
        states = _stepped(states, step)
        possible.append(states)
    for number in range(life.num_saved, len(possible)):
        if possible[number] == now:
            return _said_otherwise(life, number, after)
    if life.is_within and _is_just_beyond(possible[-1], now):
        return []
    saved = dict(possible[life.num_saved])
    lost = [change for change, state in saved.items() if dict(now).get(change) != state]
    return (
        [f"{len(lost)} changes are not as they were when they were called saved"]
        if lost
        else ["the store stands where the window never stood"]
    )


def faults_of_restart(held: Sequence[Held], ready: Mapping[str, Any]) -> list[str]:
    """Sentences on what a restarted window shows otherwise than the store has it."""
    listed = [item for item in held if item.state != "dropped"][-_IN_HISTORY:]
    faults = []
    if [(item.change_id, item.state) for item in listed] != [tuple(e) for e in ready["entries"]]:
        faults.append("the history is not that of the store")
    on_stack = listed[-_ON_STACK:]
    if [item.title for item in on_stack] != ready["titles"]:
        faults.append("the undo list has other names")
    if sum(item.state == "done" for item in on_stack) != ready["index"]:
        faults.append("the undo list stands elsewhere")
    if said_in_short(rows_after(held)) != ready["says"]:
        faults.append("the cases say something else than the store")
    return faults


def rows_after(held: Iterable[Held]) -> list[Row]:
    """What all changes that hold lead to, tags that are offered left out."""
    rows: dict[tuple[Any, ...], Row] = {}
    for item in held:
        for change in item.rows if item.state == "done" else ():
            key = (kind_of(change.row).name, *key_of(change.row).values())
            rows.pop(key, None)
            if change.after is not None:
                rows[key] = change.after
    return [row for row in rows.values() if not isinstance(row, Case | Tag)]


def _said_otherwise(life: Life, number: int, after: Sequence[Held]) -> list[str]:
    said = life.steps[number - 1][1] if number else ""
    is_same = not said or said == said_in_short(rows_after(after))
    return [] if is_same else ["the store says something else than the window showed"]


def _stepped(states: list[Step], step: Step) -> list[Step]:
    kind, change = step
    if kind == "apply":
        kept = [(one, "dropped" if state == "undone" else state) for one, state in states]
        return [*kept, (change, "done")]
    becomes = "undone" if kind == "undo" else "done"
    return [(one, becomes if one == change else state) for one, state in states]


def _is_just_beyond(states: list[Step], now: list[Step]) -> bool:
    """Whether one more act leads there, whose changes nobody knows."""
    if len(now) > len(states):
        added = [change for change, _ in now[len(states) :]]
        for change in added:
            states = _stepped(states, ("apply", change))
        return len(added) <= _MOST_PER_ACT and states == now
    done = [change for change, state in states if state == "done"]
    undone = [change for change, state in states if state == "undone"]
    beyond = [("undo", done[-1])] if done else []
    beyond += [("redo", undone[0])] if undone else []
    return any(_stepped(states, step) == now for step in beyond)
