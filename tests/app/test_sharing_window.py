"""Two annotators in one store: a set of tags edited, judged apart, compared, settled, moved."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from tests.app.test_annotate_window import Until, annotate, diagnosis, press

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import mark_seen, set_note, toggle_tag
from whatwhere.annotations.store import open_store
from whatwhere.annotations.tag_edits import rename_tag
from whatwhere_app.services.annotation_place import annotation_place

if TYPE_CHECKING:
    from whatwhere_app.annotate_panel import AnnotatePanel
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display", "diagnosis")]
SHARED_FIXTURES = (diagnosis,)
LEFT = Qt.MouseButton.LeftButton
BEN = "ben"


def test_a_set_of_tags_is_edited_where_tags_are_given(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, tiny_scan: Path
) -> None:
    actions = explorer.window.actions_by_name

    async def scenario() -> None:
        panel = await begin(explorer, until, tiny_scan)
        editor = panel.sharing.editor
        press(explorer, Qt.Key.Key_5)
        actions["annotate.edit_tags"].trigger()
        assert panel.sharing.side.is_editing
        assert editor.new_tag.hasFocus()
        QTest.keyClicks(editor.new_tag, "in a mirror")
        QTest.keyClick(editor.new_tag, Qt.Key.Key_Return)
        assert editor.rows["in-a-mirror"].caption.text() == "in a mirror"
        assert editor.new_tag.text() == ""
        QTest.keyClicks(editor.new_tag, "Loose Box")
        QTest.keyClick(editor.new_tag, Qt.Key.Key_Return)
        assert "Another tag is called 'loose box'" in editor.said

        row = editor.rows["copies-2d"]
        row.caption.setFocus()
        row.caption.selectAll()
        QTest.keyClicks(row.caption, "7 copies")  # a digit is a letter here
        QTest.keyClick(row.caption, Qt.Key.Key_Return)
        assert actions["edit.undo"].text() == "Undo: rename the tag 'copies 2D' to '7 copies'"
        row.digit.setCurrentText("1")
        row.digit.activated.emit(row.digit.currentIndex())
        QTest.mouseClick(editor.rows["ignores-relation"].up, LEFT)
        QTest.mouseClick(editor.rows["loose-box"].retire, LEFT)
        QTest.mouseClick(editor.rows["ground-truth-wrong"].retire, LEFT)
        assert "cannot be retired" in editor.said
        QTest.mouseClick(editor.done, LEFT)
        assert not panel.sharing.side.is_editing

        texts = {name: button.text() for name, button in buttons_of(panel).items()}
        assert list(texts)[1] == "ignores-relation"
        assert texts["copies-2d"].startswith("1   7 copies")
        assert "retired" in texts["loose-box"]  # this case carries it
        explorer.views.scene.canvas.setFocus()
        press(explorer, Qt.Key.Key_1)
        assert set(panel.desk.said.tag_ids(panel.desk.annotator)) == {"loose-box", "copies-2d"}
        actions["edit.undo"].trigger()  # the tag of the key 1
        actions["edit.undo"].trigger()
        assert "retired" not in buttons_of(panel)["loose-box"].text()
        actions["edit.redo"].trigger()
        press(explorer, Qt.Key.Key_N)
        assert "loose-box" not in buttons_of(panel)

    loop.run_until_complete(scenario())


def test_two_judge_apart_and_settle_what_they_differ_on(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, tiny_scan: Path
) -> None:
    actions = explorer.window.actions_by_name

    async def scenario() -> None:
        panel = await begin(explorer, until, tiny_scan)
        desk, agreement = panel.desk, panel.sharing.agreement_panel
        queue = desk.queue
        assert queue is not None
        cases, said = queue.cases, CaseAnnotations()
        actions["annotate.agreement"].trigger()
        await until(lambda: "Nobody else" in agreement.about)
        agreement.close()
        explorer.window.activateWindow()
        await until(explorer.window.isActiveWindow)
        explorer.views.scene.canvas.setFocus()
        actions["annotate.independent"].trigger()
        assert explorer.settings.value.annotates_independently

        other = open_store(annotation_place())
        tags = {tag.tag_id: tag for tag in other.tags()}
        for case in cases[:3]:
            other.apply(toggle_tag(said, case.case_id, BEN, tags["copies-2d"]), [case])
        other.apply(set_note(said, cases[0].case_id, BEN, "the lamp"))
        for case in cases[:2]:
            other.apply(mark_seen(said, case.case_id, BEN))
        other.apply(rename_tag(other.tags(), "unsure", "no idea", BEN))
        hear(panel)
        await until(lambda: panel.tags_view.buttons["unsure"].text().endswith("no idea"))
        assert desk.said.tags == ()
        assert "+1" not in panel.tags_view.buttons["copies-2d"].text()

        press(explorer, Qt.Key.Key_1)
        press(explorer, Qt.Key.Key_Return)
        press(explorer, Qt.Key.Key_7)
        press(explorer, Qt.Key.Key_Return)
        press(explorer, Qt.Key.Key_Return)  # Ben has not done with the third
        desk.set_place(0)
        assert "+1" in panel.tags_view.buttons["copies-2d"].text()
        assert "stay as each gave them" in panel.tags_view.mode_text
        press(explorer, Qt.Key.Key_7)
        assert "both done with this case" in explorer.views.notices.text
        assert desk.said.tag_ids(desk.annotator) == ("wrong-class",)
        desk.set_place(2)
        assert desk.said.tags == ()

        actions["annotate.agreement"].trigger()
        await until(lambda: "done with 2 of the 4 cases" in agreement.about)
        await until(lambda: explorer.is_idle and bool(agreement.figures.rows))
        assert "1 that you alone judged" in agreement.about
        rows = {row.key: row.texts for row in agreement.figures.rows}
        assert rows["copies-2d"][1:5] == ("1", "0", "1", "50 %")
        assert rows["loose-box"][-1] == "never given"
        assert agreement.open_text == "2 differences, 2 open"
        agreement.differences.selectRow(0)
        assert desk.place == 0
        QTest.mouseClick(agreement.buttons["not"], LEFT)
        await until(lambda: agreement.open_text == "2 differences, 1 open")
        assert agreement.differences.rows[0].texts[-1] == f"does not hold ({desk.annotator})"
        assert desk.said.tags_that_hold == {"copies-2d"}
        actions["edit.undo"].trigger()
        await until(lambda: agreement.open_text == "2 differences, 2 open")
        actions["annotate.independent"].trigger()
        assert [item.annotator for item in desk.said_of(cases[2].case_id).tags] == [BEN]
        other.close()
        agreement.close()

    loop.run_until_complete(scenario())


def test_another_name_and_another_place_from_the_settings(
    open_window: Callable[..., "Explorer"],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    tmp_path: Path,
) -> None:
    target = tmp_path / "shared.db"

    async def first(explorer: "Explorer") -> None:
        panel = await begin(explorer, until, tiny_scan)
        press(explorer, Qt.Key.Key_1)
        explorer.window.actions_by_name["file.settings"].trigger()
        view = explorer.placing.view
        await until(lambda: bool(view.in_use_text))
        await until(explorer.preferring.settings_panel.isActiveWindow)
        assert view.in_use_text.endswith("annotations.db")
        type_into(view.annotator, "zoe")
        QTest.keyClick(view.annotator, Qt.Key.Key_Return)
        await until(lambda: panel.desk.annotator == "zoe" and explorer.is_idle)
        assert panel.desk.history == ()
        assert "+1" in panel.tags_view.buttons["wrong-class"].text()

        type_into(view.place, str(target))
        QTest.mouseClick(view.copy, LEFT)
        await until(lambda: "1 annotation of 1 case copied, 0 differ." in view.said)
        await until(lambda: explorer.is_idle)
        assert annotation_place() != target
        QTest.mouseClick(view.use, LEFT)
        await until(lambda: view.said.startswith("In use.") and explorer.is_idle)
        assert explorer.settings.value.database == str(target)
        explorer.preferring.settings_panel.close()
        explorer.window.activateWindow()
        await until(explorer.window.isActiveWindow)
        explorer.views.scene.canvas.setFocus()
        press(explorer, Qt.Key.Key_2)
        assert panel.desk.said.tag_ids("zoe") == ("same-class-distractor",)
        await until(lambda: explorer.annotating.is_saved)

    async def second(explorer: "Explorer") -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        explorer.window.actions_by_name["layout.annotate"].trigger()
        await until(lambda: explorer.annotating.is_shown and explorer.is_idle)
        panel = explorer.annotating.panel
        assert panel is not None
        await until(lambda: panel.desk.case is not None and explorer.is_idle)
        assert panel.desk.annotator == "zoe"
        assert panel.desk.said.tag_ids("zoe") == ("same-class-distractor",)

    one = open_window()
    loop.run_until_complete(first(one))
    loop.run_until_complete(one.end_work())
    one.window.hide()
    store = open_store(target)
    assert [entry.change.title for entry in store.history("zoe")] == ["tag 'same-class distractor'"]
    store.close()
    loop.run_until_complete(second(open_window()))


async def begin(explorer: "Explorer", until: Until, scan: Path) -> "AnnotatePanel":
    """To the first case."""
    explorer.presenters.scenes.open(scan)
    await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
    return await annotate(explorer, until)


def buttons_of(panel: "AnnotatePanel") -> dict[str, QPushButton]:
    """The tags as they are offered now."""
    return panel.tags_view.buttons


def hear(panel: "AnnotatePanel") -> None:
    """As after a few seconds."""
    panel.acts.listen()


def type_into(line: QLineEdit, text: str) -> None:
    """Replace what stands there, as by hand."""
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
