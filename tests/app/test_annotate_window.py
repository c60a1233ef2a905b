"""The Annotate layout in the whole window: tags by keys, notes, boxes, undo across a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.place import default_place
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import Case
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere_app.services.diagnoses import diagnoses_folder

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from whatwhere_app.annotate_panel import AnnotatePanel
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
_CHAIR = 1
_IN_PICTURE = ((2.0, 2.0), (24.0, 18.0))


@pytest.fixture
def diagnosis(home: Path) -> str:
    """Four cases of the tiny scan, whose target has a box."""
    made = made_cases(4, seed=1)
    ids = np.full(4, _CHAIR, np.int32)
    columns = replace(
        made.columns, scene_ids=("tiny0000_00",), target_ids=ids, excluded=np.full(4, -1, np.int32)
    )
    write_cases(diagnoses_folder() / made.facts.name, made.facts, columns, made.texts)
    return made.facts.name


async def annotate(explorer: "Explorer", until: Until) -> "AnnotatePanel":
    """From Diagnose to the first case."""
    explorer.window.actions_by_name["layout.diagnose"].trigger()
    await until(lambda: explorer.diagnosing.chosen is not None and explorer.is_idle)
    explorer.window.actions_by_name["annotate.these"].trigger()
    return await built(explorer, until)


async def built(explorer: "Explorer", until: Until) -> "AnnotatePanel":
    """The layout with its cases."""
    await until(lambda: explorer.annotating.is_shown and explorer.is_idle)
    panel = explorer.annotating.panel
    assert panel is not None
    await until(lambda: panel.desk.case is not None and explorer.is_idle)
    explorer.views.scene.canvas.setFocus()
    return panel


def press(explorer: "Explorer", key: Qt.Key) -> None:
    """A key, as typed into the 3D view."""
    QTest.keyClick(explorer.views.scene.canvas, key)


def test_a_case_is_tagged_noted_boxed_and_all_of_it_undone(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    diagnosis: str,
) -> None:
    actions, workspace = explorer.window.actions_by_name, explorer.workspace

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        panel = await annotate(explorer, until)
        desk = panel.desk
        assert panel.case_view.count_text == "Case 1 of 4"

        press(explorer, Qt.Key.Key_3)
        assert panel.tags_view.buttons["ignores-relation"].isChecked()
        await until(lambda: explorer.views.status.saved_text.startswith("Saved "))
        assert actions["edit.undo"].text() == "Undo: tag 'ignores relation'"
        QTest.mouseClick(panel.tags_view.buttons["copies-2d"], Qt.MouseButton.LeftButton)
        assert desk.said.tag_ids(desk.annotator) == ("ignores-relation", "copies-2d")

        panel.tags_view.note.setFocus()
        QTest.keyClicks(panel.tags_view.note, "3 lamps")
        assert not desk.said.notes
        QTest.keyClick(panel.tags_view.note, Qt.Key.Key_Return)
        assert panel.case_view.count_text == "Case 2 of 4"
        assert desk.num_done == 1
        explorer.views.scene.canvas.setFocus()

        side = panel.sides.views[1]
        await until(lambda: bool(side.edges_px()))
        start = side.edges_px()[(2, 1)]
        _drag(side, start, start - QPointF(0, 20))
        assert len(desk.said.boxes) == 1
        assert len(workspace.drawn.boxes) == 1
        tall = desk.said.boxes[0].size[2]
        assert tall > 0.05
        actions["edit.undo"].trigger()
        assert not workspace.drawn.boxes
        actions["edit.redo"].trigger()
        assert desk.said.boxes[0].size[2] == tall

        press(explorer, Qt.Key.Key_9)
        assert panel.case_view.is_left_out
        assert desk.num_left_out == 1
        press(explorer, Qt.Key.Key_P)
        assert panel.case_view.count_text == "Case 1 of 4"
        assert panel.tags_view.note.text() == "3 lamps"
        press(explorer, Qt.Key.Key_Return)
        assert panel.case_view.count_text == "Case 2 of 4"

        assert [action.text() for action in _with_key(explorer, "Alt+3")] == ["2D only"]
        actions["layout.explore"].trigger()
        assert [action.text() for action in _with_key(explorer, "3")] == ["2D only"]
        assert not workspace.drawn.boxes
        press(explorer, Qt.Key.Key_3)
        assert "2d" not in workspace.visible

    loop.run_until_complete(scenario())


def test_another_start_goes_on_where_this_one_ended_with_everything_undoable(
    open_window: Callable[..., "Explorer"],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    diagnosis: str,
) -> None:
    async def first(explorer: "Explorer") -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        panel = await annotate(explorer, until)
        press(explorer, Qt.Key.Key_N)
        press(explorer, Qt.Key.Key_1)
        press(explorer, Qt.Key.Key_2)
        explorer.window.actions_by_name["edit.undo"].trigger()
        assert panel.desk.said.tag_ids(panel.desk.annotator) == ("wrong-class",)

    async def second(explorer: "Explorer") -> None:
        actions = explorer.window.actions_by_name
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        actions["layout.annotate"].trigger()
        panel = await built(explorer, until)
        desk = panel.desk
        assert panel.case_view.count_text == "Case 2 of 4"
        assert desk.said.tag_ids(desk.annotator) == ("wrong-class",)
        assert [entry.state for entry in desk.history] == ["done", "undone"]
        actions["edit.redo"].trigger()
        assert desk.said.tag_ids(desk.annotator) == ("wrong-class", "same-class-distractor")
        actions["edit.undo"].trigger()
        actions["edit.undo"].trigger()
        assert desk.said.tags == ()
        assert not actions["edit.undo"].isEnabled()

    one = open_window()
    loop.run_until_complete(first(one))
    loop.run_until_complete(one.end_work())
    one.window.hide()
    loop.run_until_complete(second(open_window()))


def test_outlines_on_a_frame_become_a_box_and_every_step_is_kept(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    diagnosis: str,
) -> None:
    actions, workspace = explorer.window.actions_by_name, explorer.workspace

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        assert not actions["annotate.region_box"].isEnabled()
        panel = await annotate(explorer, until)
        desk, picture = panel.desk, panel.regions.view.picture

        press(explorer, Qt.Key.Key_R)
        assert picture.is_drawing
        press(explorer, Qt.Key.Key_Escape)
        assert not picture.is_drawing
        assert not actions["annotate.region_accept"].isEnabled()

        press(explorer, Qt.Key.Key_R)
        low, high = (picture.screen_place(place) for place in _IN_PICTURE)
        _drag(picture, low, high)
        await until(lambda: len(desk.said.regions) == 1 and explorer.is_idle)
        (region,) = desk.said.regions
        assert region.frame == workspace.frame
        assert region.lifted is not None
        assert {"lifted/points", "lifted/box/"} <= set(explorer.views.scene.canvas.actors)
        assert panel.regions.view.listing_text == f"frame {region.frame}"
        press(explorer, Qt.Key.Key_M)
        (box,) = desk.said.boxes
        assert (*box.center, *box.size) == region.lifted
        assert box.origin == "frame"

        corner = picture.screen_place(region.outline_px[0])
        _drag(picture, corner, corner + QPointF(12, 12))
        await until(lambda: desk.said.regions[0].outline_px != region.outline_px)
        titles = [entry.change.title for entry in desk.history]
        assert titles == ["draw region", f"box from frame {region.frame}", "change region"]
        actions["edit.undo"].trigger()
        assert desk.said.regions == (region,)

        actions["annotate.region_outline"].trigger()
        for place in ((0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)):
            spot = picture.screen_place(place).toPoint()
            QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=spot)
        QTest.keyClick(picture, Qt.Key.Key_Return)
        assert "cross each other" in explorer.views.notices.text
        press(explorer, Qt.Key.Key_BracketLeft)
        assert desk.said.boxes[0].yaw_rad == pytest.approx(np.radians(1))
        kept, case = desk.said, desk.case
        undo = actions["edit.undo"]
        for _ in range(9):  # the turn, the box, the outline, and moves of the camera between
            undo.trigger()
        assert not desk.said.boxes
        assert not desk.said.regions
        for _ in range(9):
            actions["edit.redo"].trigger()
        assert desk.said == kept
        assert case is not None
        store = open_store(default_place())
        await until(lambda: _kept(store, case) == (kept.regions, kept.boxes))
        store.close()

    loop.run_until_complete(scenario())


def test_without_cases_it_says_where_they_come_from(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        actions = explorer.window.actions_by_name
        actions["annotate.these"].trigger()
        assert "Open a diagnosis" in explorer.views.notices.text
        actions["layout.annotate"].trigger()
        await until(lambda: explorer.annotating.is_shown and explorer.is_idle)
        panel = explorer.annotating.panel
        assert panel is not None
        assert not panel.tags_view.note.isEnabled()
        press(explorer, Qt.Key.Key_1)
        assert panel.desk.history == ()

    loop.run_until_complete(scenario())


def _drag(widget: "QWidget", start: QPointF, end: QPointF) -> None:
    left = Qt.MouseButton.LeftButton
    here, there = start.toPoint(), end.toPoint()
    QTest.mousePress(widget, left, pos=here)
    QTest.mouseMove(widget, here + QPoint(0, -5))
    QTest.mouseMove(widget, there)
    QTest.mouseRelease(widget, left, pos=there)


def _kept(store: AnnotationStore, case: Case) -> tuple[object, ...]:
    said = store.annotations_of([case.case_id]).get(case.case_id, CaseAnnotations())
    return said.regions, said.boxes


def _with_key(explorer: "Explorer", key: str) -> list["QAction"]:
    return [
        action
        for action in explorer.window.actions_by_name.values()
        if key in [sequence.toString() for sequence in action.shortcuts()]
    ]


def test_a_case_whose_truth_is_wrong_leaves_the_figures_and_the_hard_set(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    diagnosis: str,
) -> None:
    actions = explorer.window.actions_by_name

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        panel = await annotate(explorer, until)
        actions["annotate.train"].trigger()
        assert "Tag the failures" in explorer.views.notices.text
        press(explorer, Qt.Key.Key_7)
        actions["annotate.train"].trigger()
        sheet = panel.train_on_view
        assert sheet.isVisible()
        assert list(sheet.weights) == ["copies 2D"]
        assert "1 tagged case in 1 scan" in sheet.said
        sheet.go.click()
        assert not sheet.isVisible()
        # Made-up cases lie in no data set: that is said, and nothing is made.
        await until(lambda: "Tag the failures" not in explorer.views.notices.text)
        press(explorer, Qt.Key.Key_7)
        press(explorer, Qt.Key.Key_9)
        await until(lambda: explorer.views.status.saved_text.startswith("Saved "))
        actions["annotate.train"].trigger()
        assert "Tag the failures" in explorer.views.notices.text
        assert panel.desk.num_left_out == 1
        actions["layout.diagnose"].trigger()
        assert explorer.diagnosing.panel is not None
        desk = explorer.diagnosing.panel.desk
        await until(
            lambda: desk.first is not None and int(np.sum(desk.first.columns.excluded >= 0)) == 1
        )
        assert desk.first is not None
        assert "annotated" in desk.first.columns.reasons[-1]
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())
