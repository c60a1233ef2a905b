"""The presenters of the Diagnose layout over made-up cases, with views that only remember."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QUndoStack

from whatwhere.errors import WorkerDiedError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.filters import InQuadrant, OfRelation
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import ListedCases, StoredCases, open_cases, write_cases
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.case_values import AskedShown
from whatwhere_app.cases_desk import CasesDesk, Sorting
from whatwhere_app.presenters.case_bars import CaseBarsPresenter
from whatwhere_app.presenters.case_filters import CaseFiltersPresenter
from whatwhere_app.presenters.case_head import CaseHeadPresenter
from whatwhere_app.presenters.case_report import CaseReportPresenter, ReportTools
from whatwhere_app.presenters.case_scatter import CaseScatterPresenter
from whatwhere_app.presenters.case_scene import CaseScenePresenter
from whatwhere_app.presenters.case_sets import CaseSetsPresenter
from whatwhere_app.presenters.case_table import CaseTablePresenter
from whatwhere_app.presenters.case_verdict import case_verdict
from whatwhere_app.presenters.diagnose_run import DiagnoseRunPresenter
from whatwhere_app.services.case_report import difference, headline, report_of
from whatwhere_app.services.diagnose_memory import DiagnoseMemory
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.theme import DARK
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Store = Callable[..., StoredCases]


class Views:
    """Remembers what it was last told, by the name of the method."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[Any, ...]] = {}

    def __getattr__(self, name: str) -> Callable[..., None]:
        def tell(*values: Any, **named: Any) -> None:
            self.told[name] = (*values, *named.values())

        return tell


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Writes made-up cases and opens them again."""

    def write(
        num_cases: int = 300, *, name: str = "", follows: float = 0.3, **facts
    ) -> StoredCases:
        made = made_cases(num_cases, follows=follows)
        said = replace(made.facts, **{"name": name or made.facts.name, **facts})
        folder = tmp_path / said.name
        write_cases(folder, said, made.columns, made.texts)
        return open_cases(folder)

    return write


class Layout:
    """The presenters that share a desk."""

    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until) -> None:
        self.loop, self.until = loop, until
        self.desk, self.board, self.stack = CasesDesk(), TaskBoard(), QUndoStack()
        self.chips, self.table, self.scatter, self.bars = Views(), Views(), Views(), Views()
        self.can_use_margin = False
        self.filters = CaseFiltersPresenter(self.chips, self.desk, self.stack, self.board)
        self.rows = CaseTablePresenter(self.table, self.desk)
        self.points = CaseScatterPresenter(
            self.scatter, self.desk, set_can_use_margin=self._set_can_use_margin
        )
        self.relations = CaseBarsPresenter(
            self.bars, self.desk, self.board, toggle=self.filters.toggle_part, theme=DARK
        )

    def _set_can_use_margin(self, can: bool) -> None:
        self.can_use_margin = can

    def play(self, scenario: Awaitable[None]) -> None:
        """Run it, and end what it left."""

        async def whole() -> None:
            try:
                await scenario
            finally:
                await self.board.close()

        self.loop.run_until_complete(whole())

    async def rest(self) -> None:
        """Until nothing is reckoned any more."""
        await self.until(lambda: not (self.filters.is_busy or self.relations.is_busy))

    @property
    def shown(self) -> np.ndarray:
        """(K,) cases of the table's rows."""
        return self.table.told["show_cases"][0]


@pytest.fixture
def layout(loop: asyncio.AbstractEventLoop, until: Until) -> Layout:
    return Layout(loop, until)


