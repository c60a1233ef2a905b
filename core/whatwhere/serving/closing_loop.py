"""Which runs learned from annotated failures, and what is still to be done to see what came of it.

All of it is read from disk: hard sets name their diagnosis, runs their hard set, and diagnoses the
model they asked. So a window that was closed meanwhile finds everything again. Torch-free.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from whatwhere.errors import WhatWhereError
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.cases.store import ListedCases, open_cases
from whatwhere.evaluation.loop_report import HardSetRows, LoopReport, loop_report
from whatwhere.training.config import TrainConfig
from whatwhere.training.hard_sets import RANDOM, HardSet, read_hard_set
from whatwhere.training.run_summary import RunSummary

MODEL = "model"
"""Folder of a run in which its finished model lies."""

Step = Literal["training", "ask", "train_random", "training_random", "ask_random", "done"]
"""What is going on or comes next: the model learns, is to be asked the same cases again, a second
one is to learn from random cases, ..."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One run from a hard set, and how far it has been followed.

    Attributes:
        run: that learned from the failures.
        hard: what it learned from.
        before: the diagnosis that the failures are of.
        after: of the run's model on the same cases; None before it is complete.
        is_begun: whether that diagnosis was begun.
        random_run: the run that learned from random cases instead; None without one.
        random_after: the diagnosis of its model; None before it is complete.
        step: what comes next.
    """

    run: RunSummary
    hard: HardSet
    before: ListedCases
    after: ListedCases | None = None
    is_begun: bool = False
    random_run: RunSummary | None = None
    random_after: ListedCases | None = None
    step: Step = "training"

    @property
    def rows(self) -> HardSetRows:
        """What was trained on."""
        return HardSetRows(self.hard.train_rows, self.hard.held_rows, self.hard.tags)

    @property
    def random_config(self) -> TrainConfig | None:
        """Of the run that is held against this one; None where no random cases were drawn."""
        config, random = self.run.config, self.hard.random
        if config is None or random is None:
            return None
        changes = {"name": f"{config.name}-random", "hard_set": str(random), "hard_twins": 0.0}
        return config.model_copy(update=changes)


def find_loops(runs: Sequence[RunSummary], listed: Sequence[ListedCases]) -> tuple[Loop, ...]:
    """Every run from a hard set whose diagnosis is here, in the order of the runs.

    Args:
        runs: of this machine.
        listed: its diagnoses.
    """
    by_folder = {str(item.folder): item for item in listed if item.facts is not None}
    found = []
    for run, hard in _trained_on_hard_sets(runs):
        before = by_folder.get(hard.diagnosis)
        if before is not None:
            found.append(_followed(Loop(run, hard, before), runs, listed))
    return tuple(found)


def loop_of(after: DiagnosisFacts, loops: Sequence[Loop]) -> Loop | None:
    """The loop that a diagnosis closes; None for any other diagnosis."""
    return next((item for item in loops if _asked(item.run) == after.asked_model), None)


def report_of_loop(loop: Loop, *, modality: str = "fused", iou: float = 0.25) -> LoopReport | None:
    """Before and after, case by case; None before the model was asked again.

    Raises:
        WhatWhereError: the cases cannot be read or compared.
    """
    if loop.after is None:
        return None
    random = None if loop.random_after is None else open_cases(loop.random_after.folder)
    return loop_report(
        open_cases(loop.before.folder),
        open_cases(loop.after.folder),
        loop.rows,
        random=random,
        modality=modality,
        iou=iou,
    )


def again(before: DiagnosisFacts, run: Path, *, twins: bool) -> dict[str, object]:
    """What asks a run's model the same cases in the same way, as `diagnosis_job` takes it.

    Args:
        before: the diagnosis of the model that was trained.
        run: folder of the run.
        twins: whether twins were asked about.
    """
    return {
        "model": str(run / MODEL),
        "data": before.data,
        "split": before.split,
        "scans": before.scans,
        "modalities": list(before.modalities),
        "proposals": before.proposals,
        "first": before.first or None,
        "twins": twins,
    }


def _trained_on_hard_sets(runs: Sequence[RunSummary]) -> Iterator[tuple[RunSummary, HardSet]]:
    for run in runs:
        name = "" if run.config is None else run.config.hard_set
        if not name or Path(name).name == RANDOM:
            continue
        try:
            yield run, read_hard_set(Path(name))
        except WhatWhereError:
            continue  # gone, or of another program: such a run is one like any other


def _followed(loop: Loop, runs: Sequence[RunSummary], listed: Sequence[ListedCases]) -> Loop:
    own = _diagnosis_of(loop.run, loop.before, listed)
    after = own if own is not None and _is_complete(own) else None
    loop = replace(loop, after=after, is_begun=own is not None)
    other = _random_run(loop, runs)
    if other is not None:
        found = _diagnosis_of(other, loop.before, listed)
        is_there = found is not None and _is_complete(found)
        loop = replace(loop, random_run=other, random_after=found if is_there else None)
    return replace(loop, step=_step(loop))


def _step(loop: Loop) -> Step:
    if loop.run.phase != "done":
        return "training"
    if loop.after is None:
        return "ask"
    if loop.random_config is None or loop.random_after is not None:
        return "done"
    if loop.random_run is None:
        return "train_random"
    return "ask_random" if loop.random_run.phase == "done" else "training_random"


def _random_run(loop: Loop, runs: Sequence[RunSummary]) -> RunSummary | None:
    """The newest with the same settings but for the hard set."""
    wanted = loop.random_config
    return None if wanted is None else next((run for run in runs if run.config == wanted), None)


def _diagnosis_of(
    run: RunSummary, before: ListedCases, listed: Sequence[ListedCases]
) -> ListedCases | None:
    """The newest of the run's model on the same sentences."""
    assert before.facts is not None
    for item in listed:
        facts = item.facts
        if facts is None or facts.split_hash != before.facts.split_hash:
            continue
        if facts.asked_model == _asked(run):
            return item
    return None


def _asked(run: RunSummary) -> str:
    return str((run.path / MODEL).resolve())


def _is_complete(item: ListedCases) -> bool:
    return item.facts is not None and item.facts.is_complete
