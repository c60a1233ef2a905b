"""Runs that learned from annotated failures: found, their models asked again, compared."""

import asyncio
from pathlib import Path

from whatwhere.evaluation.cases.store import StoredCases, open_cases
from whatwhere.evaluation.loop_report import HardSetRows, LoopReport, loop_report
from whatwhere.evaluation.reporting.loop_page import write_loop_page
from whatwhere.folders import user_folder
from whatwhere.jobs.client import OnProgress, WorkerClient
from whatwhere.serving.closing_loop import Loop, again, find_loops
from whatwhere.training import runs
from whatwhere.training.config import TrainConfig
from whatwhere.training.run_summary import RunSummary, find_runs
from whatwhere_app.services.diagnoses import (
    DIAGNOSE_ENTRY,
    diagnoses_folder,
    list_diagnoses,
    open_diagnosis,
)

_PAGE = "before-after.html"


def look() -> tuple[Loop, ...]:
    """Every run from a hard set whose diagnosis is here."""
    found = find_runs()
    if not any(run.config is not None and run.config.hard_set for run in found):
        return ()
    return find_loops(found, list_diagnoses())


class AskingAgain:
    """Asks the model of a run the same cases that its hard set came from.

    Args:
        entry: of the process; tests name their own.
    """

    def __init__(self, *, entry: str = DIAGNOSE_ENTRY) -> None:
        self._entry = entry

    async def ask(self, loop: Loop, run: RunSummary, on_progress: OnProgress) -> None:
        """Ask, or go on where that was stopped.

        Raises:
            WhatWhereError: it cannot be done, or the process died; what was answered is kept.
        """
        facts = loop.before.facts
        assert facts is not None  # a loop begins from a diagnosis that can be read
        before = await asyncio.to_thread(open_cases, loop.before.folder)
        params = again(facts, run.path, twins=bool(before.columns.twins))
        worker = await WorkerClient.start(
            self._entry,
            name="The second diagnosis",
            log_path=user_folder("state") / "diagnosis-again.log",
        )
        async with worker:
            params["root"] = str(diagnoses_folder())
            await worker.request("diagnose", params, on_progress=on_progress)


async def train(config: TrainConfig) -> None:
    """Start a run, which goes on by itself.

    Raises:
        WhatWhereError: it ended at once.
    """
    await asyncio.to_thread(runs.start_run, config)


def open_pair(loop: Loop) -> tuple[StoredCases, StoredCases]:
    """The cases before and after, without those whose ground truth was annotated as wrong.

    Raises:
        WhatWhereError: they cannot be read.
    """
    assert loop.after is not None
    return open_diagnosis(loop.before.folder.name), open_diagnosis(loop.after.folder.name)


def report_of_pair(
    first: StoredCases, second: StoredCases, loop: Loop | None, iou: float
) -> LoopReport:
    """What the second model cured and broke; by tag where it learned from failures of the first.

    Raises:
        WhatWhereError: the two cannot be compared, or the third cannot be read.
    """
    rows: HardSetRows | None = None
    random: StoredCases | None = None
    if loop is not None:
        rows = loop.rows
        if loop.random_after is not None:
            random = open_diagnosis(loop.random_after.folder.name)
    return loop_report(first, second, rows, random=random, iou=iou)


def write_page(report: LoopReport) -> Path:
    """Write the report beside the cases, and give the page's path.

    Raises:
        WhatWhereError: it cannot be written, or the sentences not be read.
    """
    path = report.after.folder / "report" / _PAGE
    write_loop_page(path, report)
    return path
