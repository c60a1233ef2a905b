"""Journey A, steps 7 to 9, with mouse and keys: a split is evaluated and looked into."""

import asyncio
import json
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
from whatwhere.scenes.opening import open_scene
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


async def evaluate_split(
    panel: DiagnosePanel,
    data: Path,
    until: Until,
    *,
    split: str = "test",
    model: str = "cheating",
) -> None:
    """Step 7: the form is filled in, and the counter runs to its end."""
    form, told = panel.views.side.form, list[str]()
    QTest.mouseClick(panel.views.side.head.run, LEFT)
    form.model.setEditText(model)
    form.data.setFocus()
    QTest.keyClicks(form.data, str(data))
    form.split.setEditText(split)
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


async def probe_the_case(explorer: Explorer, until: Until) -> None:
    """Step 10: the room is mirrored, and the model that was diagnosed is asked again."""
    await until(lambda: explorer.is_idle)
    probes = explorer.probing.panel
    (answers,) = explorer.workspace.answers.values()
    explorer.window.actions_by_name["probe.mirror"].trigger()
    assert probes.isVisible()
    assert probes.head.endswith(": asks cheating, which was diagnosed")
    await until(lambda: explorer.is_idle)
    row = next(row for row in probes.table.rows if row.key == "mirror")
    assert row.texts[-1] == "Prediction moved."
    assert probes.head.startswith(f"“{answers.expression.text}”: fused of cheating chose ")
    assert "probe/after" in explorer.views.scene.canvas.actors


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
        await probe_the_case(explorer, until)

    loop.run_until_complete(ended(explorer, journey()))


def test_a_real_scan_is_opened_as_a_diagnosis(
    open_window: Callable[..., Explorer],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    realdata: Path,
    tmp_path: Path,
) -> None:
    """A smoke test: five sentences about one scan are no evidence of anything."""
    name = "ScanRefer_filtered_train"
    every = realdata / "language" / "scanrefer" / f"{name}_sampled1000.json"
    rows = [row for row in json.loads(every.read_text()) if row["scene_id"] == "scene0000_00"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{name}.json").write_text(json.dumps(rows))
    scans = realdata / "scannet" / "scans"
    (tmp_path / "data" / "scans").symlink_to(scans)
    boxes = {thing.object_id: thing.box for thing in open_scene(scans / "scene0000_00").objects}
    lines = [
        {
            "scene_id": row["scene_id"],
            "text": row["description"],
            "modality": modality,
            "boxes": [boxes[chosen].as_row().tolist()],
        }
        for row in rows
        for modality, chosen in (
            # A toaster is annotated as "otherprop", as 52 and 66 are.
            ("fused", 52 if row["object_name"] == "toaster" else int(row["object_id"])),
            ("2d", 66),
        )
    ]
    answers = tmp_path / "theirs.jsonl"
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    explorer = open_window()

    async def journey() -> None:
        panel = await diagnose(explorer, until)
        await evaluate_split(panel, tmp_path / "data", until, split="train", model=str(answers))
        assert panel.views.table.count.text().startswith("5 cases")
        assert "too few scenes for an interval" in panel.views.side.head.said.text()
        QTest.keyClick(panel.views.table.table, Qt.Key.Key_N)
        await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
        scene, expression = explorer.workspace.scene, explorer.workspace.expression
        assert scene is not None
        assert expression is not None
        assert (scene.scene_id, expression.text) == ("scene0000_00", rows[0]["description"])
        verdict = panel.views.tabs.verdict
        assert verdict.isVisible()
        assert verdict.text() == "Fused chooses another object of the class “otherprop”."

    loop.run_until_complete(ended(explorer, journey()))
