"""The table of runs: what it says of each, which commands it allows, and what they do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from whatwhere.errors import RunError
from whatwhere.training import runs
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_leaving import TrainLeaving
from whatwhere_app.presenters.train_runs import TrainRunsPresenter
from whatwhere_app.presenters.train_watch import TrainWatch
from whatwhere_app.runs_desk import RunsDesk, RunsLook
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.train_values import RunRow

Until = Callable[[Callable[[], bool]], Awaitable[None]]
ONE, TWO = Path("/runs/one"), Path("/runs/two")


def summary(phase: str, path: Path = ONE, **more) -> RunSummary:
    values = {"step": 120, "steps": 500, "pid": 77, "checkpoints": (100,), **more}
    return RunSummary(path, path.name, phase, **values)


class FakeViews:
    def __init__(self) -> None:
        self.rows: list[RunRow] = []
        self.selected: list[str] = []
        self.log: list[str] = []
        self.asked: list[tuple[str, list[str]]] = []
        self.is_asking = False

    def show_runs(self, rows: Sequence[RunRow], selected: Sequence[str]) -> None:
        self.rows, self.selected = list(rows), list(selected)

    def show_log(self, lines: Sequence[str]) -> None:
        self.log = list(lines)

    def ask(self, text: str, choices) -> None:
        self.asked.append((text, list(choices)))
        self.is_asking = True

    def hide(self) -> None:
        self.is_asking = False


class Case:
    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until) -> None:
        self.loop, self.until = loop, until
        self.views, self.desk, self.board = FakeViews(), RunsDesk(), TaskBoard()
        self.watch = TrainWatch(self.desk, self.board, look=self.look, names=())
        self.asker = Asker(self.views)
        self.enabled: dict[str, bool] = {}
        self.told: list[str] = []
        self.looked: list[tuple[object, ...]] = []
        self.now = RunsLook()
        self.board.noticed.connect(self.on_noticed)
        self.runs = TrainRunsPresenter(
            self.views,
            self.views,
            self.desk,
            self.watch,
            self.board,
            self.asker,
            set_enabled=self.enabled.__setitem__,
            new_folder=lambda name: TWO,
        )

    def on_noticed(self, notice: Notice) -> None:
        self.told.append(notice.text)

    def look(self, *what: object) -> RunsLook:
        self.looked.append(what)
        return self.now

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def scenario() -> None:
            await work()
            await self.board.close()

        self.loop.run_until_complete(scenario())


@pytest.fixture
def case(loop: asyncio.AbstractEventLoop, until: Until) -> Case:
    return Case(loop, until)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path]]:
    """What was asked of runs, in place of asking them."""
    calls: list[tuple[str, Path]] = []

    def record(name: str) -> Callable[[Path], Path]:
        def call(path: Path) -> Path:
            calls.append((name, path))
            return path

        return call

    for name in ("pause", "resume_paused", "resume_run", "stop", "kill"):
        monkeypatch.setattr(runs, name, record(name))
    return calls


def test_a_row_says_where_a_run_is(case: Case) -> None:
    last = {"probe/accuracy/fused": 0.753, "probe/follow_appearance/fused": -0.01}
    run = summary("running", doing="grounder", last=last)
    case.desk.set_look(RunsLook((run,), {ONE: 2.0}, log=("hello",)))
    (row,) = case.views.rows
    assert (row.progress, row.eta, row.pid) == ("120 / 500", "13 min", "77")
    assert (row.accuracy, row.follow, row.level) == ("75.3 %", "-1.0 %", "alive")
    assert row.note == "training", "stages have names of their own in the run folder"
    assert case.views.selected == [str(ONE)], "the newest run is selected at first"
    assert case.views.log == ["hello"]
    case.desk.set_look(RunsLook((summary("paused", doing="grounder"),), {ONE: 2.0}))
    assert case.views.rows[0].note == ""


def test_a_crash_is_said_with_its_last_words(case: Case) -> None:
    run = summary("crashed", reason="its process is gone without a word; the end of its log: x")
    case.desk.set_look(RunsLook((run,), {ONE: 2.0}))
    (row,) = case.views.rows
    assert (row.phase, row.level, row.eta, row.pid) == ("crashed", "fault", "", "")
    assert row.note.endswith("x")


@pytest.mark.parametrize(
    ("phase", "allowed"),
    [
        ("starting", {"stop", "kill"}),
        ("running", {"pause", "stop", "kill"}),
        ("pausing", {"resume", "stop", "kill"}),
        ("paused", {"resume", "stop", "kill"}),
        ("stopping", {"kill"}),
        ("stopped", {"resume"}),
        ("failed", {"resume"}),
        ("crashed", {"resume"}),
        ("done", set()),
        ("broken", set()),
    ],
)
def test_only_what_makes_sense_is_allowed(case: Case, phase: str, allowed: set[str]) -> None:
    case.desk.set_look(RunsLook((summary(phase),)))
    assert {name for name, is_on in case.enabled.items() if is_on} == {
        f"train.{name}" for name in allowed
    }


def test_without_a_run_nothing_is_allowed(case: Case) -> None:
    assert not any(case.enabled.values())


def test_wishes_go_to_the_selected_run(case: Case, done: list[tuple[str, Path]]) -> None:
    async def work() -> None:
        case.desk.set_look(RunsLook((summary("running"), summary("running", TWO))))
        case.runs.on_selected([str(TWO), str(ONE)])
        case.runs.pause()
        case.runs.stop()
        await case.until(lambda: len(done) == 2)
        assert set(done) == {("pause", TWO), ("stop", TWO)}

    case.run(work)


def test_resuming_wakes_a_paused_run_and_restarts_one_that_ended(
    case: Case, done: list[tuple[str, Path]]
) -> None:
    async def work() -> None:
        case.desk.set_look(RunsLook((summary("paused"),)))
        case.runs.resume()
        await case.until(lambda: done == [("resume_paused", ONE)])
        case.desk.set_look(RunsLook((summary("crashed"),)))
        case.runs.resume()
        await case.until(lambda: done[1:] == [("resume_run", ONE)])

    case.run(work)


def test_killing_asks_first_and_says_what_is_lost(case: Case, done: list[tuple[str, Path]]) -> None:
    async def work() -> None:
        case.desk.set_look(RunsLook((summary("running"),)))
        case.runs.kill()
        text, choices = case.views.asked[0]
        assert "20 steps since its checkpoint at step 100" in text
        assert choices[0] == "keep"
        case.asker.on_answered("keep")
        assert not case.views.is_asking
        case.runs.kill()
        case.asker.on_answered("kill")
        await case.until(lambda: done == [("kill", ONE)])
        case.desk.set_look(RunsLook((summary("running", checkpoints=()),)))
        case.runs.kill()
        assert "All its 120 steps" in case.views.asked[-1][0] or "all" in case.views.asked[-1][0]

    case.run(work)


def test_a_wish_that_came_too_late_is_a_sentence(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(path: Path) -> None:
        raise RunError("the run is not going on", remedy="Start it", path=path)

    monkeypatch.setattr(runs, "stop", late)

    async def work() -> None:
        case.desk.set_look(RunsLook((summary("running"),)))
        case.runs.stop()
        await case.until(lambda: bool(case.told))
        assert case.told == ["/runs/one: the run is not going on. Start it."]

    case.run(work)


def test_a_run_that_is_being_started_is_selected_and_cannot_be_steered(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    may_end = threading.Event()
    begun: list[TrainConfig] = []

    def start_run(config: TrainConfig, *, path: Path) -> Path:
        begun.append(config)
        may_end.wait()
        return path

    monkeypatch.setattr(runs, "start_run", start_run)

    async def work() -> None:
        config = read_config("plain")
        case.runs.start(config)
        await case.until(lambda: bool(begun))
        assert case.desk.selected == (TWO,)
        assert case.watch.starting == {TWO}
        assert [job.title for job in case.board.jobs] == ["Starting two"]
        case.desk.set_look(RunsLook((summary("starting", TWO),)))
        assert not any(case.enabled.values())
        may_end.set()
        await case.until(lambda: not case.watch.starting)
        assert begun == [config]

    case.run(work)


def test_runs_are_watched_until_told_to_stop(case: Case) -> None:
    async def work() -> None:
        case.now = RunsLook((summary("running"),))
        case.watch.start()
        case.watch.start()
        await case.until(lambda: bool(case.views.rows))
        case.now = RunsLook((summary("done"),))
        case.watch.look_again()
        await case.until(lambda: case.views.rows[0].phase == "done")
        case.watch.stop()
        assert not case.watch.is_watching

    case.run(work)


class TestLeaving:
    def leave(self, case: Case, found: list[RunSummary]) -> tuple[TrainLeaving, list[str]]:
        closed: list[str] = []
        leaving = TrainLeaving(case.board, case.asker, find=lambda: found)
        leaving.leave(lambda: closed.append("closed"))
        return leaving, closed

    def test_without_living_runs_nobody_is_asked(self, case: Case) -> None:
        async def work() -> None:
            leaving, closed = self.leave(case, [summary("stopped"), summary("crashed", TWO)])
            assert leaving is not None
            await case.until(lambda: closed == ["closed"])
            assert case.views.asked == []

        case.run(work)

    @pytest.mark.parametrize(
        ("answer", "closes", "stops"),
        [("keep", True, False), ("stop", True, True), ("cancel", False, False)],
    )
    def test_living_runs_are_asked_about(
        self, case: Case, done: list[tuple[str, Path]], answer: str, closes: bool, stops: bool
    ) -> None:
        async def work() -> None:
            found = [summary("running"), summary("paused", TWO), summary("done", Path("/runs/x"))]
            leaving, closed = self.leave(case, found)
            assert leaving is not None
            await case.until(lambda: bool(case.views.asked))
            text, choices = case.views.asked[0]
            assert "2 runs are still training" in text
            assert choices == ["keep", "stop", "cancel"]
            assert closed == []
            case.asker.on_answered(answer)
            assert bool(closed) is closes
            assert done == ([("stop", ONE), ("stop", TWO)] if stops else [])

        case.run(work)
