"""Diagnose, annotate, train, diagnose: whether tagged failures that training never saw are cured.

On generated rooms, with the shipped model that cheats: an annotator that is a script tags what
fused gets wrong: copied from 2D, another of the same class, or of another class. Of those that are
copied half of the scans go to a hard set, `w2r2-plus` goes on from that model with the hard set
mixed in, and all cases are asked again. Beside it, the same with as many cases drawn at random from
the same scans. It takes some minutes.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.queries import CaseQuery, find_cases
from whatwhere.annotations.store import open_store
from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.dataset import write_dataset
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.loop_report import HardSetRows, LoopReport, loop_report
from whatwhere.evaluation.rates import Rate
from whatwhere.folders import user_folder
from whatwhere.serving.annotated_cases import annotated_cases, hard_set_of
from whatwhere.serving.diagnosing import diagnose
from whatwhere.training.datasets import FRAMES, SIZE
from whatwhere.training.hard_sets import HardSet, HardSetPlan
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
        tags = _annotated(work / "annotations.db", before)
        tagged = tags[TAG]
        plan_of_set = HardSetPlan(with_random=plan.with_random)
        hard = hard_set_of(before, tagged, work / "hard", plan_of_set)
        _say(
            f"tagged {len(tagged)}: {len(hard.train_rows)} to train on, {len(hard.held_rows)} held"
        )
        figures = {
            f"cases of {plan.num_rooms} rooms": Figure(len(before.columns), "", 1),
            "tagged as copies of 2D, held aside": Figure(len(hard.held_rows), "", 1),
        }
        after = _trained_on(hard.folder, plan, data, work / "run")
        report = loop_report(before, after, _rows_of(hard), iou=_RIGHT_FROM)
        figures |= _outcomes(report, hard, tags, "")
        figures["the loop"] = Figure((time.monotonic() - started) / 60, "min", 1, at_most=15)
        if hard.random is not None:
            other = _trained_on(hard.random, plan, data, work / "random-run")
            report = loop_report(before, other, _rows_of(hard), iou=_RIGHT_FROM)
            figures |= _outcomes(report, hard, tags, "with as many random cases: ")
    return figures


def _annotated(place: Path, cases: StoredCases) -> dict[str, tuple[int, ...]]:
    """Tag what a user would, of what fused gets wrong. Gives the rows of each tag."""
    columns = cases.columns
    fused, flat = columns.modalities["fused"], columns.modalities["2d"]
    wrong = (fused.iou < _RIGHT_FROM) & np.asarray(columns.counts)
    copied = wrong & (fused.chosen == flat.chosen)
    chosen = {
        TAG: copied,
        "same-class-distractor": wrong & ~copied & fused.class_hits,
        "wrong-class": wrong & ~copied & ~fused.class_hits,
    }
    store = open_store(place)
    known = {tag.tag_id: tag for tag in store.tags()}
    found = {}
    for tag_id, which in chosen.items():
        for case in annotated_cases(cases, np.flatnonzero(which).tolist()):
            change = toggle_tag(CaseAnnotations(), case.case_id, "script", known[tag_id])
            store.apply(change, [case])
        query = CaseQuery(tag_id=tag_id, truth_is_wrong=False)
        rows = tuple(case.row for case in find_cases(store, query, limit=len(columns)))
        found[tag_id] = rows
    store.close()
    return found


def _rows_of(hard: HardSet) -> HardSetRows:
    return HardSetRows(hard.train_rows, hard.held_rows, hard.tags)


def _trained_on(hard: Path, plan: LoopPlan, data: Path, folder: Path) -> StoredCases:
    settings = {**_SETTINGS, **dict(plan.settings), "hard_set": str(hard)}
    model = train("w2r2-plus", base=MODEL, run=folder, overrides=settings, report=_say)
    return diagnose(model, data, modalities=("fused", "2d"), twins=False)


def _outcomes(
    report: LoopReport, hard: HardSet, tags: Mapping[str, Sequence[int]], words: str
) -> Figures:
    """Of rooms that training never saw: the tagged cases, tag by tag, and all others in them."""
    tagged, others = (row.outcome for row in report.headline)
    figures = {
        f"{words}tagged failures not cured, rooms held aside": _figure(
            tagged.cured, turned=True, at_most=None if words else 50
        )
    }
    aside = set(report.paired.in_scenes_of(hard.held_rows))
    for tag_id, rows in tags.items():
        cured = report.paired.outcome(aside & set(rows)).cured
        if cured.n:
            figures[f"{words}tagged {tag_id}, not cured"] = _figure(cured, turned=True)
    return figures | {
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