def test_filters_keep_show_and_are_undone_by_name(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        cases = store()
        columns = cases.columns
        layout.desk.set_cases(cases)
        await layout.rest()
        assert len(layout.shown) == len(columns)
        layout.filters.toggle_part(OfRelation("near"))
        layout.filters.switch("multiple")
        await layout.rest()
        near = columns.has_relation[:, columns.relations.index("near")]
        expected = np.flatnonzero(near & (columns.num_lookalikes > 1))
        assert layout.shown.tolist() == expected.tolist()
        assert layout.table.told["show_cases"][2].startswith(f"{len(expected)} of 300 cases")
        chips, switched = layout.chips.told["show_chips"]
        assert ([chip.text for chip in chips], list(switched)) == (
            ["near", "multiple"],
            ["multiple"],
        )
        assert layout.stack.undoText() == "filter multiple"
        layout.stack.undo()
        layout.stack.undo()
        await layout.rest()
        assert len(layout.shown) == len(columns)
        layout.stack.redo()
        await layout.rest()
        assert layout.shown.tolist() == np.flatnonzero(near).tolist()
        layout.filters.toggle_part(OfRelation("left"))
        assert layout.desk.filters == (OfRelation("left"),), "one relation at a time"
        layout.filters.toggle_part(OfRelation("left"))
        assert layout.desk.filters == ()

    layout.play(scenario())


def test_words_and_an_outline_keep_cases(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        cases = store()
        layout.desk.set_cases(cases)
        await layout.rest()
        layout.filters.add_text("chair near")
        await layout.rest()
        assert {"chair", "near"} <= set(cases.texts(layout.shown[:1])[0].split())
        layout.filters.clear()
        layout.filters.toggle_quadrant("both_wrong")
        await layout.rest()
        assert layout.desk.filters == (InQuadrant("both_wrong", 0.25),)
        in_quadrant = layout.shown
        everything = [(-20.0, -20.0), (1.0, -20.0), (1.0, 1.0), (-20.0, 1.0)]
        layout.filters.keep_outlined(everything)
        await layout.rest()
        assert layout.shown.tolist() == in_quadrant.tolist()
        layout.filters.keep_outlined([(-20.0, -20.0), (-15.0, -20.0), (-15.0, -15.0)])
        await layout.rest()
        assert len(layout.shown) == 0
        assert len(layout.desk.filters) == 2, "another outline takes the place of the first"

    layout.play(scenario())


def test_points_that_shine_are_the_rows_that_are_counted(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.desk.set_cases(store())
        layout.filters.toggle_quadrant("both_wrong")
        layout.filters.switch("copies")
        await layout.rest()
        (points,) = layout.scatter.told["show_points"]
        shining = points.kept_N & (points.quadrants_N >= 0)
        assert np.flatnonzero(shining).tolist() == layout.shown.tolist()
        assert points.counts["both_wrong"] == len(layout.shown) > 0
        assert points.counts["both_right"] == 0

    layout.play(scenario())


def test_rows_sort_by_a_column_and_back(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        cases = store()
        layout.desk.set_cases(cases)
        await layout.rest()
        titles = [column.title for column in layout.table.told["set_columns"][0]]
        place = titles.index("log p Fused")
        values = cases.columns.modalities["fused"].log_p_in_class
        layout.rows.on_sort_chosen(place, descending=True)
        await layout.rest()
        assert (np.diff(values[layout.shown]) <= 0).all()
        layout.rows.on_sort_chosen(titles.index("Target"), descending=False)
        await layout.rest()
        labels = [cases.columns.labels[code] for code in cases.columns.label_codes[layout.shown]]
        assert labels == sorted(labels)
        layout.rows.on_sort_chosen(-1, descending=False)
        await layout.rest()
        assert layout.shown.tolist() == list(range(300))
        assert layout.desk.sorting == Sorting()

    layout.play(scenario())


def test_cells_say_what_the_columns_hold(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        cases = store()
        layout.desk.set_cases(cases)
        await layout.rest()
        order, read, _ = layout.table.told["show_cases"]
        titles = [column.title for column in layout.table.told["set_columns"][0]]
        cells = dict(zip(titles, read(order[7:8])[0], strict=True))
        columns = cases.columns
        assert cells["Sentence"] == cases.texts([7])[0]
        assert cells["Target"] == columns.labels[columns.label_codes[7]]
        assert cells["Alike"] == str(columns.num_lookalikes[7])
        assert cells["Fused"] == f"{columns.modalities['fused'].iou[7]:.2f}"
        assert cells["Scene"] == columns.scene_ids[columns.scenes[7]]
        assert not any(cell == "-0.00" for row in read(order) for cell in row)

    layout.play(scenario())


def test_stepping_goes_along_the_rows(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.rows.step(1)
        assert layout.desk.case is None
        layout.desk.set_cases(store())
        layout.filters.toggle_part(OfRelation("near"))
        await layout.rest()
        for expected in (0, 1, 2):
            layout.rows.step(1)
            assert layout.desk.case == layout.shown[expected]
        layout.rows.step(-1)
        assert layout.desk.case == layout.shown[1]
        assert layout.table.told["mark_case"] == (layout.shown[1],)
        assert layout.scatter.told["mark_case"] == (layout.shown[1], "chosen")

    layout.play(scenario())


def test_the_margin_line_costs_more_the_higher_it_is(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.desk.set_cases(store())
        await layout.rest()
        assert layout.can_use_margin
        counts = []
        for margin in (0.0, 0.5, 3.0):
            layout.points.drag_margin(margin)
            (said,) = layout.scatter.told["say_margin"]
            assert said.startswith(f"m = {margin:.2f} nats")
            counts.append(int(said.split("penalise ")[1].split(" of ")[0]))
        assert 0 < counts[0] < counts[1] < counts[2]
        layout.points.choose_axes("iou")
        assert not layout.can_use_margin
        (points,) = layout.scatter.told["show_points"]
        assert points.margin is None

    layout.play(scenario())


def test_arrows_lead_to_the_second_model(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        first, second = store(name="before"), store(name="after", follows=0.0)
        layout.desk.set_cases(first, second)
        await layout.rest()
        (points,) = layout.scatter.told["show_points"]
        fused, flat = (second.columns.modalities[name] for name in ("fused", "2d"))
        ends = np.stack([flat.log_p_in_class, fused.log_p_in_class], axis=1)
        np.testing.assert_allclose(points.arrows[:, 2:], ends)
        np.testing.assert_allclose(points.arrows[:, 1], points.y_N)

    layout.play(scenario())


def test_bars_of_other_relations_stay_to_compare(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.desk.set_cases(store())
        await layout.rest()
        before, _ = layout.bars.told["show_rows"]
        layout.filters.toggle_part(OfRelation("near"))
        await layout.rest()
        after, _ = layout.bars.told["show_rows"]
        assert [(row.key, row.count, row.bars) for row in after] == [
            (row.key, row.count, row.bars) for row in before
        ]
        assert [row.key for row in after if row.is_chosen] == ["near"]
        columns = layout.desk.first.columns
        layout.desk.set_case(7)
        rows, _ = layout.bars.told["show_rows"]
        spoken = {columns.relations[number] for number in np.flatnonzero(columns.has_relation[7])}
        assert {row.key for row in rows if row.has_case} == spoken

    layout.play(scenario())


def test_cases_are_shared_out_in_another_way(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.desk.set_cases(store(900))
        await layout.rest()
        axes, chosen = layout.bars.told["show_axes"]
        assert chosen == "relation"
        assert [name for name, _ in axes][-3:] == ["look-alikes", "distance", "visibility"]
        layout.relations.choose_axis("look-alikes")
        await layout.rest()
        (everything, unique, multiple), note = layout.bars.told["show_rows"]
        assert (unique.key, multiple.key, note) == ("unique", "multiple", "")
        assert unique.count + multiple.count == everything.count
        assert all(bar.low < bar.share < bar.high for bar in everything.bars)
        layout.relations.on_chosen("unique")
        layout.filters.switch("multiple")
        assert [item.caption for item in layout.desk.filters] == ["multiple"], "not both at once"
        layout.filters.toggle_part(OfRelation("near"))
        await layout.rest()
        rows, _ = layout.bars.told["show_rows"]
        assert [row.is_chosen for row in rows] == [False, False, True]
        assert rows[0].count < everything.count, "relations are no part of these bars"
        layout.relations.choose_axis("category")
        await layout.rest()
        rows, note = layout.bars.told["show_rows"]
        assert [row.note for row in rows[:2]] == ["", "few scenes"]
        assert note == "* fewer than 24 scenes: no interval"
        layout.relations.choose_axis("distance")
        await layout.rest()
        rows, _ = layout.bars.told["show_rows"]
        for part in rows[1:3]:
            layout.relations.on_chosen(part.key)
        await layout.rest()
        assert len(layout.desk.filters) == 3, "one band at a time"
        rows, _ = layout.bars.told["show_rows"]
        assert [row.key for row in rows if row.is_chosen] == [rows[2].key]
        assert layout.stack.undoText().startswith("filter ")

    layout.play(scenario())


def test_too_few_scenes_are_said_above_the_bars(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        layout.desk.set_cases(store(300))
        await layout.rest()
        rows, note = layout.bars.told["show_rows"]
        assert note == "10 scenes: too few for intervals, 24 are needed."
        assert all(bar.low is None for row in rows for bar in row.bars)
        assert not any(row.note for row in rows), "once is enough"

    layout.play(scenario())


def test_a_pinned_set_is_written_read_and_held_to_its_split(
    layout: Layout, store: Store, tmp_path: Path
) -> None:
    places: list[Path | None] = [tmp_path / "hard.json"]
    notices: list[Notice] = []
    listed: list[ListedCases] = []
    opened: list[str] = []
    path = tmp_path / "hard.cases.json"
    layout.board.noticed.connect(notices.append)
    sets = CaseSetsPresenter(
        layout.desk,
        layout.board,
        ask_where=lambda suggested: places[0],
        keep=layout.filters.keep_set,
        find=lambda: tuple(listed),
        open_first=opened.append,
        set_can_pin=lambda can: None,
        folder=tmp_path,
    )

    async def scenario() -> None:
        sets.pin()
        assert notices == [], "without cases there is nothing to pin"
        layout.desk.set_cases(store(name="mine"))
        layout.filters.toggle_quadrant("both_wrong")
        await layout.rest()
        pinned = layout.shown.tolist()
        sets.pin()
        assert (tmp_path / "hard.cases.json").is_file()
        assert notices[-1].text.startswith(f"{len(pinned)} cases pinned as hard")
        sets.pin()
        assert "there is such a file" in notices[-1].text
        layout.filters.clear()
        layout.filters.toggle_part(OfRelation("near"))
        sets.open(path)
        await layout.until(lambda: not sets.is_busy)
        await layout.rest()
        near = layout.desk.first.columns.has_relation[:, 0]
        assert layout.shown.tolist() == [case for case in pinned if near[case]]
        mine = layout.desk.first
        layout.desk.set_filters(())
        layout.desk.set_cases(store(name="other", split_hash="another"))
        await layout.rest()
        sets.open(path)
        await layout.until(lambda: not sets.is_busy)
        hashes = (mine.facts.split_hash, "another")
        assert all(one in notices[-1].text for one in ("is of other sentences", *hashes))
        assert layout.desk.filters == ()
        layout.desk.set_cases(None)
        sets.open(path)
        await layout.until(lambda: not sets.is_busy)
        assert "no diagnosis of these is here" in notices[-1].text
        listed[:] = [ListedCases(mine.folder, mine.facts, 300)]
        sets.open(path)
        await layout.until(lambda: bool(opened))
        assert opened == ["mine"]
        layout.desk.set_cases(mine)
        await layout.rest()
        assert layout.shown.tolist() == pinned

    layout.play(scenario())


def test_hovering_names_and_leaves(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        cases = store()
        layout.desk.set_cases(cases)
        await layout.rest()
        layout.points.on_hovered(4)
        assert layout.scatter.told["say"] == (cases.texts([4])[0],)
        assert layout.scatter.told["mark_case"] == (4, "hovered")
        assert layout.table.told["mark_hovered"] == (4,)
        spoken = {cases.columns.relations[n] for n in np.flatnonzero(cases.columns.has_relation[4])}
        rows, _ = layout.bars.told["show_rows"]
        assert {row.key for row in rows if row.is_hovered} == spoken
        layout.points.on_hovered(-1)
        assert layout.table.told["mark_hovered"] == (None,)
        rows, _ = layout.bars.told["show_rows"]
        assert not any(row.is_hovered for row in rows)
        assert layout.scatter.told["say"] == ("",)
        assert layout.desk.case is None, "hovering selects nothing"

    layout.play(scenario())


class Head:
    """The lists of diagnoses over what a folder holds."""

    def __init__(self, layout: Layout, *cases: StoredCases, fault: str = "") -> None:
        self.view, self.desk, self.notices = Views(), layout.desk, list[Notice]()
        layout.board.noticed.connect(self.notices.append)
        listed = [ListedCases(item.folder, item.facts, len(item.columns)) for item in cases]
        if fault:
            listed.append(ListedCases(Path("/broken"), None, fault=fault))
        by_name = {item.folder.name: item for item in cases}
        self.presenter = CaseHeadPresenter(
            self.view,
            layout.desk,
            layout.board,
            find=lambda: tuple(listed),
            read=by_name.__getitem__,
            headline=headline,
            difference=difference,
        )

    @property
    def shown(self) -> Any:
        """What the lists and lines show."""
        return self.view.told["show_head"][0]


def test_the_newest_diagnosis_opens_and_speaks(layout: Layout, store: Store) -> None:
    async def scenario() -> None:
        few = store(90, name="few")
        head = Head(layout, few, fault="/broken: it is broken.")
        assert "Run a model over a split" in head.shown.said
        head.presenter.look()
        await layout.until(lambda: layout.desk.first is few and not head.presenter.is_busy)
        assert head.shown.names == ("few",)
        assert head.shown.said.startswith("follow_appearance ")
        assert head.shown.said.endswith("3 scenes: too few scenes for an interval)")
        assert "90 cases · 3 scenes" in head.shown.caption
        assert [notice.text for notice in head.notices] == ["/broken: it is broken."]
        await layout.rest()

    layout.play(scenario())


def test_of_24_scenes_the_headline_has_an_interval_the_same_each_time(store: Store) -> None:
    said = headline(store(900, name="one"))
    assert re.fullmatch(
        r"follow_appearance [\d.]+ % \[[\d.]+, [\d.]+\] \(\d+ cases, 30 scenes\)", said
    )
    assert headline(store(900, name="other")) == said


def test_two_diagnoses_of_one_split_are_paired_and_others_refused(
    layout: Layout, store: Store
) -> None:
    async def scenario() -> None:
        first, second = store(name="base"), store(name="tuned", follows=0.0)
        other = store(name="other", split_hash="another")
        head = Head(layout, first, second, other)
        head.presenter.open_first("base")
        await layout.until(lambda: not head.presenter.is_busy)
        head.presenter.open_second("tuned")
        await layout.until(lambda: layout.desk.second is second and not head.presenter.is_busy)
        assert head.shown.difference.startswith("tuned against it: accuracy +")
        assert "follow_appearance -" in head.shown.difference
        head.presenter.open_second("other")
        await layout.until(lambda: not head.presenter.is_busy)
        assert layout.desk.second is second
        assert "of other sentences" in head.notices[-1].text
        head.presenter.open_second("")
        await layout.until(lambda: not head.presenter.is_busy)
        assert layout.desk.second is None
        assert head.shown.difference == ""
        await layout.rest()

    layout.play(scenario())


def test_the_report_is_a_list_a_page_and_a_table(
    layout: Layout, store: Store, tmp_path: Path
) -> None:
    view, written, copied, opened, can = Views(), [], [], [], []

    def write(first: StoredCases, second: StoredCases | None, threshold: float) -> Path:
        written.append((first, second, threshold))
        return tmp_path / "page.html"

    report = CaseReportPresenter(
        view,
        layout.desk,
        layout.board,
        tools=ReportTools(report_of, write, lambda reports: reports[0].facts.name),
        copy=copied.append,
        show_page=opened.append,
        set_can_report=can.append,
    )

    async def scenario() -> None:
        cases = store(name="mine")
        layout.desk.set_cases(cases)
        await layout.until(lambda: can[-1])
        (rows,) = view.told["show_figures"]
        by_name = {row.name: row for row in rows}
        follow = by_name["follow_appearance · Fused"]
        assert follow.value.endswith("%")
        assert "exchange their looks" in follow.meaning
        assert by_name["Agreement with 2D"].is_head
        report.write()
        await layout.until(lambda: bool(opened))
        assert (written, opened) == ([(cases, None, 0.25)], [tmp_path / "page.html"])
        report.copy_latex()
        assert copied == ["mine"]
        await layout.rest()

    layout.play(scenario())


@pytest.fixture
def chair_cases(store: Store) -> StoredCases:
    """Cases about the two chairs of `tiny0000_00`; the first: fused takes 5 for 1, 3D is right."""
    cases = store(4)
    columns = cases.columns
    box = np.array([0.0, 0, 0, 1, 1, 1], np.float32)

    def answers(objects: list[int], ious: list[float]) -> Any:
        item = columns.modalities["fused"]
        ids = np.array(objects, np.int32)
        return replace(
            item,
            chosen=ids,
            object_ids=ids,
            boxes=np.tile(box, (4, 1)),
            iou=np.array(ious, np.float32),
            class_hits=ids > 0,
            confidence=np.full(4, 0.5, np.float32),
        )

    changed = replace(
        columns,
        scene_ids=("tiny0000_00",),
        scenes=np.zeros(4, np.int32),
        labels=("office chair",),
        label_codes=np.zeros(4, np.int32),
        num_lookalikes=np.full(4, 2, np.int32),
        target_ids=np.ones(4, np.int32),
        excluded=np.full(4, -1, np.int32),
        modalities={
            "fused": answers([5, 1, 0, 1], [0, 1, 0, 1]),
            "2d": answers([5, 1, 5, 5], [0, 1, 0, 0]),
            "3d": answers([1, 1, 5, 1], [1, 1, 0, 1]),
        },
        twins={},
    )
    return replace(cases, columns=changed)


VERDICTS = (
    "Fused and 2D choose the same wrong candidate; with 2 office chairs that happens half the "
    "time. 3D alone finds the right one.",
    "Right, and 2D alone is enough, even among 2 office chairs.",
    "Fused chooses something that is no office chair.",
    "Fused is right; 3D alone finds it too.",
)


def test_a_verdict_says_what_was_seen(chair_cases: StoredCases) -> None:
    columns = chair_cases.columns
    assert tuple(case_verdict(columns, case, 0.25) for case in range(4)) == VERDICTS
    coarse = case_verdict(columns, 0, 0.25, compared="otherprop")
    assert "; with 2 objects of the class “otherprop” that happens half the time" in coarse
    left_out = replace(columns, reasons=("no box",), excluded=np.zeros(4, np.int32))
    assert case_verdict(left_out, 0, 0.25) == "Left out of every figure: no box."


@pytest.mark.parametrize(
    ("twin", "placebo", "said"),
    [
        (1, 5, "Follows looks: after the exchange the answer moved to the other place."),
        (1, 1, "the answer moved, but it moves without one, too."),
        (5, 5, "After the exchange of looks the answer stayed at its place."),
        (0, 5, "moved to a third place."),
    ],
)
def test_a_twin_adds_to_the_verdict(
    chair_cases: StoredCases, twin: int, placebo: int, said: str
) -> None:
    columns: CaseColumns = chair_cases.columns
    one = made_cases(60).columns.twins["appearance"]
    twins = replace(
        one,
        cases=np.array([0], np.int32),
        pair=np.array([[5, 1]], np.int32),
        twin={"fused": np.array([twin], np.int32)},
        placebo={"fused": np.array([placebo], np.int32)},
    )
    found = case_verdict(replace(columns, twins={"appearance": twins}), 0, 0.25)
    assert found.endswith(said)


def test_a_selected_case_opens_its_scan_and_shows_recorded_answers(
    layout: Layout, chair_cases: StoredCases, tiny_scan: Path
) -> None:
    workspace, said, asked = Workspace(), Views(), []
    scene: Scene = open_scene(tiny_scan)
    opened: list[Path] = []
    presenter = CaseScenePresenter(
        said,
        layout.desk,
        workspace,
        layout.board,
        find_scan=lambda cases, scene_id: tiny_scan if scene_id == scene.scene_id else None,
        open_scene=opened.append,
        stop_asking=lambda: asked.append("stopped"),
    )

    async def scenario() -> None:
        layout.desk.set_cases(chair_cases)
        layout.desk.set_case(0)
        await layout.until(lambda: bool(opened) and not presenter.is_busy)
        assert opened == [tiny_scan]
        assert said.told["say"] == (VERDICTS[0],)
        workspace.set_scene(scene)
        (answers,) = workspace.answers.values()
        assert answers.is_recorded
        chosen = {name: item.best.object_id for name, item in answers.groundings.items()}
        assert chosen == {"fused": 5, "2d": 5, "3d": 1}
        assert said.told["say"] == (VERDICTS[0],), "the annotation has the sentence's word"
        chair = scene.object_by_id(5)
        assert chair is not None
        assert answers.groundings["fused"].best.box == chair.box
        assert workspace.expression is not None
        assert workspace.expression.target_id == 1
        assert workspace.expression.text == chair_cases.texts([0])[0]
        layout.desk.set_case(3)
        (answers,) = workspace.answers.values()
        assert answers.groundings["fused"].best.object_id == 1
        assert len(opened) == 1, "the scan is open already"
        layout.desk.set_case(None)
        assert said.told["say"] == ("",)
        layout.desk.set_case(1)
        workspace.set_scene(None)
        assert layout.desk.case == 1
        await layout.rest()

    layout.play(scenario())


def test_a_verdict_names_the_class_that_was_compared(
    layout: Layout, chair_cases: StoredCases, tiny_scan: Path
) -> None:
    workspace, said = Workspace(), Views()
    presenter = CaseScenePresenter(
        said,
        layout.desk,
        workspace,
        layout.board,
        find_scan=lambda *_: tiny_scan,
        open_scene=lambda _: workspace.set_scene(open_scene(tiny_scan)),
        stop_asking=lambda: None,
    )
    columns = replace(chair_cases.columns, labels=("toaster",))

    async def scenario() -> None:
        layout.desk.set_cases(replace(chair_cases, columns=columns))
        layout.desk.set_case(1)
        await layout.until(lambda: bool(workspace.answers) and not presenter.is_busy)
        (verdict,) = said.told["say"]
        assert verdict.endswith("even among 2 objects of the class “office chair”.")
        await layout.rest()

    layout.play(scenario())


def test_a_scan_that_has_gone_is_named(layout: Layout, chair_cases: StoredCases) -> None:
    notices: list[Notice] = []
    layout.board.noticed.connect(notices.append)
    presenter = CaseScenePresenter(
        Views(),
        layout.desk,
        Workspace(),
        layout.board,
        find_scan=lambda *_: None,
        open_scene=lambda _: pytest.fail("there is nothing to open"),
        stop_asking=lambda: None,
    )

    async def scenario() -> None:
        layout.desk.set_cases(chair_cases)
        layout.desk.set_case(0)
        await layout.until(lambda: bool(notices))
        assert not presenter.is_busy
        assert notices[0].text.startswith("tiny0000_00: its scan is not where the data set is")
        await layout.rest()

    layout.play(scenario())


class Run:
    """The form, over a run that is made to end as a test wants."""

    def __init__(self, layout: Layout, path: Path) -> None:
        self.view, self.opened = Views(), list[str]()
        self.ends: asyncio.Future[str] = layout.loop.create_future()
        self.memory = DiagnoseMemory(path)
        self.presenter = DiagnoseRunPresenter(
            self.view,
            layout.board,
            run=self._run,
            remembered=self.memory,
            opened=self.opened.append,
        )

    async def _run(self, asked: AskedShown, on_progress: Any) -> str:
        on_progress(30, 120, "scan 1 of 4, 9 s left")
        return await self.ends


def test_a_run_shows_how_far_it_is_and_opens_what_it_made(layout: Layout, tmp_path: Path) -> None:
    run = Run(layout, tmp_path / "asked.json")

    async def scenario() -> None:
        asked = AskedShown("cured", str(tmp_path), "test", ("fused", "2d"))
        run.presenter.start(asked)
        await layout.until(lambda: run.view.told.get("show_progress", ())[:1] == (0.25,))
        assert run.view.told["show_progress"] == (0.25, "scan 1 of 4, 9 s left", True)
        assert [job.title for job in layout.board.jobs] == ["Asking cured about test"]
        run.ends.set_result("cured-test")
        await layout.until(lambda: bool(run.opened) and not run.presenter.is_busy)
        assert run.opened == ["cured-test"]
        assert run.view.told["show_progress"] == (None, "")
        assert DiagnoseMemory(tmp_path / "asked.json").asked == asked

    layout.play(scenario())


def test_a_run_that_is_cancelled_or_dies_says_so(layout: Layout, tmp_path: Path) -> None:
    run = Run(layout, tmp_path / "asked.json")

    async def scenario() -> None:
        asked = AskedShown("cured", str(tmp_path))
        run.presenter.start(asked)
        await layout.until(lambda: bool(layout.board.jobs))
        layout.board.cancel(layout.board.jobs[0].number)
        await layout.until(lambda: not run.presenter.is_busy)
        assert "goes on from there" in run.view.told["show_progress"][1]
        run.ends = layout.loop.create_future()
        notices: list[Notice] = []
        layout.board.noticed.connect(notices.append)
        run.presenter.start(asked)
        run.ends.set_exception(WorkerDiedError("The diagnosis", "signal 9 (SIGKILL)"))
        await layout.until(lambda: not run.presenter.is_busy)
        assert [notice.restart for notice in notices] == [False]
        assert "died: signal 9" in run.view.told["show_progress"][1]
        assert run.opened == []

    layout.play(scenario())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": ""}, "Choose a model."),
        ({"data": ""}, "Choose the folder of a data set"),
        ({"data": "/nowhere"}, "/nowhere: there is no such folder."),
        ({"modalities": ()}, "Choose at least one thing"),
    ],
)
def test_what_cannot_be_run_is_said_at_once(
    layout: Layout, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    run = Run(layout, tmp_path / "asked.json")
    run.presenter.start(replace(AskedShown("cured", str(tmp_path)), **change))
    assert not run.presenter.is_busy
    assert run.view.told["show_progress"][1].startswith(said)
    run.ends.cancel()


def test_equal_names_of_models_stay_two(
    layout: Layout, chair_cases: StoredCases, tiny_scan: Path
) -> None:
    workspace = Workspace()
    presenter = CaseScenePresenter(
        Views(),
        layout.desk,
        workspace,
        layout.board,
        find_scan=lambda *_: None,
        open_scene=lambda _: None,
        stop_asking=lambda: None,
    )

    async def scenario() -> None:
        workspace.set_scene(open_scene(tiny_scan))
        second = replace(chair_cases, facts=replace(chair_cases.facts, name="step-200"))
        layout.desk.set_cases(chair_cases, second)
        layout.desk.set_case(0)
        assert list(workspace.answers) == ["made up", "step-200"]
        assert not presenter.is_busy
        await layout.rest()

    layout.play(scenario())
