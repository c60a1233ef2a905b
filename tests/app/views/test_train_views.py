"""The training panel's views, each alone."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from whatwhere_app.theme import DARK, LIGHT
from whatwhere_app.train_values import (
    CheckpointRow,
    ComparedRow,
    FieldRow,
    FormShown,
    NeedRow,
    PlotLine,
    RunRow,
)
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.train_field import FieldEditor
from whatwhere_app.views.train_form import TrainForm
from whatwhere_app.views.train_plot import TrainPlot
from whatwhere_app.views.train_run import TrainRun
from whatwhere_app.views.train_runs import TrainRuns

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]


def row(name: str, **more) -> FieldRow:
    values = {"kind": "number", "value": "1", "hint": f"What {name} does.", **more}
    return FieldRow(name, name.capitalize(), **values)


def form(**rows: FieldRow) -> FormShown:
    return FormShown(
        "plain",
        (("plain", "plain · the baseline"), ("ours", "ours")),
        "A note.",
        {
            "Start from": (rows.get("base", row("base", kind="path")),),
            "Data": (),
            "Length": (rows.get("steps", row("steps")),),
            "Losses": (),
            "Everything else": (row("threads"),),
        },
    )


def test_a_button_is_its_command(qtbot: QtBot) -> None:
    action = QAction("Kill the run…")
    button = ActionButton(action, "Kill…")
    qtbot.addWidget(button)
    triggered: list[str] = []
    action.triggered.connect(lambda *_: triggered.append("now"))
    button.click()
    action.setEnabled(False)
    assert not button.isEnabled()
    button.click()
    assert len(triggered) == 1
    assert (button.text(), button.accessibleName()) == ("Kill…", "Kill the run")
    switch = QAction("Log", checkable=True)
    toggle = ActionButton(switch, "Log")
    qtbot.addWidget(toggle)
    toggle.click()
    assert switch.isChecked()
    assert toggle.isChecked()
    switch.setChecked(False)
    assert not toggle.isChecked()


def test_typing_tells_and_showing_does_not(qtbot: QtBot) -> None:
    field = FieldEditor(row("steps", value="500"))
    qtbot.addWidget(field)
    field.show()
    told: list[tuple[str, str]] = []
    field.edited.connect(lambda name, text: told.append((name, text)))
    field.show_row(row("steps", value="600"))
    assert told == []
    assert isinstance(field.editor, QLineEdit)
    QTest.keyClicks(field.editor, "0")
    assert told == [("steps", "6000")]


def test_a_changed_and_a_faulty_value_are_marked_in_words(qtbot: QtBot) -> None:
    field = FieldEditor(row("steps"))
    qtbot.addWidget(field)
    field.show()
    assert not field.is_marked
    assert field.fault == ""
    field.show_row(row("steps", value="x", is_changed=True, fault="No number.", preset_value="7"))
    assert field.is_marked
    assert field.fault == "No number."
    assert "7" in field.reset.toolTip()
    wishes: list[str] = []
    field.reset_wanted.connect(wishes.append)
    QTest.mouseClick(field.reset, Qt.MouseButton.LeftButton)
    assert wishes == ["steps"]


def test_switches_lists_and_folders(qtbot: QtBot) -> None:
    told: list[tuple[str, str]] = []
    switch = FieldEditor(row("balance", kind="switch", value="false"))
    options = (("a", "The A"), ("b", "The B"))
    choice = FieldEditor(row("family", kind="choice", value="b", options=options))
    path = FieldEditor(row("base", kind="path", value="b", options=options))
    for field in (switch, choice, path):
        qtbot.addWidget(field)
        field.show()
        field.edited.connect(lambda name, text: told.append((name, text)))
    switch.editor.click()
    assert isinstance(choice.editor, QComboBox)
    assert choice.editor.currentText() == "The B"
    choice.editor.setFocus()
    QTest.keyClick(choice.editor, Qt.Key.Key_Up)
    assert isinstance(path.editor, QComboBox)
    line = path.editor.lineEdit()
    assert line is not None
    assert line.text() == "The B"
    line.selectAll()
    QTest.keyClicks(line, "/x")
    assert told[0] == ("balance", "true")
    assert ("family", "a") in told
    assert told[-1] == ("base", "/x")
    path.show_row(row("base", kind="path", value="/somewhere/else", options=options))
    assert told[-1] == ("base", "/x"), "showing tells nobody"


def test_the_form_shows_what_matters_and_folds_the_rest(qtbot: QtBot) -> None:
    view = TrainForm(QAction("Start"), QAction("Copy"))
    qtbot.addWidget(view)
    view.resize(300, 600)
    view.show()
    view.show_form(form())
    qtbot.waitUntil(lambda: view.fields["steps"].isVisible())
    assert not view.fields["threads"].isVisible()
    view.unfold.click()
    assert view.fields["threads"].isVisible()
    view.show_form(form(steps=row("steps", value="9")))
    editor = view.fields["steps"].editor
    assert isinstance(editor, QLineEdit)
    assert editor.text() == "9"
    chosen: list[str] = []
    view.preset_chosen.connect(chosen.append)
    view.preset.setFocus()
    QTest.keyClick(view.preset, Qt.Key.Key_Down)
    assert chosen == ["ours"]
    view.show_needs((NeedRow("Memory: enough"), NeedRow("Disk: short", is_short=True)))
    assert view.needs == ("Memory: enough", "✗ Disk: short")
    view.show_needs((NeedRow("Memory: enough"),))
    assert view.needs == ("Memory: enough",)


def test_the_form_fits_into_its_column(qtbot: QtBot) -> None:
    view = TrainForm(QAction("Start"), QAction("Copy"))
    qtbot.addWidget(view)
    view.show_form(form(base=row("base", kind="path", value="/a/very/long/folder" * 9)))
    assert view.minimumSizeHint().width() <= 300
    scrolled = view.fields["base"].parentWidget()
    assert scrolled is not None
    assert scrolled.minimumSizeHint().width() <= 280


def test_a_table_keeps_its_selection_through_a_refresh(qtbot: QtBot) -> None:
    table = PlainTable(("Name", "Value"), "Things", right=(1,), several=True)
    qtbot.addWidget(table)
    told: list[list[str]] = []
    table.chosen.connect(told.append)
    rows = [TextRow(key, (key, "1")) for key in "abc"]
    table.show_rows(rows, ["b"])
    assert told == []
    assert table.selected_keys == ["b"]
    table.show_rows([TextRow(key, (key, "2")) for key in "abc"], ["b"])
    table.show_rows([TextRow(key, (key, "2")) for key in "zabc"], ["b"])
    assert table.selected_keys == ["b"]
    assert told == []
    table.selectRow(0)
    assert told == [["z"]]
    table.show_rows([], [])
    assert table.selected_keys == []


def test_the_current_row_comes_first_among_the_selected(qtbot: QtBot) -> None:
    table = PlainTable(("Name",), "Things", several=True)
    qtbot.addWidget(table)
    table.show_rows([TextRow(key, (key,)) for key in "abc"], ["c", "a"])
    assert table.selected_keys == ["c", "a"]


def run(key: str, **more) -> RunRow:
    texts = dict.fromkeys(("progress", "eta", "pid", "accuracy", "follow", "note"), "")
    values = {"phase": "running", "level": "alive", **texts, **more}
    return RunRow(key=key, name=key, **values)


def test_runs_say_their_state_in_words_and_signs(qtbot: QtBot) -> None:
    view = TrainRuns({"Pause": QAction("Pause the run")})
    qtbot.addWidget(view)
    view.show()
    assert not view.table.isVisible(), "an empty table says what to do"
    fault = run("b", phase="crashed", level="fault", note="gone")
    view.show_runs([run("a"), fault], ["a"])
    assert view.table.isVisible()
    assert [row.texts[1] for row in view.table.rows] == ["▶ running", "✗ crashed"]
    view.set_theme(LIGHT)
    assert view.table.rows[1].color == LIGHT.warning
    assert view.table.selected_keys == ["a"]
    assert view.note == ""
    view.show_runs([run("a"), fault], ["b", "a"])
    assert view.note == "gone", "a narrow column hides why a run ended"


def test_the_log_follows_its_end_unless_one_reads_above(qtbot: QtBot) -> None:
    view = TrainRun({}, QAction("Arrows"))
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    view.setCurrentIndex(2)
    view.show_log([f"line {n}" for n in range(100)])
    bar = view.log.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    view.show_log([f"line {n}" for n in range(150)])
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    view.show_log([f"line {n}" for n in range(160)])
    assert bar.value() == 3


def test_checkpoints_are_chosen_and_comparisons_come_to_the_front(qtbot: QtBot) -> None:
    view = TrainRun({"Load": QAction("Load")}, QAction("Arrows"))
    qtbot.addWidget(view)
    chosen: list[int] = []
    view.checkpoint_chosen.connect(chosen.append)
    view.show_checkpoints([CheckpointRow(step, ("", "", "", "")) for step in (20, 10)], 20)
    assert view.checkpoints.selected_keys == ["20"]
    assert chosen == []
    view.checkpoints.selectRow(1)
    assert chosen == [10]
    rows = [
        ComparedRow("Fused, all", "9", "1 %", "2 %", "+1.0 [+0.5, +1.5]", True),
        ComparedRow("Fused, spatial", "9", "1 %", "2 %", "+1.0", False),
    ]
    view.show_comparison(rows, "A note.")
    assert view.tabText(view.currentIndex()) == "Comparison"
    assert [row.texts[4] for row in view.compared.rows] == ["+1.0 [+0.5, +1.5] *", "+1.0"]
    assert view.note == "A note."


STEPS = np.array([10.0, 20, 30])


def line(key: str, values: np.ndarray, smooth: np.ndarray | None = None) -> PlotLine:
    shown = values if smooth is None else smooth
    return PlotLine(key, key, "#56b4e9", "dash", "o", STEPS, values, shown, f"/runs/{key}")


@pytest.fixture
def plot(qtbot: QtBot) -> TrainPlot:
    view = TrainPlot("Loss", can_choose=True)
    qtbot.addWidget(view)
    view.resize(400, 240)
    view.show()
    qtbot.waitExposed(view)
    return view


def test_the_heading_is_the_legend_and_hovering_reads_values(plot: TrainPlot, qtbot: QtBot) -> None:
    assert "nothing yet" in plot.heading.text()
    plot.show_lines([line("<b>", np.array([1.0, 2, 3]), np.array([1.0, 1.5, 2]))])
    assert "&lt;b&gt;" in plot.heading.text(), "names are texts"
    assert "1.5 (raw 2)" in plot.read_at(19)
    box = plot.plot.getPlotItem().getViewBox()
    qtbot.waitUntil(lambda: box.viewRange()[0][1] > 29)
    plot.plot.scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(21, 1.5)))
    assert "Step 20" in plot.heading.text()


def test_several_runs_share_the_names_of_their_lines(plot: TrainPlot) -> None:
    values = np.array([1.0, 2, 3])
    lines = [
        replace(line("one", values), title="Fused", run_name="one"),
        replace(line("two", values + 1), title="Fused", run_name="two", symbol="t"),
    ]
    plot.show_lines(lines)
    heading = plot.heading.text()
    assert heading.count("Fused") == 1
    assert "\N{BLACK CIRCLE} one" in heading
    assert "\N{BLACK DOWN-POINTING TRIANGLE} two" in heading
    assert plot.read_at(20).endswith("Fused 2 / 3")


def test_a_click_near_a_point_tells_its_run_and_step(plot: TrainPlot, qtbot: QtBot) -> None:
    plot.show_lines([line("one", np.array([1.0, 2, 3]))])
    told: list[tuple[str, float]] = []
    plot.point_clicked.connect(lambda run, step: told.append((run, step)))
    box = plot.plot.getPlotItem().getViewBox()

    def click(step: float, value: float) -> None:
        place = plot.plot.mapFromScene(box.mapViewToScene(QPointF(step, value)))
        QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)

    qtbot.waitUntil(lambda: box.viewRange()[0][1] > 29)
    click(20, 2)
    click(12, 2.9)
    assert told == [("/runs/one", 20)]


def test_a_logarithm_leaves_out_what_has_none(plot: TrainPlot) -> None:
    plot.show_lines([line("one", np.array([0.0, 0.1, 10]))])
    plot.set_log(True)
    _, drawn = plot.plot.listDataItems()[0].getData()
    strong = plot.plot.listDataItems()[1].getData()[1]
    assert drawn is None or len(drawn) == 0, "what is not smoothed is drawn once"
    assert np.isnan(strong[0])
    assert strong[1:] == pytest.approx([-1, 1])
    plot.set_log(False)
    plot.set_theme(LIGHT)
    plot.set_theme(DARK)


def test_lines_that_went_are_taken_away(plot: TrainPlot) -> None:
    plot.show_lines([line("one", STEPS), line("two", STEPS)])
    assert len(plot.plot.listDataItems()) == 4
    plot.show_lines([line("two", STEPS)])
    assert len(plot.plot.listDataItems()) == 2
    plot.mark_step(20)
    plot.mark_step(None)
