import asyncio
import sys

import pytest
from pytestqt.qtbot import QtBot

from whatwhere.errors import Cancelled, ProgramEndedError, SceneError, WorkerDiedError
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.tasks.heartbeat import Heartbeat
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.tasks.throttle import Throttle


async def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "restarts"),
    [
        (SceneError("empty", remedy="Open another"), [False]),
        (WorkerDiedError("The host", "signal 9 (SIGKILL)"), [True]),
        (ProgramEndedError("it hung", remedy="Ask again"), [True]),
        (Cancelled(), []),
    ],
)
def test_known_faults_become_notices(error: Exception, restarts: list[bool]) -> None:
    async def scenario() -> list[Notice]:
        board = TaskBoard()
        heard: list[Notice] = []
        board.noticed.connect(heard.append)
        await asyncio.wait({board.spawn(_raise(error))})
        return heard

    heard = asyncio.run(scenario())
    assert [notice.restart for notice in heard] == restarts
    assert all(notice.text == str(error) for notice in heard)


def test_unknown_faults_reach_the_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append(error))

    async def scenario() -> None:
        await asyncio.wait({TaskBoard().spawn(_raise(KeyError("bug")))})

    asyncio.run(scenario())
    assert isinstance(seen[0], KeyError)


def test_jobs_are_listed_while_they_run() -> None:
    board = TaskBoard()
    with board.job("Encoding", cancel=lambda: None) as progress:
        progress(3, 10, "frame 3 of 10")
        (job,) = board.jobs
        assert (job.done, job.total, job.detail) == (3, 10, "frame 3 of 10")
    assert board.jobs == ()
    progress(4, 10, "too late")


def test_only_the_newest_answer_is_delivered() -> None:
    async def stubborn(value: str, gate: asyncio.Event) -> str:
        """Ends with an answer although it was cancelled."""
        try:
            await gate.wait()
        except asyncio.CancelledError:
            await gate.wait()
        return value

    async def scenario() -> tuple[list[str], list[str]]:
        latest, gate = LatestOnly(TaskBoard()), asyncio.Event()
        delivered: list[str] = []
        ended: list[str] = []
        for value in ("old", "new"):
            work = stubborn(value, gate)
            latest.run(work, delivered.append, ended=lambda value=value: ended.append(value))
            await asyncio.sleep(0)
        gate.set()
        for _ in range(5):
            await asyncio.sleep(0)
        return delivered, ended

    assert asyncio.run(scenario()) == (["new"], ["new"])


def test_many_wishes_in_a_short_time_become_two_calls(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttled = Throttle(lambda: calls.append(1), delay_ms=20)
    for _ in range(10):
        throttled()
    assert len(calls) == 1
    qtbot.waitUntil(lambda: len(calls) == 2)


def test_what_may_be_over_soon_is_not_called_at_once(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttled = Throttle(lambda: calls.append(1), delay_ms=20, at_once=False)
    for _ in range(10):
        throttled()
    assert not calls
    qtbot.waitUntil(lambda: bool(calls))
    throttled()
    assert len(calls) == 1
    qtbot.waitUntil(lambda: len(calls) == 2)


def test_a_stall_is_measured(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr("whatwhere_app.tasks.heartbeat.time.perf_counter", lambda: now_s[0])
    heartbeat = Heartbeat()
    heartbeat.start()
    now_s[0] = 0.25
    qtbot.waitUntil(lambda: heartbeat._longest_ms > 0)
    heartbeat.stop()
    assert heartbeat.take_longest_stall_ms() == pytest.approx(240)
    assert heartbeat.take_longest_stall_ms() == 0


def test_a_closed_board_begins_nothing() -> None:
    begun: list[str] = []

    async def work(name: str) -> None:
        begun.append(name)

    async def scenario() -> None:
        board = TaskBoard()
        await board.spawn(work("before"))
        await board.close()
        await asyncio.gather(board.spawn(work("after")), return_exceptions=True)

    asyncio.run(scenario())
    assert begun == ["before"]
