"""Exporting the selected run: where to, whether to replace, how far, and how it ended."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from whatwhere.errors import RunError
from whatwhere.training.config import read_config
from whatwhere.training.export import OnProgress
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_export import TrainExportPresenter
from whatwhere_app.runs_desk import RunsDesk, RunsLook
from whatwhere_app.tasks.board import Notice, TaskBoard

Until = Callable[[Callable[[], bool]], Awaitable[None]]
RUN = Path("/runs/one")


class FakeBar:
    text = ""

    def ask(self, text: str, choices: Mapping[str, str]) -> None:
        self.text = text

    def hide(self) -> None:
        self.text = ""


class Case:
    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until, folder: Path) -> None:
        self.loop, self.until = loop, until
        self.desk, self.board, self.bar = RunsDesk(), TaskBoard(), FakeBar()
        self.asker = Asker(self.bar)
        self.target: Path | None = folder / "one.zip"
        self.suggested: list[Path] = []
        self.enabled: dict[str, bool] = {}
        self.told: list[Notice] = []
        self.exported: list[tuple[Path, Path, bool]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.fault: Exception | None = None
        self.board.noticed.connect(self.told.append)
        self.presenter = TrainExportPresenter(
            self.desk,
            self.board,
            self.asker,
            ask_where=self.ask_where,
            export=self.export,
            set_enabled=self.enabled.__setitem__,
        )

    def ask_where(self, suggested: Path) -> Path | None:
        self.suggested.append(suggested)
        return self.target

    def export(self, run: Path, target: Path, *, overwrite: bool, on_progress: OnProgress) -> Path:
        on_progress(0, 4_000_000)
        while not self.go_on.wait(0.01):
            on_progress(1_000_000, 4_000_000)
        if self.fault is not None:
            raise self.fault
        self.exported.append((run, target, overwrite))
        return target

    def select(self) -> None:
        summary = RunSummary(RUN, RUN.name, "stopped", config=read_config("plain"))
        self.desk.set_look(RunsLook((summary,)))
        self.desk.set_selected((RUN,))

    def wait(self, happens: Callable[[], bool]) -> None:
        self.loop.run_until_complete(self.until(happens))


@pytest.fixture
def case(loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path) -> Case:
    return Case(loop, until, tmp_path)


def test_only_a_run_can_be_exported(case: Case) -> None:
    assert case.enabled == {"train.export": False}
    case.presenter.export()
    assert not case.suggested
    case.select()
    assert case.enabled == {"train.export": True}


def test_the_file_is_named_after_the_run_and_its_place_remembered(
    case: Case, tmp_path: Path
) -> None:
    case.select()
    case.presenter.export()
    case.wait(lambda: bool(case.told))
    assert case.exported == [(RUN, tmp_path / "one.zip", False)]
    assert (case.told[0].level, str(tmp_path / "one.zip") in case.told[0].text) == ("info", True)
    case.target = None
    case.presenter.export()
    assert [path.name for path in case.suggested] == ["one.zip", "one.zip"]
    assert case.suggested[-1].parent == tmp_path
    assert len(case.exported) == 1


@pytest.mark.parametrize("answer", ["keep", "replace"])
def test_a_file_is_replaced_only_when_the_user_means_it(
    case: Case, tmp_path: Path, answer: str
) -> None:
    (tmp_path / "one.zip").write_text("dear")
    case.select()
    case.presenter.export()
    assert "Replace it?" in case.bar.text
    assert not case.board.jobs
    case.asker.on_answered(answer)
    if answer == "replace":
        case.wait(lambda: bool(case.told))
    assert case.exported == ([(RUN, tmp_path / "one.zip", True)] if answer == "replace" else [])


def test_it_tells_how_far_it_is_and_can_be_cancelled(case: Case) -> None:
    case.go_on.clear()
    case.select()
    case.presenter.export()
    case.wait(lambda: bool(case.board.jobs) and case.board.jobs[0].detail == "1 of 4 MB")
    case.board.cancel(case.board.jobs[0].number)
    case.wait(lambda: not case.board.jobs)
    assert not case.exported
    assert not case.told, "a cancellation is no fault"


def test_a_fault_is_told(case: Case) -> None:
    case.fault = RunError("the file exists already", remedy="Choose another")
    case.select()
    case.presenter.export()
    case.wait(lambda: bool(case.told))
    assert "exists already" in case.told[0].text
