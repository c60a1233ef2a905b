"""`whatwhere bench cure`: train what is missing, then write the report."""

import sys
from pathlib import Path

from whatwhere.bench.cure.arms import planned
from whatwhere.bench.cure.report import write_report
from whatwhere.bench.cure.runner import run_all
from whatwhere.bench.figures import Figure, Figures
from whatwhere.folders import user_folder


def run(report: Path, *, minutes: float | None = None) -> Figures:
    """Go on with the experiment and return its headline.

    Args:
        report: folder with `rows/`; runs that are kept there are not repeated.
        minutes: no run is started after this; None for no limit, 0 for the report alone.
    """
    if minutes != 0:
        models = user_folder("data") / "cure" / "models"
        run_all(planned(), report, models, minutes=minutes, say=_say)
    document = write_report(report)
    figures: Figures = {}
    for family, found in document["families"].items():
        for arm, rate in found["gap_closed"].items():
            if arm not in ("plain", "ceiling"):
                figures[f"{family}, gap closed, {arm}"] = Figure(
                    100 * rate["value"],
                    "%",
                    rate["n"],
                    *(None if rate[end] is None else 100 * rate[end] for end in ("low", "high")),
                )
    return figures


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
