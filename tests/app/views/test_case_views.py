"""The Diagnose layout's views, each alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from whatwhere.evaluation.cases.quadrants import QUADRANTS
from whatwhere_app.case_values import (
    AskedShown,
    Bar,
    BarRow,
    CaseColumn,
    ChipShown,
    FigureRow,
    HeadShown,
    ScatterShown,
)
from whatwhere_app.theme import DARK, LIGHT, rgb
from whatwhere_app.views.case_scatter import CaseScatter
from whatwhere_app.views.case_table import PAGE, CaseTable
from whatwhere_app.views.case_tabs import CaseTabs
from whatwhere_app.views.diagnose_form import DiagnoseForm
from whatwhere_app.views.diagnose_head import DiagnoseHead
from whatwhere_app.views.figure_list import FigureList
from whatwhere_app.views.filter_chips import FilterChips
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.part_bars import PartBars

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def table(qtbot: QtBot) -> CaseTable:
    """Two columns, shown."""
    table = CaseTable()
    qtbot.addWidget(table)
    table.set_columns(
        [CaseColumn("Sentence", "The words", 0), CaseColumn("n", "A number", 8, True)]
    )
    table.resize(500, 300)
    table.show()
    qtbot.waitExposed(table)
    return table


class Reader:
    """Makes the cells of cases, and counts how many were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, cases: NDArray[np.int64]) -> list[tuple[str, ...]]:
        self.asked += cases.tolist()
        return [(f"case {case}", str(case)) for case in cases.tolist()]


def test_of_a_million_rows_those_in_sight_are_read(table: CaseTable, qtbot: QtBot) -> None:
    read = Reader()
    table.show_cases(np.arange(1_000_000)[::-1], read, "1,000,000 cases")
    qtbot.waitUntil(lambda: bool(read.asked))
    assert table.rows.rowCount() == 1_000_000
    assert table.rows.index(0, 0).data() == "case 999999"
    table.table.scrollToBottom()
    qtbot.waitUntil(lambda: 0 in read.asked)
    assert table.rows.index(999_999, 1).data() == "0"
    assert len(read.asked) <= 6 * PAGE
    assert table.count.text() == "1,000,000 cases"


def test_rows_tell_what_the_user_does_and_not_what_is_shown(table: CaseTable, qtbot: QtBot) -> None:
    told: list[int] = []
    table.case_clicked.connect(told.append)
    table.show_cases(np.array([40, 30, 20, 10]), Reader(), "4 cases")
    table.mark_case(20)
    assert told == []
    assert table.table.currentIndex().row() == 2
    place = table.table.visualRect(table.rows.index(1, 0)).center()
    QTest.mouseClick(table.table.viewport(), LEFT, pos=place)
    assert told == [30]
    QTest.keyClick(table.table, Qt.Key.Key_Down)
    assert told == [30, 20]
    table.mark_case(None)
    assert not table.table.selectionModel().hasSelection()
    table.mark_case(77)  # filtered out
    assert not table.table.selectionModel().hasSelection()


def test_a_row_tells_of_the_pointer_and_shows_it_thinly(table: CaseTable) -> None:
    told: list[int] = []
    table.case_hovered.connect(told.append)
    table.show_cases(np.array([40, 30, 20]), Reader(), "3 cases")
    place = table.table.visualRect(table.rows.index(1, 0)).center()
    QTest.mouseMove(table.table.viewport(), place)
    QCoreApplication.sendEvent(table.table.viewport(), QEvent(QEvent.Type.Leave))
    assert told == [30, -1]
    before = table.table.viewport().grab(table.table.visualRect(table.rows.index(2, 0))).toImage()
    table.mark_hovered(20)
    after = table.table.viewport().grab(table.table.visualRect(table.rows.index(2, 0))).toImage()
    assert before != after
    assert not table.table.selectionModel().hasSelection()
    table.mark_hovered(77)  # filtered out
    assert table.hovered_row is None


def test_a_title_sorts_down_up_and_not_at_all(table: CaseTable) -> None:
    told: list[tuple[int, bool]] = []

    def sort(column: int, descending: bool) -> None:
        told.append((column, descending))
        table.show_sort(None if column < 0 else column, descending=descending)

    table.sort_chosen.connect(sort)
    table.show_cases(np.arange(3), Reader(), "")
    header = table.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(1) + 5, header.height() // 2)
    for _ in range(3):
        QTest.mouseClick(header.viewport(), LEFT, pos=place)
    assert told == [(1, True), (1, False), (-1, False)]


