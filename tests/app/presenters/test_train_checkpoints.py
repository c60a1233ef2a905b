"""Checkpoints: their figures, where they go, and how they compare with the start of the run."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError
from whatwhere.evaluation.probe_rows import Comparison
from whatwhere.evaluation.rates import Rate
from whatwhere.training.metric_log import Curve
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.train_checkpoints import TrainCheckpointsPresenter, compared_row
from whatwhere_app.runs_desk import CheckpointRef, RunsDesk, RunsLook
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.train_values import CheckpointRow, ComparedRow

Until = Callable[[Callable[[], bool]], Awaitable[None]]
RUN = Path("/runs/one")


class FakeView:
    def __init__(self) -> None:
        self.rows: list[CheckpointRow] = []
        self.chosen: int | None = None
        self.compared: list[ComparedRow] = []
        self.note = ""

    def show_checkpoints(self, rows: Sequence[CheckpointRow], chosen: int | None) -> None:
        self.rows, self.chosen = list(rows), chosen

    def show_comparison(self, rows: Sequence[ComparedRow], note: str) -> None:
        self.compared, self.note = list(rows), note


def comparison(low: float | None = None, high: float | None = None) -> Comparison:
    return Comparison("spatial/fused", Rate(0.5, 40), Rate(0.625, 40), Rate(0.125, 40, low, high))


class Case:
    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until) -> None:
        self.loop, self.until = loop, until
        self.view, self.desk, self.board = FakeView(), RunsDesk(), TaskBoard()
        self.loaded: list[tuple[Path, bool]] = []
        self.gone_through: list[tuple[Path, int | None, bool]] = []
        self.enabled: dict[str, bool] = {}
        self.told: list[str] = []
        self.num_scenes = 2
        self.board.noticed.connect(self.on_noticed)
        self.presenter = TrainCheckpointsPresenter(
            self.view,
            self.desk,
            self.board,
            compare=self.compare,
            load=lambda path, leads: self.loaded.append((path, leads)),
            go_through=lambda *which: self.gone_through.append(which),
            set_enabled=self.enabled.__setitem__,
        )
        steps = np.array([0.0, 10, 20])
        shares = np.array([0.2, 0.4, 0.5])
        curves = {"probe/accuracy/fused": Curve(steps, shares, shares, shares)}
        summary = RunSummary(RUN, "one", "done", checkpoints=(10, 20))
        self.desk.set_look(RunsLook((summary,), curves={RUN: curves}))
        self.desk.set_selected((RUN,))
        self.desk.set_look(self.desk.look)

    def on_noticed(self, notice: Notice) -> None:
        self.told.append(notice.text)

    def compare(self, checkpoint: CheckpointRef) -> tuple[list[Comparison], int]:
        if checkpoint.step == 10:
            raise BrokenFileError(RUN / "probe" / "step-000010.npz", "the probe is broken")
        return [comparison()], self.num_scenes

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def scenario() -> None:
            await work()
            await self.board.close()

        self.loop.run_until_complete(scenario())


@pytest.fixture
def case(loop: asyncio.AbstractEventLoop, until: Until) -> Case:
    return Case(loop, until)


def test_checkpoints_are_listed_newest_first_with_what_the_probe_said(case: Case) -> None:
    assert [row.step for row in case.view.rows] == [20, 10]
    assert [row.figures[0] for row in case.view.rows] == ["50.0 %", "40.0 %"]
    assert case.view.rows[0].figures[1:] == ("", "", "")


def test_nothing_can_be_done_before_one_is_chosen(case: Case) -> None:
    assert [name for name, can in case.enabled.items() if can] == ["train.over_training"]
    case.presenter.load_beside()
    case.presenter.show_arrows()
    assert case.loaded == []
    case.presenter.choose(20)
    assert case.view.chosen == 20
    assert all(case.enabled.values())


def test_a_checkpoint_is_a_model_folder_to_load(case: Case) -> None:
    case.presenter.choose(20)
    case.presenter.load_beside()
    case.presenter.load_as_lead()
    folder = RUN / "checkpoints" / "step-000020"
    assert case.loaded == [(folder, False), (folder, True)]


def test_a_run_is_gone_through_from_its_checkpoint_or_its_end(case: Case) -> None:
    case.presenter.show_over_training()
    case.presenter.choose(10)
    case.presenter.show_over_training()
    case.presenter.show_arrows()
    assert case.gone_through == [(RUN, None, False), (RUN, 10, False), (RUN, 10, True)]


def test_few_scenes_are_said_to_be_too_few(case: Case) -> None:
    async def work() -> None:
        case.presenter.choose(20)
        case.presenter.compare_with_base()
        await case.until(lambda: bool(case.view.compared))
        assert "2 scenes: too few for an interval (24 are needed)" in case.view.note
        case.num_scenes, case.view.compared = 30, []
        case.presenter.compare_with_base()
        await case.until(lambda: bool(case.view.compared))
        assert "too few" not in case.view.note

    case.run(work)


def test_a_look_that_cannot_be_read_is_a_sentence(case: Case) -> None:
    async def work() -> None:
        case.presenter.choose(10)
        case.presenter.compare_with_base()
        await case.until(lambda: bool(case.told))
        assert "step-000010.npz" in case.told[0]

    case.run(work)


@pytest.mark.parametrize(
    ("low", "high", "difference", "is_certain"),
    [
        (None, None, "+12.5", False),
        (0.02, 0.25, "+12.5 [+2.0, +25.0]", True),
        (-0.01, 0.25, "+12.5 [\N{MINUS SIGN}1.0, +25.0]", False),
    ],
)
def test_a_difference_is_certain_when_its_interval_leaves_out_zero(
    low: float | None, high: float | None, difference: str, is_certain: bool
) -> None:
    row = compared_row(comparison(low, high))
    assert (row.name, row.count) == ("Fused, spatial", "40")
    assert (row.before, row.after) == ("50.0 %", "62.5 %")
    assert (row.difference, row.is_certain) == (difference, is_certain)


def test_a_rate_of_no_cases_is_no_number() -> None:
    nothing = Rate(float("nan"), 0)
    row = compared_row(Comparison("follow_appearance/2d", nothing, nothing, nothing))
    assert row.name == "2D only, follows appearance"
    assert "nan" not in f"{row.before}{row.after}{row.difference}"
