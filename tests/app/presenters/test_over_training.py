"""A run gone through step by step, over made-up looks, with a view that only remembers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QUndoStack
from tests.app.made_runs import write_look, write_run

from whatwhere.evaluation.over_steps import step_figures
from whatwhere.training.run_looks import look_steps, open_looks
from whatwhere_app.cases_desk import CasesDesk, ListedRun
from whatwhere_app.presenters.case_filters import CaseFiltersPresenter
from whatwhere_app.presenters.over_training import (
    NO_RUN,
    OverTrainingPresenter,
    OverTrainingTools,
)
from whatwhere_app.services import run_looks
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.theme import DARK, LIGHT
from whatwhere_app.train_values import OverTrainingShown, PlotLine

Until = Callable[[Callable[[], bool]], Awaitable[None]]


class FakeView:
    def __init__(self) -> None:
        self.shown: OverTrainingShown | None = None
        self.lines: Sequence[PlotLine] = ()

    def show_run(self, shown: OverTrainingShown | None) -> None:
        self.shown = shown

    def show_curves(self, lines: Sequence[PlotLine]) -> None:
        self.lines = lines


class Chips:
    def show_chips(self, *_: object) -> None:
        """Nobody looks."""


class Bench:
    """The presenter, the filters, and a desk between them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until, run: Path) -> None:
        self.loop, self.until, self.run = loop, until, run
        self.view, self.desk, self.board = FakeView(), CasesDesk(), TaskBoard()
        self.is_living, self.told = False, list[str]()
        self.board.noticed.connect(self._on_noticed)
        self.filters = CaseFiltersPresenter(Chips(), self.desk, QUndoStack(), self.board)
        self.presenter = OverTrainingPresenter(
            self.view,
            self.desk,
            self.board,
            tools=OverTrainingTools(
                self.find,
                run_looks.read_looks,
                lambda look, threshold: step_figures(look, iou_threshold=threshold),
                run_looks.lowest,
                run_looks.last_step,
            ),
            theme=DARK,
            step_s=0.0,
            poll_s=0.0,
        )

    def _on_noticed(self, notice: Notice) -> None:
        self.told.append(notice.text)

    def find(self) -> tuple[ListedRun, ...]:
        count = len(look_steps(self.run))
        return (ListedRun(self.run, count, self.is_living),) if count else ()

    def play(self, scenario: Awaitable[None]) -> None:
        async def whole() -> None:
            try:
                await scenario
            finally:
                await self.board.close()

        self.loop.run_until_complete(whole())

    async def open(self, **how: object) -> None:
        self.presenter.open(self.run, **how)  # type: ignore[arg-type]
        await self.rest()

    async def rest(self) -> None:
        await self.until(lambda: not (self.presenter.is_busy or self.filters.is_busy))

    @property
    def shown(self) -> OverTrainingShown:
        assert self.view.shown is not None
        return self.view.shown


@pytest.fixture
def bench(
    loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    return Bench(loop, until, write_run(tmp_path / "cured"))


def test_the_selection_and_what_is_kept_stay_while_one_scrubs(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.open()
        assert (bench.shown.steps, bench.shown.place) == ((0, 20, 40), 2)
        bench.filters.keep_rows("outline", np.arange(30, 60))
        await bench.rest()
        bench.desk.set_case(42)
        told: list[str] = []
        for place, step in ((0, 0), (1, 20)):
            bench.presenter.go_to(place)
            assert bench.desk.first is not None
            assert bench.desk.first.facts.step == step
            sifted = bench.desk.sifted
            assert sifted is not None
            assert sifted.of is bench.desk.first, "nothing is empty in between"
            await bench.rest()
            assert bench.desk.case == 42
            assert bench.desk.sifted is not None
            assert bench.desk.sifted.order.tolist() == list(range(30, 60))
            told.append(bench.shown.said)
        assert told[0].startswith("Step 0: follow ")
        assert told[0] != told[1].replace("Step 20", "Step 0")
        bench.presenter.choose_step(33.0)
        assert bench.shown.place == 2
        bench.presenter.go_to(7)
        assert bench.shown.place == 2, "there is no such look"

    bench.play(scenario())


def test_arrows_lead_from_the_start_to_the_step(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.open(step=25, with_arrows=True)
        first, second = bench.desk.first, bench.desk.second
        assert first is not None
        assert second is not None
        assert (first.facts.step, second.facts.step) == (0, 20), "the last look before"
        assert bench.shown.said.startswith("Step 0 → 20: follow ")
        bench.presenter.go_to(2)
        assert bench.desk.first is first
        assert bench.desk.second is not None
        assert bench.desk.second.facts.step == 40
        bench.presenter.set_arrows(is_on=False)
        assert bench.desk.first.facts.step == 40
        assert bench.desk.second is None
        bench.presenter.close()
        assert (bench.view.shown, bench.desk.run) == (None, None)
        assert bench.desk.first.facts.step == 40, "what was shown stays open"

    bench.play(scenario())


def test_the_steps_play_to_the_end_and_the_curves_wear_the_theme(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.open()
        bench.presenter.play(is_on=True)
        assert (bench.shown.place, bench.shown.is_playing) == (0, True)
        await bench.until(lambda: not bench.shown.is_playing)
        assert bench.shown.place == 2
        assert [line.title for line in bench.view.lines] == [
            "Follows",
            "Fused right",
            "2D only right",
        ]
        follows = bench.view.lines[0].raw_P
        assert follows[0] > follows[1] > follows[2]
        bench.presenter.set_theme(LIGHT)
        assert bench.view.lines[0].color == LIGHT.text_1

    bench.play(scenario())


def test_a_run_that_lives_is_followed(bench: Bench) -> None:
    async def scenario() -> None:
        bench.is_living = True
        bench.presenter.look()
        await bench.open()
        known = bench.desk.first
        write_look(bench.run, 60, follows=0.0)
        await bench.until(lambda: bench.shown.steps == (0, 20, 40, 60))
        assert bench.shown.place == 3, "who is at the end stays there"
        assert bench.desk.run is not None
        assert bench.desk.run.looks[2] is known, "what was read is not read again"
        bench.presenter.go_to(0)
        write_look(bench.run, 80, follows=0.0)
        await bench.until(lambda: len(bench.shown.steps) == 5)
        assert bench.shown.place == 0
        bench.is_living = False

    bench.play(scenario())


def test_another_diagnosis_closes_the_run(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.open()
        bench.desk.set_cases(None)
        assert bench.desk.run is None
        assert bench.view.shown is None

    bench.play(scenario())


def test_figures_follow_the_threshold(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.open(step=20)
        bench.desk.set_lens(replace(bench.desk.lens, threshold=0.5))
        await bench.rest()
        assert bench.shown.place == 1

    bench.play(scenario())


def test_without_looks_it_says_what_to_do(bench: Bench) -> None:
    async def scenario() -> None:
        bench.run = bench.run.parent
        bench.presenter.open_newest()
        await bench.until(lambda: bool(bench.told))
        assert bench.told == [NO_RUN]
        bench.presenter.open(bench.run)
        await bench.until(lambda: len(bench.told) == 2)
        assert "Runs of older versions kept none" in bench.told[1]

    bench.play(scenario())


def test_a_broken_look_is_left_out_and_named(bench: Bench) -> None:
    async def scenario() -> None:
        path = open_looks(bench.run).looks[1].folder / "facts.json"
        path.write_text("{", encoding="utf-8")
        await bench.open()
        assert bench.shown.steps == (0, 40)
        assert "1 look left out" in bench.shown.note
        assert "step-000020" in bench.shown.note

    bench.play(scenario())