def points(num: int = 200, **more) -> ScatterShown:
    """Points in two clusters: the first half both wrong, the rest both right."""
    rng = np.random.default_rng(0)
    is_right = np.arange(num) >= num // 2
    x = np.where(is_right, -1.0, -7.0) + rng.uniform(-0.5, 0.5, num)
    y = np.where(is_right, -1.0, -7.0) + rng.uniform(-0.5, 0.5, num)
    codes = np.where(is_right, QUADRANTS.index("both_right"), QUADRANTS.index("both_wrong"))
    values = {
        "axes": "log_p",
        "x_N": x.astype(np.float32),
        "y_N": y.astype(np.float32),
        "quadrants_N": codes.astype(np.int8),
        "kept_N": np.ones(num, np.bool_),
        "counts": {name: int((codes == place).sum()) for place, name in enumerate(QUADRANTS)},
        "threshold": 0.25,
        "margin": 0.3,
        **more,
    }
    return ScatterShown(**values)


@pytest.fixture
def every_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyqtgraph drops moves that follow each other within 10 ms, as those of a test do."""
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)


@pytest.fixture
def scatter(qtbot: QtBot, every_move: None) -> CaseScatter:
    """The plot, with two clusters of points."""
    scatter = CaseScatter(QAction("Train with this margin"))
    qtbot.addWidget(scatter)
    scatter.resize(480, 560)
    scatter.show()
    qtbot.waitExposed(scatter)
    scatter.show_points(points())
    scatter.repaint()
    return scatter


def pixels(scatter: CaseScatter, color: str) -> int:
    """How many pixels of the plot are of this colour."""
    image = scatter.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    found = rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(int)
    return int((np.abs(found - rgb(color)).max(axis=2) < 3).sum())


def test_points_are_drawn_where_they_stand(scatter: CaseScatter) -> None:
    drawn = pixels(scatter, DARK.text_3)
    assert drawn > 300, "discs of those that are both right"
    half = points()
    kept = half.kept_N & (np.arange(200) < 150)
    scatter.show_points(replace(half, kept_N=kept))
    assert 0 < pixels(scatter, DARK.text_3) < drawn, "the others are faint"
    scatter.set_theme(LIGHT)
    assert pixels(scatter, LIGHT.text_3) > 100


def drag(scatter: CaseScatter, corners: list[tuple[float, float]]) -> None:
    """Press at the first corner, move along the others, let go at the last."""
    view, area = scatter.plot.viewport(), scatter.area
    places = [scatter.plot.mapFromScene(area.mapViewToScene(QPointF(x, y))) for x, y in corners]
    QTest.mousePress(view, LEFT, pos=places[0])
    for before, after in pairwise(places):
        for step in range(1, 7):
            QTest.mouseMove(view, before + (after - before) * step / 6)
    QTest.mouseRelease(view, LEFT, pos=places[-1])


@pytest.mark.parametrize("tool", ["lasso", "rectangle"])
def test_a_drag_outlines_points(scatter: CaseScatter, tool: str) -> None:
    told: list[list[tuple[float, float]]] = []
    scatter.outlined.connect(told.append)
    scatter.tools[tool].click()
    drag(scatter, [(-7.6, -7.6), (-6.4, -7.6), (-6.4, -6.4)])
    assert len(told) == 1
    xs, ys = np.array(told[0]).T
    assert (xs.min(), xs.max()) == pytest.approx((-7.6, -6.4), abs=0.2)
    assert (ys.min(), ys.max()) == pytest.approx((-7.6, -6.4), abs=0.2)
    scatter.tools["pan"].click()
    before = scatter.area.viewRange()
    drag(scatter, [(-7, -7), (-6, -6)])
    assert len(told) == 1
    assert scatter.area.viewRange() != before


def test_a_click_chooses_the_nearest_point_that_is_kept(scatter: CaseScatter, qtbot: QtBot) -> None:
    told: list[int] = []
    scatter.case_clicked.connect(told.append)
    QTest.mouseClick(scatter.plot.viewport(), LEFT, pos=scatter.place_of(150).toPoint())
    qtbot.waitUntil(lambda: bool(told))
    shown = points()
    near = np.hypot(shown.x_N - shown.x_N[150], shown.y_N - shown.y_N[150])
    assert near[told[0]] < 0.1
    scatter.show_points(replace(shown, kept_N=np.arange(200) < 100))
    QTest.mouseClick(scatter.plot.viewport(), LEFT, pos=scatter.place_of(150).toPoint())
    QTest.mouseClick(scatter.plot.viewport(), LEFT, pos=scatter.place_of(20).toPoint())
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] < 100


def test_the_margin_line_tells_where_it_is_put(scatter: CaseScatter) -> None:
    told: list[float] = []
    scatter.margin_dragged.connect(told.append)
    scatter.margin.setPos((-3.0, -1.5))
    assert told == [pytest.approx(1.5)]
    scatter.margin.setPos((0.0, -4.0))
    assert told[1:] == [0.0], "a margin below zero trains nothing"
    scatter.show_points(points(margin=None))
    assert not scatter.margin.isVisible()
    assert len(told) == 2


def test_quadrants_are_counted_named_and_chosen(scatter: CaseScatter) -> None:
    told: list[str] = []
    scatter.quadrant_chosen.connect(told.append)
    assert scatter.quadrants["both_wrong"].text() == "100 both wrong"
    scatter.quadrants["both_wrong"].click()
    assert told == ["both_wrong"]


def test_what_is_marked_is_seen_once(scatter: CaseScatter) -> None:
    before = pixels(scatter, DARK.text_1)
    scatter.mark_case(150, how="chosen")
    assert pixels(scatter, DARK.text_1) > before
    scatter.mark_case(None, how="chosen")
    assert pixels(scatter, DARK.text_1) == before


def test_chips_flow_and_are_taken_away(qtbot: QtBot) -> None:
    chips = FilterChips({"spatial": ("Spatial", "Some word speaks of place")})
    qtbot.addWidget(chips)
    chips.resize(220, 300)
    chips.show()
    told: list[object] = []
    chips.removed.connect(told.append)
    chips.cleared.connect(lambda: told.append("all"))
    chips.switched.connect(told.append)
    chips.text_entered.connect(told.append)
    chips.show_chips([ChipShown("near"), ChipShown("fused and 2D wrong @0.25")], ["spatial"])
    assert chips.switches["spatial"].isChecked()
    assert [chip.text() for chip in chips.chips][-1] == "Clear all"
    chips.chips[1].click()
    chips.chips[2].click()
    chips.switches["spatial"].click()
    QTest.keyClicks(chips.line, "chair near")
    QTest.keyClick(chips.line, Qt.Key.Key_Return)
    assert told == [1, "all", "spatial", "chair near"]
    assert chips.line.text() == ""
    qtbot.waitUntil(lambda: chips.chips[0].y() < chips.chips[1].y())
    chips.show_chips([], [])
    assert chips.chips == []


def test_a_flow_is_as_high_as_its_rows(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout(holder, gap_px=4)
    for _ in range(3):
        label = QLabel("x")
        label.setFixedSize(50, 20)
        flow.addWidget(label)
    assert [flow.heightForWidth(width) for width in (200, 110, 60)] == [20, 44, 68]


def test_a_bar_is_chosen_by_mouse_and_keys_and_read_aloud(qtbot: QtBot) -> None:
    bars = PartBars()
    qtbot.addWidget(bars)
    bars.resize(280, 300)
    bars.show()
    shares = (Bar("Fused", 0.71, "#0000ff", 0.6, 0.8), Bar("2D only", 0.5, "#ff0000"))
    bars.show_rows(
        [
            BarRow("", "All cases", 90, shares, 0.48),
            BarRow(
                "near", "near", 12, shares, 0.4, "follows 34 % of 12", is_chosen=True, note="few"
            ),
        ]
    )
    told: list[str] = []
    bars.chosen.connect(told.append)
    model = bars.model()
    for row in (0, 1):
        QTest.mouseClick(bars.viewport(), LEFT, pos=bars.visualRect(model.index(row, 0)).center())
    assert told == ["near"], "all cases are no filter"
    bars.setCurrentIndex(model.index(1, 0))
    QTest.keyClick(bars, Qt.Key.Key_Return)
    assert told == ["near", "near"]
    said = model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == (
        "near: Fused 71.0 % [60.0, 80.0], 2D only 50.0 %, chance 40.0 %, 12 cases, follows 34 % "
        "of 12, few."
    )


def test_the_form_hands_over_what_was_typed(qtbot: QtBot) -> None:
    form = DiagnoseForm({"fused": "Fused", "2d": "2D only", "blind": "Words only"})
    qtbot.addWidget(form)
    form.show()
    form.show_asked(AskedShown("mine", "/data", "test", ("fused",)), ["default", "mine"])
    told: list[AskedShown] = []
    form.submitted.connect(told.append)
    form.modalities["blind"].click()
    form.start.click()
    assert told == [AskedShown("mine", "/data", "test", ("fused", "blind"))]
    form.show_progress(0.5, "scan 2 of 4", is_running=True)
    assert not form.start.isEnabled()
    assert form.cancel.isVisible()
    form.show_progress(None, "It died.")
    assert form.start.isEnabled()
    assert not form.cancel.isVisible()


def test_the_head_lists_and_tells(qtbot: QtBot) -> None:
    head = DiagnoseHead(QAction("Evaluate a split…"))
    qtbot.addWidget(head)
    head.show()
    told: list[tuple[str, str]] = []
    head.first_chosen.connect(lambda name: told.append(("first", name)))
    head.second_chosen.connect(lambda name: told.append(("second", name)))
    head.show_head(HeadShown(("a", "b"), "a", said="follow_appearance 3 %"))
    assert told == []
    assert head.said.text() == "follow_appearance 3 %"
    QTest.keyClick(head.first, Qt.Key.Key_Down)
    QTest.keyClick(head.second, Qt.Key.Key_Down)
    assert told == [("first", "b"), ("second", "b")]
    head.show_head(HeadShown())
    assert not head.first.isEnabled()


def test_figures_are_explained_when_chosen(qtbot: QtBot) -> None:
    figures = FigureList({"Report": QAction("Report as HTML")})
    qtbot.addWidget(figures)
    figures.show()
    assert "Run or open a diagnosis" in figures.meaning.text()
    figures.show_figures(
        [FigureRow("Rates", is_head=True), FigureRow("x", "3 %", "12", "What x is")]
    )
    figures.table.selectRow(1)
    assert figures.meaning.text() == "What x is"


def test_tabs_that_have_nothing_are_not_shown(qtbot: QtBot) -> None:
    tabs = CaseTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    told: list[str] = []
    tabs.add("Scatter", QLabel("points"))
    tabs.add("Map", QLabel("states"), is_useful=False)
    tabs.shown.connect(told.append)
    assert [tabs.tabs.isTabVisible(number) for number in (0, 1)] == [True, False]
    tabs.set_useful("Map", is_useful=True)
    tabs.open("Map")
    assert told == ["Map"]
    tabs.say("Fused is right.")
    assert tabs.verdict.isVisible()
    tabs.say("")
    assert not tabs.verdict.isVisible()


def test_an_arrow_is_clicked_along_its_whole_length(scatter: CaseScatter) -> None:
    told: list[int] = []
    scatter.case_clicked.connect(told.append)
    arrows = np.array([[-7.0, -7.0, -3.0, -5.0]], np.float32)
    scatter.show_points(points(arrows=arrows, arrow_cases=np.array([17])))
    scatter.repaint()
    for x, y in ((-3.0, -5.0), (-4.0, -5.5)):
        place = scatter.plot.mapFromScene(scatter.area.mapViewToScene(QPointF(x, y)))
        QTest.mouseClick(scatter.plot.viewport(), LEFT, pos=place)
    assert told == [17, 17]
    away = scatter.plot.mapFromScene(scatter.area.mapViewToScene(QPointF(-3.0, -3.0)))
    QTest.mouseClick(scatter.plot.viewport(), LEFT, pos=away)
    assert told == [17, 17], "there is none"


def test_the_axes_stay_where_other_points_reach_further(scatter: CaseScatter) -> None:
    scatter.show_points(points(source="a run", low=-11.5))
    (low, _), _ = scatter.area.viewRange()
    assert low <= -11.5
    scatter.show_points(points(num=20, source="a run", low=-11.5))
    assert scatter.area.viewRange()[0][0] == low
