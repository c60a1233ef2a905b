"""A run from annotated failures that has ended: asked again by itself, once, when there is room."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from whatwhere.errors import Cancelled, RunError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import ListedCases
from whatwhere.jobs.client import OnProgress
from whatwhere.serving.closing_loop import Loop
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.hard_sets import HardSet
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.loops_desk import LoopsDesk
from whatwhere_app.presenters import loop_closing
from whatwhere_app.presenters.loop_closing import LoopClosing
from whatwhere_app.tasks.board import TaskBoard

Until = Callable[[Callable[[], bool]], Awaitable[None]]

_BEFORE = ListedCases(Path("before"), made_cases(1).facts)
_AFTER = ListedCases(Path("after"), made_cases(1).facts)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_closing, "_PERIOD_S", 0.01)


class Machine:
    """Runs and diagnoses as a test says they are."""

    def __init__(self) -> None:
        config = read_config("w2r2-plus", {"hard_set": "hard"})
        run = RunSummary(Path("run"), "run", "running", config=config, heartbeat_age_s=1.0)
        hard = HardSet(Path("hard"), (1,), (2,), random=Path("hard/random"))
        self.loop = Loop(run, hard, _BEFORE)
        self.is_busy = False
        self.asked: list[str] = []
        self.trained: list[TrainConfig] = []
        self.closed: list[Loop] = []
        self.fault: BaseException | None = None
        self.desk, self.board = LoopsDesk(), TaskBoard()
        self.told: list[str] = []
        self.board.noticed.connect(lambda notice: self.told.append(notice.text))
        self.closing = LoopClosing(
            self.desk,
            self.board,
            look=lambda: (self.loop,),
            ask=self.ask,
            train=self.train,
            is_busy=lambda: self.is_busy,
            closed=self.closed.append,
        )

    def end(self) -> None:
        """The run has ended."""
        self.loop = replace(self.loop, run=replace(self.loop.run, phase="done"), step="ask")

    async def ask(self, loop: Loop, run: RunSummary, on_progress: OnProgress) -> None:
        """Answers at once, unless there is a fault."""
        self.asked.append(run.name)
        on_progress(1, 4, "scan 1 of 4")
        assert self.desk.work is not None
        assert self.desk.work.share == 0.25
        if self.fault is not None:
            raise self.fault
        self.loop = replace(self.loop, after=_AFTER, step="train_random")

    async def train(self, config: TrainConfig) -> None:
        """It is done at once."""
        self.trained.append(config)
        self.loop = replace(self.loop, step="done")


def test_it_is_asked_when_the_run_has_ended_and_the_machine_is_free(
    loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        machine = Machine()
        machine.closing.watch()
        await until(lambda: bool(machine.desk.loops))
        assert not machine.asked
        machine.is_busy = True
        machine.end()
        await until(lambda: machine.desk.loops[0].step == "ask")
        assert not machine.asked, "another diagnosis runs"
        machine.is_busy = False
        await until(lambda: bool(machine.trained))
        assert machine.asked == ["run"]
        assert [item.after for item in machine.closed] == [_AFTER]
        assert machine.trained[0].hard_set == str(Path("hard/random"))
        await until(lambda: machine.desk.work is None)
        await machine.board.close()

    loop.run_until_complete(scenario())


@pytest.mark.parametrize("fault", [RunError("no such scan", remedy="Look"), Cancelled("It")])
def test_what_failed_or_was_cancelled_waits_for_the_user(
    loop: asyncio.AbstractEventLoop, until: Until, fault: Exception
) -> None:
    async def scenario() -> None:
        machine = Machine()
        machine.fault = fault
        machine.end()
        machine.closing.watch()
        await until(lambda: machine.asked == ["run"] and not machine.closing.is_working)
        assert machine.desk.work is None
        assert any("no such scan" in text for text in machine.told) == isinstance(fault, RunError)
        machine.closing.watch()
        await asyncio.sleep(0.05)
        assert machine.asked == ["run"]
        machine.fault = None
        machine.closing.go_on(machine.loop)
        await until(lambda: bool(machine.closed))
        assert machine.asked == ["run", "run"]
        await machine.board.close()

    loop.run_until_complete(scenario())


def test_runs_of_long_ago_wait_for_the_user(loop: asyncio.AbstractEventLoop, until: Until) -> None:
    async def scenario() -> None:
        machine = Machine()
        machine.end()
        old = replace(machine.loop.run, heartbeat_age_s=1e6)
        machine.loop = replace(machine.loop, run=old)
        machine.closing.watch()
        await until(lambda: bool(machine.desk.loops))
        await asyncio.sleep(0.05)
        assert not machine.asked
        await machine.board.close()

    loop.run_until_complete(scenario())
