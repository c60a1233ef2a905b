"""How runs are watched: what is quick to read of a run is shown before what is slow."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path

from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.train_watch import TrainWatch
from whatwhere_app.runs_desk import RunsDesk, RunsLook
from whatwhere_app.tasks.board import TaskBoard

Until = Callable[[Callable[[], bool]], Awaitable[None]]
RUN = Path("/runs/one")


def test_a_run_and_its_log_are_shown_while_its_curves_are_still_read(
    loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    may_read = threading.Event()

    def look(
        selected: Sequence[Path], names: Sequence[str], starting: Collection[Path]
    ) -> RunsLook:
        if names:
            may_read.wait(60)
        curves = {run: {} for run in selected} if names else {}
        return RunsLook(
            (RunSummary(RUN, RUN.name, "done"),), curves=curves, log=("its last words",)
        )

    async def scenario() -> None:
        desk, board = RunsDesk(), TaskBoard()
        watch = TrainWatch(desk, board, look=look, names=("loss/total",))
        desk.set_selected((RUN,))
        watch.start()
        await until(lambda: bool(desk.look.log))
        assert not desk.look.curves, "they are still being read"
        may_read.set()
        await until(lambda: RUN in desk.look.curves)
        watch.stop()
        await board.close()

    try:
        loop.run_until_complete(scenario())
    finally:
        may_read.set()


def test_it_stops_though_something_was_chosen_in_the_same_moment(
    loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    def look(
        selected: Sequence[Path], names: Sequence[str], starting: Collection[Path]
    ) -> RunsLook:
        return RunsLook()

    async def scenario() -> None:
        desk, board = RunsDesk(), TaskBoard()
        seen: list[str] = []
        desk.look_changed.connect(lambda: seen.append("a look"))
        watch = TrainWatch(desk, board, look=look, names=("loss/total",))
        watch.start()
        await until(lambda: bool(seen))  # and now it waits for the next
        watch.look_again()
        watch.stop()
        await board.close()  # waits for the watch to end

    loop.run_until_complete(asyncio.wait_for(scenario(), 60))
