"""Journey A, steps 7 to 9, with mouse and keys: a split is evaluated and looked into."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from tests.app.test_diagnose_window import diagnose
from tests.app.test_training_window import ended

from whatwhere.demo.dataset import write_dataset
from whatwhere.evaluation.cases.quadrants import QUADRANTS
from whatwhere_app.composition import Explorer
from whatwhere_app.diagnose_panel import DiagnosePanel

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
LEFT = Qt.MouseButton.LeftButton
_PATIENCE = 5
"""A model is loaded and asked: so many times as long as `until` waits by itself."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One generated test room with its twins."""
    folder = tmp_path_factory.mktemp("rooms")
    write_dataset(folder, num_scenes=1, seed=3, split="test", twins=True, frames=4)
    return folder


async def evaluate_split(panel: DiagnosePanel, data: Path, until: Until) -> None:
    """Step 7: the form is filled in, and the counter runs to its end."""
    form, told = panel.views.side.form, list[str]()
    QTest.mouseClick(panel.views.side.head.run, LEFT)
    form.model.setEditText("cheating")
    form.data.setFocus()
    QTest.keyClicks(form.data, str(data))
    form.split.setEditText("test")
    QTest.mouseClick(form.start, LEFT)
    assert panel.run.is_busy
    for _ in range(_PATIENCE):
        try:
            await until(lambda: not panel.run.is_busy)
            break
        except TimeoutError:
            told.append("still at it")
    assert len(told) < _PATIENCE
    await until(lambda: panel.desk.first is not None and not panel.is_busy)


def place_of(panel: DiagnosePanel, x: float, y: float) -> QPointF:
    """A point of the scatter, in pixels of its viewport."""
    scatter = panel.views.scatter
    return QPointF(scatter.plot.mapFromScene(scatter.area.mapViewToScene(QPointF(x, y))))


def drag(panel: DiagnosePanel, corners: list[QPointF]) -> None:
    """With the left button, along these corners."""
    view = panel.views.scatter.plot.viewport()
    QTest.mousePress(view, LEFT, pos=corners[0].toPoint())
    for before, after in zip(corners, [*corners[1:], corners[0]], strict=True):
        for step in range(1, 6):
            QTest.mouseMove(view, (before + (after - before) * step / 5).toPoint())
    QTest.mouseRelease(view, LEFT, pos=corners[0].toPoint())


async def lasso_both_wrong(panel: DiagnosePanel, until: Until) -> None:
    """Step 8: around everything, then only what copies 2D; the count is that of what shines."""
    scatter = panel.views.scatter
    (left, right), (low, high) = scatter.area.viewRange()
    ends = [(left, low), (right, low), (right, high), (left, high)]
    inner = [(0.96 * x + 0.02 * (left + right), 0.96 * y + 0.02 * (low + high)) for x, y in ends]
    drag(panel, [place_of(panel, x, y) for x, y in inner])
    await until(lambda: len(panel.desk.filters) == 1 and not panel.is_busy)
    QTest.mouseClick(scatter.quadrants["both_wrong"], LEFT)
    QTest.mouseClick(panel.views.side.chips.switches["copies"], LEFT)
    await until(lambda: len(panel.desk.filters) == 3 and not panel.is_busy)
    first = panel.desk.first
    assert first is not None
    kept = panel.views.table.rows.cases_K
    codes = 2 * (first.columns.modalities["fused"].iou < 0.25)
    codes += first.columns.modalities["2d"].iou < 0.25
    assert (codes[kept] == QUADRANTS.index("both_wrong")).all()
    said = f"{len(kept):,} of {len(first.columns):,} cases"
    assert panel.views.table.count.text().startswith(said)
    assert f"{len(kept):,} both wrong" in scatter.quadrants["both_wrong"].text()


def drag_the_margin(panel: DiagnosePanel) -> None:
    """Step 9: the line goes up, and more cases would be penalised."""
    scatter, counts = panel.views.scatter, []
    (left, _), _ = scatter.area.viewRange()
    for margin in (0.0, 0.4 * abs(left)):
        scatter.margin.setPos((0.0, margin))
        said = scatter.margin_text
        assert said.startswith(f"m = {panel.desk.lens.margin:.2f} nats")
        counts.append(int(said.split("penalise ")[1].split(" of ")[0].replace(",", "")))
    assert counts[0] < counts[1]


def test_journey_a_diagnoses_a_split(
    open_window: Callable[..., Explorer],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # pyqtgraph drops moves that follow each other within 10 ms, as those of a test do.
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)
    explorer = open_window()

    async def journey() -> None:
        panel = await diagnose(explorer, until)
        await evaluate_split(panel, data, until)
        headline = panel.views.side.head.said.text()
        assert headline.startswith("follow_appearance ")
        assert headline.endswith("1 scene: too few scenes for an interval)")
        first = panel.desk.first
        assert first is not None
        assert panel.views.table.count.text() == f"{len(first.columns):,} cases"
        await lasso_both_wrong(panel, until)
        panel.filters.clear()
        await until(lambda: not panel.is_busy)
        drag_the_margin(panel)
        table = panel.views.table.table
        QTest.mouseClick(
            table.viewport(), LEFT, pos=table.visualRect(table.model().index(0, 0)).center()
        )
        await until(lambda: bool(explorer.workspace.answers))
        (answers,) = explorer.workspace.answers.values()
        assert answers.is_recorded
        assert answers.expression.text == first.texts([0])[0]
        chosen = first.columns.modalities["fused"].object_ids[0]
        assert answers.groundings["fused"].best.object_id == chosen
        assert explorer.workspace.scene is not None
        np.testing.assert_allclose(
            answers.groundings["fused"].best.box.as_row(),
            first.columns.modalities["fused"].boxes[0],
            atol=1e-4,
        )

    loop.run_until_complete(ended(explorer, journey()))
