"""The map of states: found, made, coloured and caught, on made-up cases."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from whatwhere.errors import BrokenFileError, WhatWhereError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import StoredCases, open_cases, write_cases
from whatwhere.evaluation.states.kept_maps import StateMap, map_path, summary_path
from whatwhere_app.case_values import MapShown, ReadOutsShown
from whatwhere_app.cases_desk import CasesDesk, Sifted
from whatwhere_app.presenters.case_map import CaseMapPresenter
from whatwhere_app.services.case_maps import find_map
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import LIGHT
from whatwhere_app.views.case_map import CaseMap

Until = Callable[[Callable[[], bool]], Awaitable[None]]
MODALITIES = ("fused", "2d")


class FakeView:
    """Keeps what it was told last."""

    def __init__(self) -> None:
        self.map: MapShown | None = None
        self.read_outs = ReadOutsShown()
        self.said, self.is_running = "", False
        self.marked: tuple[Any, ...] = ()
        self.hovered: tuple[Any, ...] = ()

    def show_map(self, shown: MapShown | None) -> None:
        self.map = shown

    def show_read_outs(self, shown: ReadOutsShown) -> None:
        self.read_outs = shown

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        self.said, self.is_running = text, is_running

    def mark_points(self, places: Any, *, how: str) -> None:
        if how == "chosen":
            self.marked = tuple(places)
        else:
            self.hovered = tuple(places)


@pytest.fixture
def cases(tmp_path: Path) -> StoredCases:
    made = made_cases(40, modalities=MODALITIES)
    write_cases(tmp_path, made.facts, made.columns, made.texts)
    return open_cases(tmp_path)


def write_map(folder: Path, method: str = "pca") -> StateMap:
    """Two points for each of the first 30 sentences: fused on the left, 2D on the right."""
    rows = np.tile(np.arange(30, dtype=np.int32), 2)
    codes = np.repeat(np.arange(2, dtype=np.uint8), 30)
    xy = np.stack([codes * 10.0, rows], axis=1).astype(np.float32)
    found = StateMap(rows, codes, MODALITIES, xy, (0.5, 0.25))
    map_path(folder, method).parent.mkdir(exist_ok=True)
    found.write(map_path(folder, method))
    return found


class Bench:
    """A presenter between a fake view and cases that are all kept."""

    def __init__(self, cases: StoredCases) -> None:
        self.view, self.desk, self.board = FakeView(), CasesDesk(), TaskBoard()
        self.cases = cases
        self.kept: list[tuple[str, list[int]]] = []
        self.fault: Exception | None = None
        self.made: list[tuple[str, bool]] = []
        self.presenter = CaseMapPresenter(
            self.view,
            self.desk,
            self.board,
            make=self.make,
            find=find_map,
            keep_rows=lambda name, rows: self.kept.append((name, rows.tolist())),
        )

    async def make(self, folder: Path, method: str, on_progress: Callable[..., None]) -> None:
        on_progress(1, 4, "reading states")
        assert self.view.is_running
        self.made.append((method, self.view.map is not None))
        if self.fault is not None:
            raise self.fault
        write_map(folder, method)

    async def open(self, until: Until) -> None:
        self.desk.set_cases(self.cases)
        count = len(self.cases.columns)
        kept = np.arange(count) < 20
        self.desk.set_sifted(Sifted(self.cases, kept, np.flatnonzero(kept)))
        await until(lambda: not self.presenter.is_busy)


@pytest.fixture
def bench(cases: StoredCases, qtbot: QtBot) -> Bench:
    return Bench(cases)


def test_what_a_map_is_for_and_how_to_get_one(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        assert "Run or open a diagnosis" in bench.view.said
        await bench.open(until)
        assert bench.view.map is None
        assert "Make map asks the model" in bench.view.said

    loop.run_until_complete(scenario())


def test_a_map_that_was_made_is_shown_and_its_colours_stand_for_what_is_chosen(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    write_map(bench.cases.folder)

    async def scenario() -> None:
        await bench.open(until)
        shown = bench.view.map
        assert shown is not None
        assert shown.names == MODALITIES
        assert shown.kept_P.sum() == 40  # two points for each of the 20 cases that are kept
        assert shown.labels == ("first direction, 50%", "second direction, 25%")
        bench.presenter.choose_color("right")
        shown = bench.view.map
        assert shown is not None
        assert shown.names == ("right", "wrong")
        flat = bench.cases.columns.modalities["2d"].iou[:30]
        expected = ~(flat >= 0.25)
        np.testing.assert_array_equal(shown.codes_P[30:], expected)
        for color in ("relation", "class"):
            bench.presenter.choose_color(color)
            shown = bench.view.map
            assert shown is not None
            assert shown.names[-1] == "other"
            assert shown.codes_P.max() < len(shown.names)
        labels = bench.cases.columns.labels
        name = shown.names[shown.codes_P[3]]
        assert name in ("other", labels[bench.cases.columns.label_codes[3]])

    loop.run_until_complete(scenario())


def test_an_outline_and_a_selection_mean_cases(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    write_map(bench.cases.folder)

    async def scenario() -> None:
        await bench.open(until)
        bench.presenter.keep_outlined([(9, -1), (11, -1), (11, 4.5), (9, 4.5)])
        assert bench.kept == [("outline on the map", [0, 1, 2, 3, 4])]
        # Cases that the filters leave out are not caught.
        bench.presenter.keep_outlined([(-1, 17.5), (1, 17.5), (1, 99), (-1, 99)])
        assert bench.kept[1][1] == [18, 19]
        bench.presenter.on_clicked(7)
        assert bench.desk.case == 7
        assert bench.view.marked == ((0.0, 7.0), (10.0, 7.0))
        bench.desk.set_hovered(9)
        assert bench.view.hovered == ((0.0, 9.0), (10.0, 9.0))
        bench.desk.set_hovered(None)
        assert bench.view.hovered == ()

    loop.run_until_complete(scenario())


def test_a_map_is_made_on_demand_and_what_goes_wrong_is_said(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        await bench.open(until)
        bench.fault = WhatWhereError("the model is gone", remedy="Add it again")
        bench.presenter.make()
        await until(lambda: not bench.presenter.is_busy)
        assert "the model is gone" in bench.view.said
        assert not bench.view.is_running
        bench.fault = None
        bench.presenter.make()
        await until(lambda: not bench.presenter.is_busy and bench.view.map is not None)
        assert (bench.view.said, bench.view.is_running) == ("", False)

    loop.run_until_complete(scenario())


def test_while_neighbours_are_laid_out_the_quick_map_is_there(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        await bench.open(until)
        bench.presenter.choose_method("tsne")
        await until(lambda: not bench.presenter.is_busy)
        bench.presenter.make()
        await until(lambda: not bench.presenter.is_busy and bench.view.map is not None)
        assert bench.made == [("pca", False), ("tsne", True)]
        # What is there is not made again.
        bench.presenter.make()
        await until(lambda: not bench.presenter.is_busy)
        assert [method for method, _ in bench.made] == ["pca", "tsne", "tsne"]

    loop.run_until_complete(scenario())


def test_what_states_say_is_shown_with_its_meaning(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    write_map(bench.cases.folder)
    item = {"role": "position", "modality": "2d", "score": -0.2, "low": None, "control": -0.1}
    document = {
        "num_cases": 30,
        "cka": {"fused-2d": 0.82, "fused-3d": None},
        "read_outs": [item | {"high": None, "num_cases": 30}],
        "caveat": "Mind the words.",
    }
    summary_path(bench.cases.folder).write_text(json.dumps(document))

    async def scenario() -> None:
        await bench.open(until)
        shown = bench.view.read_outs
        assert shown.similarity == "CKA: fused and 2D 0.82 (n 30)"
        assert shown.rows == (("2D only", "-", "-0.20"), ("Control, at most", "-", "-0.10"))
        assert shown.meaning.endswith("Mind the words.")

    loop.run_until_complete(scenario())


def test_a_broken_map_is_named(bench: Bench) -> None:
    path = map_path(bench.cases.folder, "pca")
    path.parent.mkdir()
    path.write_bytes(b"no map")
    with pytest.raises(BrokenFileError, match="the map is broken"):
        find_map(bench.cases.folder, "pca")


def test_the_view_draws_what_it_is_given(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until, qtbot: QtBot
) -> None:
    write_map(bench.cases.folder)
    view = CaseMap()
    qtbot.addWidget(view)
    view.resize(420, 520)
    view.set_theme(LIGHT)
    wanted: list[str] = []
    view.make_wanted.connect(lambda: wanted.append("make"))
    view.cancel_wanted.connect(lambda: wanted.append("cancel"))
    view.make.click()
    view.show_progress(0.5, "reading states", is_running=True)
    view.make.click()
    assert wanted == ["make", "cancel"]

    async def scenario() -> None:
        await bench.open(until)

    loop.run_until_complete(scenario())
    view.show_map(bench.view.map)
    with qtbot.waitExposed(view):
        view.show()
    picture = view.plot.grab().toImage()
    found = {picture.pixelColor(x, y).name() for x in range(0, 400, 1) for y in range(0, 200, 1)}
    assert LIGHT.strokes["fused"].color in found
    assert LIGHT.strokes["2d"].color in found
    view.show_map(None)
    assert not view._legend.isVisible()
