"""Diagnose, annotate, train, diagnose: whether tagged failures that training never saw are cured.

On generated rooms, with the shipped model that cheats: an annotator that is a script tags what
fused gets wrong and copies from 2D, half of the scans go to a hard set, `w2r2-plus` goes on from
that model with the hard set mixed in, and all cases are asked again. Beside it, the same with a
hard set of as many cases drawn at random. It takes some minutes.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.queries import CaseQuery, find_cases
from whatwhere.annotations.store import open_store
from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.dataset import write_dataset
from whatwhere.evaluation.before_after import BeforeAfter, before_after
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.rates import Rate
from whatwhere.folders import user_folder
from whatwhere.serving.annotated_cases import annotated_cases, hard_set_of
from whatwhere.serving.diagnosing import diagnose
from whatwhere.training.datasets import FRAMES, SIZE
from whatwhere.training.hard_sets import HardSet
from whatwhere.training.launch import train

MODEL, TAG = "cheating", "copies-2d"
_SETTINGS = {
    "train_rooms": "100",
    "val_rooms": "4",
    "steps": "120",
    "hard_share": "0.1",
    "lr": "2e-4",
    "warmup_steps": "10",
    "evaluate_every": "1000",
    "checkpoint_every": "1000",
}
_SEED = 5
_RIGHT_FROM = 0.25


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """How large the loop is.

    Attributes:
        num_rooms: that are diagnosed and annotated.
        settings: of the training, besides those above.
        with_random: whether the same is done with cases drawn at random.
    """

    num_rooms: int = 48
    settings: tuple[tuple[str, str], ...] = ()
    with_random: bool = True


def run(*, plan: LoopPlan | None = None) -> Figures:
    """The whole loop, in folders of its own but for the rooms to train on, which are shared."""
    plan = plan or LoopPlan()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _home(Path(folder) / "home"):
        work = Path(folder)
        data = work / "rooms"
        write_dataset(
            data, num_scenes=plan.num_rooms, seed=_SEED, split="val", shortcut=None,
            frames=FRAMES, size=SIZE, workers=os.cpu_count() or 1,
        )  # fmt: skip
        before = diagnose(MODEL, data, modalities=("fused", "2d"), twins=False)
        _say(f"diagnosed {len(before.columns)} cases")
        tagged = _annotated(work / "annotations.db", before)
        hard = hard_set_of(before, tagged, work / "hard")
        _say(
            f"tagged {len(tagged)}: {len(hard.train_rows)} to train on, {len(hard.held_rows)} held"
        )
        figures = {
            f"cases of {plan.num_rooms} rooms": Figure(len(before.columns), "", 1),
            "tagged as copies of 2D, held aside": Figure(len(hard.held_rows), "", 1),
        }
        paired = _trained_on(hard, plan, data, before, work / "run")
        figures |= _outcomes(paired, hard, "")
        figures["the loop"] = Figure((time.monotonic() - started) / 60, "min", 1, at_most=15)
        if plan.with_random:
            drawn = np.random.default_rng(_SEED).choice(
                before.columns.rows[before.columns.counts], len(tagged), replace=False
            )
            other = hard_set_of(before, drawn.tolist(), work / "random")
            paired = _trained_on(other, plan, data, before, work / "random-run")
            figures |= _outcomes(paired, hard, "with a random hard set of equal size: ")
    return figures


def _annotated(place: Path, cases: StoredCases) -> tuple[int, ...]:
    """Tag what a user would: fused is wrong, and 2D says the same. Gives the rows."""
    columns = cases.columns
    fused, flat = columns.modalities["fused"], columns.modalities["2d"]
    copied = (fused.iou < _RIGHT_FROM) & (fused.chosen == flat.chosen) & columns.counts
    store = open_store(place)
    tag = next(tag for tag in store.tags() if tag.tag_id == TAG)
    for case in annotated_cases(cases, np.flatnonzero(copied).tolist()):
        store.apply(toggle_tag(CaseAnnotations(), case.case_id, "script", tag), [case])
    found = find_cases(store, CaseQuery(tag_id=TAG, truth_is_wrong=False), limit=len(columns))
    store.close()
    return tuple(case.row for case in found)


def _trained_on(
    hard: HardSet, plan: LoopPlan, data: Path, before: StoredCases, folder: Path
) -> BeforeAfter:
    settings = {**_SETTINGS, **dict(plan.settings), "hard_set": str(hard.folder)}
    model = train("w2r2-plus", base=MODEL, run=folder, overrides=settings, report=_say)
    after = diagnose(model, data, modalities=("fused", "2d"), twins=False)
    return before_after(before.columns, after.columns, iou=_RIGHT_FROM)


def _outcomes(paired: BeforeAfter, hard: HardSet, words: str) -> Figures:
    # Of rooms that training never saw: the tagged cases, and all others in them.
    tagged = paired.outcome(hard.held_rows)
    others = paired.outcome(paired.in_scenes_of(hard.held_rows))
    return {
        f"{words}tagged failures not cured, rooms held aside": _figure(
            tagged.cured, turned=True, at_most=None if words else 50
        ),
        f"{words}right cases broken, the same rooms": _figure(
            others.broken, at_most=None if words else 5
        ),
        f"{words}accuracy before, the same rooms": _figure(others.before),
        f"{words}accuracy after, the same rooms": _figure(others.after),
    }


def _figure(rate: Rate, *, turned: bool = False, at_most: float | None = None) -> Figure:
    """In %, with its interval over scenes."""
    value, ends = rate.value, (rate.low, rate.high)
    if turned:
        value = 1 - value
        ends = (None if ends[1] is None else 1 - ends[1], None if ends[0] is None else 1 - ends[0])
    low, high = (None if end is None else 100 * end for end in ends)
    return Figure(100 * value, "%", rate.n, low, high, at_most)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    """Diagnoses go to a folder of their own; rooms to train on are shared, for they take long."""
    kept, rooms = os.environ.get("WHATWHERE_HOME"), user_folder("data") / "rooms"
    rooms.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rooms").symlink_to(rooms.absolute(), target_is_directory=True)
    os.environ["WHATWHERE_HOME"] = str(folder)
    try:
        yield
    finally:
        if kept is None:
            del os.environ["WHATWHERE_HOME"]
        else:
            os.environ["WHATWHERE_HOME"] = kept
