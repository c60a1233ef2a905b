"""Kills at random moments, and how quick a store is with a million cases in it."""

import itertools
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.queries import CaseQuery, count_by_tag, count_cases, find_cases
from whatwhere.annotations.rows import as_columns
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.tables import case_tags, cases
from whatwhere.annotations.values import now
from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.store.annotator import (
    ME,
    history_is_whole,
    integrity,
    kill_once,
    made_case,
)

_KILLS = 3_000
_KILLS_PER_STORE = 100
_CASES = 1_000_000
_MODELS = ("cheating", "cured", "theirs")
_REPEATS = 7
_SEED = 0


def run(*, kills: int = _KILLS, num_cases: int = _CASES) -> Figures:
    """Every count is meant to be zero.

    Args:
        kills: how often the annotator is killed.
        num_cases: in the large store; 0 leaves its figures out.
    """
    with tempfile.TemporaryDirectory() as folder:
        figures = _killed(Path(folder), kills)
        if num_cases:
            figures |= _large(Path(folder) / "large.db", num_cases)
    return figures


def _killed(folder: Path, kills: int) -> Figures:
    moments = random.Random(_SEED)
    acknowledged = lost = broken = stores = 0
    for start in range(0, kills, _KILLS_PER_STORE):
        path = folder / f"killed-{start}.db"
        open_store(path).close()
        for _ in range(min(_KILLS_PER_STORE, kills - start)):
            found = kill_once(path, moments)
            acknowledged += found.acknowledged
            lost += found.lost
        store = open_store(path)
        broken += not (integrity(path) and history_is_whole(store))
        stores += 1
        store.close()
    return {
        "changes acknowledged before a kill": Figure(acknowledged, "", kills),
        "of them lost": Figure(lost, "", kills, at_most=0),
        "stores whose history or file is broken": Figure(broken, "", stores, at_most=0),
    }


def _large(path: Path, num_cases: int) -> Figures:
    store = open_store(path)
    _fill(store, num_cases)
    store.close()
    opened = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        store = open_store(path)
        count_by_tag(store)
        opened.append(time.perf_counter() - started)
        store.close()
    store = open_store(path)
    query = CaseQuery(tag_id=DEFAULT_TAGS[2].tag_id, model=_MODELS[1])
    numbers = itertools.count(num_cases)

    def tag() -> None:
        case = made_case(next(numbers))
        store.apply(toggle_tag(CaseAnnotations(), case.case_id, ME, DEFAULT_TAGS[0]), [case])

    figures = {
        f"opening a store of {num_cases:,} cases, counts by tag": Figure.median(
            opened, "s", at_most=1
        ),
        "filter by tag and model: how many": _timed(lambda: count_cases(store, query), 200),
        "filter by tag and model: the first 1,000": _timed(lambda: find_cases(store, query), 200),
        "a tag, until it is saved": _timed(tag, 30),
        "undo, until it is saved": _timed(lambda: store.undo(ME), 30),
    }
    store.close()
    return figures


def _timed(act: Callable[[], object], at_most_ms: float) -> Figure:
    samples = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        act()
        samples.append(1000 * (time.perf_counter() - started))
    return Figure.median(samples, "ms", at_most=at_most_ms)


def _fill(store: AnnotationStore, num_cases: int) -> None:
    """Every tenth case carries a tag."""
    rows = iter(range(num_cases))
    with store.database.writing() as connection:
        while part := list(itertools.islice(rows, 5_000)):
            made = [made_case(row, model=_MODELS[row % 3]) for row in part]
            connection.execute(insert(cases), [as_columns(case) for case in made])
            tagged = [
                {"case_id": case.case_id, "annotator": ME, "made_at": now(),
                 "tag_id": DEFAULT_TAGS[case.row // 10 % len(DEFAULT_TAGS)].tag_id}
                for case in made if case.row % 10 == 0
            ]  # fmt: skip
            if tagged:
                connection.execute(insert(case_tags), tagged)
