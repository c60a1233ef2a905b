"""`whatwhere bench instrument`: make the rows that are missing, then write the report."""

import sys
from pathlib import Path

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.instrument.report import write_report
from whatwhere.bench.instrument.study import Study


def run(report: Path, *, minutes: float | None = None) -> Figures:
    """Go on with the study and return its headline.

    Args:
        report: folder with `rows/`; rows that are kept there are not made again. The study of
            the cure is looked for beside it.
        minutes: not used: what is missing takes minutes as a whole.
    """
    del minutes
    document = write_report(Study(report, _say), report.parent / "cure")
    found = {
        f"accused, {one['model']}, {one['rooms']} rooms": Figure(100 * one["accused"], "%", 1)
        for one in document["verdicts"]
    }
    held = [one["held"] for one in document["coverage"]]
    demands = document["demands"].values()
    return {
        "demands that are met": Figure(float(sum(one["met"] for one in demands)), "", len(demands)),
        "coverage, least": Figure(100 * min(held), "%", len(held)),
        "coverage, most": Figure(100 * max(held), "%", len(held)),
        **found,
    }


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
