"""The benches by name; each is a module, or several, with a `run()` that returns `Figures`.

Those of the window lie in the app and are found by string, so the core stays free of Qt.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from whatwhere.bench.figures import Figures
from whatwhere.errors import NotSupportedError

BENCHES: dict[str, tuple[str, ...]] = {
    "host": ("whatwhere.bench.host",),
    "probes": ("whatwhere.bench.probes",),
    "evaluate": ("whatwhere.bench.evaluate",),
    "steps": ("whatwhere.bench.steps",),
    "start": ("whatwhere.bench.start", "whatwhere_app.bench.start"),
    "frames": ("whatwhere_app.bench.frames",),
    "scenes": ("whatwhere_app.bench.scenes",),
    "sens": ("whatwhere.bench.sens",),
    "catalogue": ("whatwhere.bench.catalogue",),
    "projection": ("whatwhere.bench.projection",),
    "cases": ("whatwhere.bench.cases",),
    "gpu": ("whatwhere.bench.gpu.bench",),
    "faults": ("whatwhere.bench.faults",),
    "loop": ("whatwhere.bench.loop",),
    "store": ("whatwhere.bench.store.bench",),
    "window-kills": ("whatwhere_app.bench.kills.bench",),
    "stall": ("whatwhere_app.bench.stall",),
    "training": ("whatwhere_app.bench.training",),
    "lasso": ("whatwhere_app.bench.cases",),
}
"""Name -> modules with `run() -> Figures`, whose figures are put together."""


STUDIES: dict[str, str] = {
    "cure": "whatwhere.bench.cure.bench",
    "instrument": "whatwhere.bench.instrument.bench",
}
"""Name -> module with `run(report, minutes=) -> Figures`: hours long, gone on with where they were,
kept in a folder; not among "all benches"."""


def run_study(name: str, report: Path, *, minutes: float | None) -> Figures:
    """Go on with one of `STUDIES`, for so many minutes, in its folder."""
    figures: Figures = import_module(STUDIES[name]).run(report, minutes=minutes)
    return figures


def run_bench(name: str, **options: Any) -> Figures:
    """Run one of `BENCHES`, with options of its own.

    Raises:
        NotSupportedError: what it measures is not installed.
    """
    figures: Figures = {}
    for module in BENCHES[name]:
        try:
            figures |= import_module(module).run(**options)
        except ModuleNotFoundError as error:
            raise NotSupportedError(
                f'the bench "{name}" needs {error.name}, which is not installed',
                remedy='Install the explorer with pip install "whatwhere[app]"',
            ) from error
    return figures
