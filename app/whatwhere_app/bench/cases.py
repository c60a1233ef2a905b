"""How quick the Diagnose layout is with as many cases as ScanRefer has, and with a million."""

import time
from collections.abc import Callable

import numpy as np

from whatwhere.bench.figures import Figure, Figures
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere_app.bench.surroundings import bench_home, shown_explorer, until
from whatwhere_app.composition import Explorer
from whatwhere_app.diagnose_panel import DiagnosePanel
from whatwhere_app.services.diagnoses import diagnoses_folder

_CASES, _MANY = 52_000, 1_000_000
_REPEATS = 9
_PAN_NATS = 0.05


def run() -> Figures:
    """Both sizes.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the window did not come to show them.
    """
    with bench_home(), shown_explorer((1440, 900)) as (explorer, loop):
        figures: Figures = loop.run_until_complete(measure(explorer, _CASES, _REPEATS))
        figures |= loop.run_until_complete(measure(explorer, _MANY, _REPEATS, is_goal=False))
        return figures


async def measure(
    explorer: Explorer, num_cases: int, repeats: int, *, is_goal: bool = True
) -> Figures:
    """Pan, lasso, sort and filter so many made-up cases.

    Args:
        explorer: shown.
        num_cases: of one diagnosis.
        repeats: of each.
        is_goal: whether the figures are meant to stay under something.
    """
    made = made_cases(num_cases)
    write_cases(diagnoses_folder() / made.facts.name, made.facts, made.columns, made.texts)
    explorer.workspace.set_arrangement("diagnose")
    await until(lambda: explorer.diagnosing.panel is not None)
    panel = explorer.diagnosing.panel
    assert panel is not None
    panel.head.open_fresh(made.facts.name)
    await until(lambda: _rests(panel, num_cases))
    said = f", {num_cases:,} cases"
    return {
        f"scatter: one step of a pan{said}": Figure.median(
            _pans(panel, repeats), "ms", at_most=40 if is_goal else None
        ),
        f"lasso to filtered table{said}": Figure.median(
            [await _lasso(panel) for _ in range(repeats)], "ms", at_most=100 if is_goal else None
        ),
        f"two filters to filtered table{said}": Figure.median(
            [await _switches(panel) for _ in range(repeats)], "ms", at_most=200
        ),
        f"words to filtered table{said}": Figure.median(
            [await _words(panel) for _ in range(repeats)], "ms", at_most=200
        ),
    }


def _rests(panel: DiagnosePanel, num_cases: int) -> bool:
    is_whole = len(panel.views.table.rows.cases_K) == num_cases
    return is_whole and not (panel.filters.is_busy or panel.bars.is_busy or panel.report.is_busy)


def _pans(panel: DiagnosePanel, repeats: int) -> list[float]:
    """The view is drawn anew as it is on the screen; the window around it is not."""
    scatter = panel.views.scatter
    taken_ms = []
    for number in range(repeats):
        started_s = time.perf_counter()
        scatter.area.translateBy(x=_PAN_NATS if number % 2 else -_PAN_NATS)
        scatter.plot.viewport().repaint()
        taken_ms.append(1000 * (time.perf_counter() - started_s))
    return taken_ms


async def _lasso(panel: DiagnosePanel) -> float:
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = 0.8 + 0.2 * np.sin(9 * angles)
    outline = np.stack([-1.2 + radius * np.cos(angles), -1.2 + radius * np.sin(angles)], axis=1)
    points = [(float(x), float(y)) for x, y in outline]
    return await _timed(panel, lambda: panel.filters.keep_outlined(points))


async def _switches(panel: DiagnosePanel) -> float:
    def press() -> None:
        panel.filters.switch("spatial")
        panel.filters.switch("copies")

    return await _timed(panel, press)


async def _words(panel: DiagnosePanel) -> float:
    return await _timed(panel, lambda: panel.filters.add_text("chair near"))


async def _timed(panel: DiagnosePanel, act: Callable[[], None]) -> float:
    """Milliseconds until the table shows what is kept and is drawn; then all is taken back."""
    table, before = panel.views.table, panel.desk.sifted
    started_s = time.perf_counter()
    act()
    await until(lambda: panel.desk.sifted is not before and not panel.filters.is_busy)
    table.table.viewport().repaint()
    taken_ms = 1000 * (time.perf_counter() - started_s)
    panel.filters.clear()
    first = panel.desk.first
    assert first is not None
    await until(lambda: _rests(panel, len(first.columns)))
    return taken_ms
