"""Journey B in a demo room: failures are tagged, boxed, undone, filtered, carried out and in."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.app.test_choosing_window import drag
from tests.e2e.annotating_child import EYE
from tests.e2e.journey_b_cases import bedroom, write_diagnosis
from tests.e2e.test_crash import wait_for

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.exchange.taking_in import take_in
from whatwhere.annotations.place import default_place
from whatwhere.annotations.queries import CaseQuery, count_by_tag, count_cases
from whatwhere.annotations.store import open_store
from whatwhere.annotations.wanted import Wanted
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.annotate_panel import AnnotatePanel
from whatwhere_app.composition import Explorer
from whatwhere_app.services.annotating_session import AnnotatingSession
from whatwhere_app.services.diagnoses import list_diagnoses, open_diagnosis

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display", "home")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_TAG = "ignores-relation"


class Annotator:
    """Hands on the mouse and the keys of one window."""

    def __init__(self, app: QApplication, explorer: Explorer, until: Until) -> None:
        self.app, self.explorer, self.until = app, explorer, until

    @property
    def panel(self) -> AnnotatePanel:
        found = self.explorer.annotating.panel
        assert found is not None
        return found

    @property
    def undo_text(self) -> str:
        return self.explorer.window.actions_by_name["edit.undo"].text()

    def history(self) -> list[str]:
        """Newest first, without the time of day."""
        rows = self.panel.tags_view.history
        return [rows.item(row).text().split("  ", 1)[1] for row in range(rows.count())]

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """As typed into the 3D view."""
        canvas = self.explorer.views.scene.canvas
        canvas.setFocus()
        QTest.keyClick(canvas, key, modifiers)

    async def saved(self) -> None:
        """Everything that was done is on the disk, and the status says so."""
        status = self.explorer.views.status
        await self.until(lambda: status.saved_text.startswith("Saved ") and self.explorer.is_idle)

    async def choose_failures(self) -> int:
        """Step 1, from a filter of Diagnose."""
        explorer = self.explorer
        explorer.window.actions_by_name["layout.diagnose"].trigger()
        await self.until(lambda: explorer.diagnosing.chosen is not None and explorer.is_idle)
        diagnose = explorer.diagnosing.panel
        assert diagnose is not None
        QTest.mouseClick(diagnose.views.scatter.quadrants["both_wrong"], LEFT)
        await self.until(lambda: len(diagnose.desk.filters) == 1 and explorer.is_idle)
        count = len(diagnose.views.table.rows.cases_K)
        self.press(Qt.Key.Key_T, CONTROL)
        await self.until(lambda: explorer.annotating.is_shown and explorer.is_idle)
        await self.until(lambda: self.panel.desk.case is not None and explorer.is_idle)
        return count

    async def draw_a_box(self) -> None:
        """Step 4: on the floor, and then higher by its edge in a side view."""
        canvas, panel = self.explorer.views.scene.canvas, self.panel
        self.press(Qt.Key.Key_B)
        middle = QPoint(canvas.width() // 2, canvas.height() // 2)
        drag(self.app, canvas, middle, middle + QPoint(60, 40))
        await self.until(lambda: len(panel.desk.said.boxes) == 1)
        side = panel.sides.views[1]
        await self.until(lambda: bool(side.edges_px()))
        tall = panel.desk.said.boxes[0].size[2]
        edge = side.edges_px()[(2, 1)]
        _pull(side, edge, edge - QPointF(0, 15))
        await self.until(lambda: panel.desk.said.boxes[0].size[2] > tall)
        drawn = self.explorer.workspace.drawn.boxes[0].box
        assert drawn.size == panel.desk.said.boxes[0].size
        shown_cm = self.explorer.choosing.overlay.fields.sizes[2].value()
        assert shown_cm == pytest.approx(100 * drawn.size[2], abs=1)

    async def undo_and_redo(self) -> None:
        """Step 5: the size, the box, the box again; each is seen in the history."""
        desk, pulled = self.panel.desk, self.panel.desk.said.boxes[0].size
        self.press(Qt.Key.Key_Z, CONTROL)
        assert desk.said.boxes[0].size != pulled
        assert self.history()[0].endswith("(undone)")
        self.press(Qt.Key.Key_Z, CONTROL)
        assert desk.said.boxes == ()
        assert [row.endswith("(undone)") for row in self.history()[:3]] == [True, True, False]
        self.press(Qt.Key.Key_Z, CONTROL | SHIFT)
        assert len(desk.said.boxes) == 1
        assert len(self.explorer.workspace.drawn.boxes) == 1

    async def export(self, folder: Path) -> list[str]:
        """Step 9: three forms at once."""
        exchange = self.panel.exchange
        self.explorer.window.actions_by_name["annotate.export"].trigger()
        view = exchange.export_panel
        for name in ("coco", "parquet", "glb"):
            view.ticks[name].setChecked(True)
        view.boxes_only.setChecked(False)
        view.folder.setText(str(folder))
        QTest.mouseClick(view.save, LEFT)
        await self.until(lambda: not exchange.is_busy)
        view.close()
        return view.lines


def _pull(widget: QWidget, start: QPointF, end: QPointF) -> None:
    here, there = start.toPoint(), end.toPoint()
    QTest.mousePress(widget, LEFT, pos=here)
    QTest.mouseMove(widget, here + QPoint(0, -5))
    QTest.mouseMove(widget, there)
    QTest.mouseRelease(widget, LEFT, pos=there)


def test_journey_b_in_a_demo_room(
    qapp: QApplication,
    open_window: Callable[..., Explorer],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tmp_path: Path,
) -> None:
    num_cases = write_diagnosis()
    room = bedroom()
    explorer = open_window({room.name: room.path.absolute()})
    hands = Annotator(qapp, explorer, until)

    async def journey() -> None:
        count = await hands.choose_failures()
        panel, desk = hands.panel, hands.panel.desk
        assert 3 <= count < num_cases
        assert panel.case_view.count_text == f"Case 1 of {count}"

        QTest.mouseClick(panel.tags_view.buttons[_TAG], LEFT)
        await hands.saved()
        assert hands.undo_text == "Undo: tag 'ignores relation'"
        assert hands.history()[0] == "tag 'ignores relation' · case 1"

        QTest.mouseClick(panel.tags_view.note, LEFT)
        QTest.keyClicks(panel.tags_view.note, "the door is on the left")
        QTest.keyClick(panel.tags_view.note, Qt.Key.Key_Return)
        assert panel.case_view.count_text == f"Case 2 of {count}"
        await until(lambda: explorer.is_idle)

        await hands.draw_a_box()
        await hands.undo_and_redo()
        hands.press(Qt.Key.Key_3)
        hands.press(Qt.Key.Key_9)
        assert panel.case_view.is_left_out
        await hands.saved()

        # An entry of the history brings its case back, and what was said of it then.
        row = next(at for at, said in enumerate(hands.history()) if said.startswith("note"))
        place = panel.tags_view.history.visualItemRect(panel.tags_view.history.item(row)).center()
        QTest.mouseClick(panel.tags_view.history.viewport(), LEFT, pos=place)
        await until(lambda: bool(panel.tags_view.then_text) and explorer.is_idle)
        assert panel.case_view.count_text == f"Case 1 of {count}"
        said = panel.tags_view.then_text.split(": ", 1)[1]
        assert said == "ignores relation · “the door is on the left”"

        # In the layout itself a filter leaves the case in hand where it is.
        panel.filter.toggle(Wanted("tag", _TAG))
        assert panel.case_view.filters.note == f"2 of {count} cases"
        hands.press(Qt.Key.Key_3)
        assert panel.case_view.count_text == f"Case 1 of {count}"
        assert panel.case_view.filters.note == f"1 of {count} cases · this one is not among them"
        hands.press(Qt.Key.Key_Z, CONTROL)
        assert panel.case_view.filters.note == f"2 of {count} cases"
        hands.press(Qt.Key.Key_Z, CONTROL)
        assert desk.wanted == ()
        await hands.saved()

        await filter_in_diagnose(hands)
        await carry_out_and_in(hands, tmp_path / "out")

    loop.run_until_complete(journey())


async def filter_in_diagnose(hands: Annotator) -> None:
    """Steps 6 and 8: what is excluded is said, and a tag filters the rows."""
    explorer = hands.explorer
    explorer.window.actions_by_name["layout.diagnose"].trigger()
    diagnose = explorer.diagnosing.panel
    assert diagnose is not None
    table = diagnose.views.table
    await hands.until(lambda: "1 of all are left out" in table.count.text() and explorer.is_idle)
    offers = {action.text(): action for action in diagnose.views.side.chips.said.offers}
    offers["ignores relation\t2"].trigger()
    await hands.until(lambda: len(diagnose.desk.filters) == 2 and explorer.is_idle)
    assert table.count.text().startswith("2 of ")
    assert len(table.rows.cases_K) == 2
    explorer.window.actions_by_name["layout.annotate"].trigger()
    await hands.until(lambda: explorer.annotating.is_shown and explorer.is_idle)


async def carry_out_and_in(hands: Annotator, folder: Path) -> None:
    """Step 9: what comes back into an empty store is what went out."""
    assert await hands.export(folder) == [
        "cases.jsonl: 2 cases",
        "cases-parquet: 2 cases",
        "cases.coco.json: 2 cases",
        "cases.glb: 7 boxes",
    ]
    here = open_store(default_place())
    for name in ("cases.jsonl", "cases-parquet", "cases.coco.json"):
        other = open_store(folder / f"{name}.db")
        assert take_in(other, folder / name, "ben").num_kept == 0
        assert count_cases(other, CaseQuery()) == count_cases(here, CaseQuery()) == 2
        assert count_by_tag(other) == count_by_tag(here)
        assert count_by_tag(here) == {_TAG: 2, "ground-truth-wrong": 1}
        other.close()
    here.close()


def test_annotations_move_into_a_server_by_the_settings(
    qapp: QApplication,
    open_window: Callable[..., Explorer],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    server: Any,
) -> None:
    """Step 10, and on in the server."""
    write_diagnosis()
    (listed,) = list_diagnoses()
    cases = open_diagnosis(listed.folder.name)
    store = open_store(default_place())
    tags = {tag.tag_id: tag for tag in store.tags()}
    for case in annotated_cases(cases, range(5)):
        store.apply(toggle_tag(CaseAnnotations(), case.case_id, "ben", tags[_TAG]), [case])
    store.close()
    room = bedroom()
    explorer = open_window({room.name: room.path.absolute()})

    async def journey() -> None:
        explorer.window.actions_by_name["file.settings"].trigger()
        view = explorer.placing.view
        await until(lambda: bool(view.in_use_text) and explorer.is_idle)
        view.place.setFocus()
        view.place.selectAll()
        QTest.keyClicks(view.place, server.url)
        QTest.mouseClick(view.copy, LEFT)
        await until(lambda: "5 annotations of 5 cases copied, 0 differ" in view.said)
        await until(lambda: explorer.is_idle)
        QTest.mouseClick(view.use, LEFT)
        await until(lambda: view.said.startswith("In use.") and explorer.is_idle)
        explorer.preferring.settings_panel.close()
        explorer.window.activateWindow()
        await through_a_crash_of_the_server()

    async def through_a_crash_of_the_server() -> None:
        hands = Annotator(qapp, explorer, until)
        await hands.choose_failures()
        hands.press(Qt.Key.Key_1)
        await hands.saved()
        server.stop()
        hands.press(Qt.Key.Key_2)
        await until(lambda: explorer.views.status.saved_text.startswith("Not saved"))
        server.start()
        await hands.saved()

    loop.run_until_complete(journey())
    moved = open_store(server.url)
    counts = count_by_tag(moved)
    assert (counts[_TAG], counts["wrong-class"], counts["same-class-distractor"]) == (5, 1, 1)
    moved.close()


Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts a window that annotates or looks by itself; what is left of it ends with the test."""
    children: list[subprocess.Popen[str]] = []

    def begin(what: str) -> "subprocess.Popen[str]":
        root = Path(__file__).parents[2]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.annotating_child", what],
            cwd=root,
            env=os.environ | {"WHATWHERE_HOME": str(home), "QT_QPA_PLATFORM": "xcb"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        child.kill()
        child.communicate()


def test_a_killed_window_gives_back_case_camera_tags_and_undo_list(
    start: Start, home: Path
) -> None:
    num_cases = write_diagnosis()
    indices = range(num_cases)
    (diagnosis,) = (path.name for path in (home / "data" / "diagnoses").iterdir())
    AnnotatingSession(home / "state" / "annotating.json").keep(diagnosis, indices, 0)
    first = start("first")
    assert first.stdout is not None
    before = first.stdout.readline()
    assert before, first.communicate()[1]
    session = home / "state" / "session.json"

    def camera_is_kept() -> bool:
        kept = json.loads(session.read_bytes())["camera"]
        return kept is not None and kept["position"] == pytest.approx(EYE)

    wait_for(camera_is_kept, first)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    second = start("second")
    after, errors = second.communicate(timeout=300)
    assert second.returncode == 0, errors
    there = json.loads(after.splitlines()[-1])
    assert there == json.loads(before)
    assert there == {
        "case": f"Case 2 of {num_cases}",
        "tags": ["ignores-relation", "copies-2d", "loose-box"],
        "notes": [],
        "camera": list(EYE),
        "undo": "Undo: tag 'loose box'",
        "redo": "Redo: note",
    }
