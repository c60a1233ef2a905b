"""Bias over training: the steps of a run gone through one by one, with what each comes to."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.over_steps import StepFigures
from whatwhere.training.run_looks import RunLooks
from whatwhere_app.cases_desk import CasesDesk, ListedRun, RunOpen
from whatwhere_app.presenters.over_training_lines import MEANING, plot_lines, step_said
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Theme
from whatwhere_app.train_values import OverTrainingShown, PlotLine

NO_RUN = (
    "No run on this machine has kept its looks at a probe set. Train one (Ctrl+4); runs of older "
    "versions kept none, but their checkpoints can be diagnosed."
)


class OverTrainingView(Protocol):
    """The slider and the curves under it."""

    def show_run(self, shown: OverTrainingShown | None) -> None:
        """Replace everything but the curves; None hides it."""

    def show_curves(self, lines: Sequence[PlotLine]) -> None:
        """Replace the curves."""


@dataclass(frozen=True, slots=True)
class OverTrainingTools:
    """What reads runs; each is called in a thread.

    Attributes:
        find: every run that has kept a look.
        read: the looks of one, without reading those that are given anew.
        figures: of one look, at an IoU.
        lowest: log p that a look draws.
        last_step: of a run.
    """

    find: Callable[[], tuple[ListedRun, ...]]
    read: Callable[[Path, Sequence[StoredCases]], RunLooks]
    figures: Callable[[StoredCases, float], StepFigures]
    lowest: Callable[[StoredCases], float]
    last_step: Callable[[Path], int]


class OverTrainingPresenter:
    """Opens runs, and shows one look at a time as the open diagnosis.

    Args:
        step_s: how long each step is shown while they follow one another.
        poll_s: how often a run that lives is asked for new looks.
    """

    def __init__(
        self,
        view: OverTrainingView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        tools: OverTrainingTools,
        theme: Theme,
        step_s: float = 0.7,
        poll_s: float = 3.0,
    ) -> None:
        self._view, self._desk, self._board, self._tools = view, desk, board, tools
        self._theme, self._step_s, self._poll_s = theme, step_s, poll_s
        self._listing, self._opening = LatestOnly(board), LatestOnly(board)
        self._playing, self._watching = LatestOnly(board), LatestOnly(board)
        self._place, self._has_arrows, self._last_step = 0, False, 0
        self._is_playing = False
        self._faults: tuple[str, ...] = ()
        self._threshold = desk.lens.threshold
        desk.cases_changed.connect(self._on_cases_changed)
        desk.lens_changed.connect(self._on_lens_changed)
        view.show_run(None)

    @property
    def is_busy(self) -> bool:
        """Whether runs are looked for or read; that steps follow one another does not count."""
        return self._listing.is_running or self._opening.is_running

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._show_curves()

    def look(self) -> None:
        """Look for runs, and go on watching the open one."""
        self._listing.run(asyncio.to_thread(self._tools.find), self._on_found)

    def rest(self) -> None:
        """Nobody sees it: neither play nor watch."""
        self.play(is_on=False)
        self._watching.cancel()

    def open_newest(self) -> None:
        """Go through the run that is open, or the newest."""

        def on_found(runs: tuple[ListedRun, ...]) -> None:
            self._on_found(runs)
            if runs and self._desk.run is None:
                self.open(runs[0].path)
            elif not runs:
                self._board.notice(NO_RUN, level="warning")

        self._listing.run(asyncio.to_thread(self._tools.find), on_found)

    def open(self, run: Path, step: int | None = None, *, with_arrows: bool = False) -> None:
        """Go through a run.

        Args:
            run: its folder.
            step: to begin at; the last look at or before it is taken. None for the end.
            with_arrows: from the run's start to that step.
        """
        self.rest()
        self._opening.run(
            self._read(run, ()), lambda found: self._on_read(*found, step, with_arrows)
        )

    def read_again(self) -> None:
        """Other cases are left out of its figures now."""
        run = self._desk.run
        if run is not None:
            self.open(run.path, run.looks[self._place].facts.step, with_arrows=self._has_arrows)

    def go_to(self, place: int) -> None:
        """Show another step."""
        run = self._desk.run
        if run is not None and 0 <= place < len(run.looks) and place != self._place:
            self._place = place
            self._put()

    def choose_step(self, step: float) -> None:
        """Show the look at a step that was clicked in the curves."""
        run = self._desk.run
        if run is not None:
            steps = [look.facts.step for look in run.looks]
            self.go_to(min(range(len(steps)), key=lambda place: abs(steps[place] - step)))

    def set_arrows(self, *, is_on: bool) -> None:
        """Let the points stay where the run began, with arrows to the shown step; or not."""
        if self._desk.run is not None and is_on != self._has_arrows:
            self._has_arrows = is_on
            self._put(keeps_second=False)

    def play(self, *, is_on: bool) -> None:
        """Let the steps follow one another, from the start again where the last one is shown."""
        run = self._desk.run
        if is_on == self._is_playing or (run is None and is_on):
            return
        self._is_playing = is_on
        if not is_on:
            self._playing.cancel()
        elif run is not None:
            if self._place == len(run.looks) - 1:
                self.go_to(0)
            self._playing.run(self._play(), lambda _: self.play(is_on=False))
        self._show()

    def close(self) -> None:
        """Go through it no more; the shown step stays open."""
        self.rest()
        self._opening.cancel()
        self._desk.set_run(None)
        self._view.show_run(None)

    async def _play(self) -> None:
        while (run := self._desk.run) is not None and self._place < len(run.looks) - 1:
            await asyncio.sleep(self._step_s)
            self.go_to(self._place + 1)

    async def _read(
        self, path: Path, known: Sequence[StoredCases]
    ) -> tuple[RunOpen, tuple[str, ...], int]:
        with self._board.job(f"Reading {path.name}", cancel=self._opening.cancel) as progress:
            return await self._reckon(path, known, progress)

    async def _reckon(
        self,
        path: Path,
        known: Sequence[StoredCases],
        progress: Callable[[int, int, str], None],
    ) -> tuple[RunOpen, tuple[str, ...], int]:
        threshold = self._desk.lens.threshold
        last_step = await asyncio.to_thread(self._tools.last_step, path)
        found = await asyncio.to_thread(self._tools.read, path, known)
        figures, lows = [], []
        for number, look in enumerate(found.looks, start=1):
            figures.append(await asyncio.to_thread(self._tools.figures, look, threshold))
            lows.append(await asyncio.to_thread(self._tools.lowest, look))
            progress(number, len(found.looks), f"look {number} of {len(found.looks)}")
        self._threshold = threshold
        return RunOpen(path, found.looks, tuple(figures), min(lows)), found.faults, last_step

    def _on_read(
        self,
        run: RunOpen,
        faults: tuple[str, ...],
        last_step: int,
        step: int | None,
        with_arrows: bool,
    ) -> None:
        steps = [look.facts.step for look in run.looks]
        place = len(steps) - 1 if step is None else max(bisect_right(steps, step) - 1, 0)
        self._faults, self._last_step = faults, max(last_step, steps[-1])
        self._place, self._has_arrows = place, with_arrows and len(steps) > 1
        self._desk.set_run(run)
        self._show_curves()
        self._put(keeps_second=False)
        self._watch()

    def _on_found(self, runs: tuple[ListedRun, ...]) -> None:
        self._desk.set_runs(runs)
        self._watch()

    def _watch(self) -> None:
        """Ask a run that lives for new looks, now and then."""
        run = self._desk.run
        living = {item.path for item in self._desk.runs if item.is_living}
        if run is not None and run.path in living and not self._watching.is_running:
            self._watching.run(self._follow(run.path), lambda _: None)

    async def _follow(self, path: Path) -> None:
        is_living = True
        while is_living and (run := self._desk.run) is not None and run.path == path:
            await asyncio.sleep(self._poll_s)
            runs = await asyncio.to_thread(self._tools.find)
            found = next((item for item in runs if item.path == path), None)
            is_living = found is not None and found.is_living
            if found is not None and found.num_looks > len(run.looks):
                newer, self._faults, last_step = await self._reckon(
                    path, run.looks, lambda *_: None
                )
                if self._desk.run is run:
                    self._last_step = max(last_step, newer.looks[-1].facts.step)
                    self._take_newer(run, newer)
            self._desk.set_runs(runs)

    def _take_newer(self, run: RunOpen, newer: RunOpen) -> None:
        was_at_end = self._place == len(run.looks) - 1
        self._desk.set_run(newer)
        self._show_curves()
        if was_at_end and not self._has_arrows:
            self._place = len(newer.looks) - 1
            self._put()
        else:
            self._show()

    def _put(self, *, keeps_second: bool = True) -> None:
        """The shown step becomes the open diagnosis, or stands beside the start of the run."""
        run = self._desk.run
        if run is None:
            return
        look = run.looks[self._place]
        if self._has_arrows:
            self._desk.set_cases(run.looks[0], look if self._place else None)
        else:
            self._desk.set_cases(look, self._desk.second if keeps_second else None)
        self._show()

    def _on_cases_changed(self) -> None:
        run = self._desk.run
        if run is not None and run.place_of(self._desk.first) is None:
            self.close()  # another diagnosis was opened

    def _on_lens_changed(self) -> None:
        run, threshold = self._desk.run, self._desk.lens.threshold
        if run is not None and threshold != self._threshold and not self._opening.is_running:
            step = run.looks[self._place].facts.step
            self._opening.run(
                self._read(run.path, run.looks),
                lambda found: self._on_read(*found, step, self._has_arrows),
            )

    def _show(self) -> None:
        run = self._desk.run
        if run is None:
            self._view.show_run(None)
            return
        figures = run.figures[self._place]
        start = run.figures[0] if self._has_arrows and self._place else None
        self._view.show_run(
            OverTrainingShown(
                run.path.name,
                tuple(look.facts.step for look in run.looks),
                self._place,
                self._last_step,
                self._has_arrows,
                self._is_playing,
                step_said(figures, start),
                self._note(run),
                MEANING,
            )
        )

    def _note(self, run: RunOpen) -> str:
        parts = []
        if len(run.looks) == 1:
            parts.append("Looked at once so far; more steps come while it trains.")
        if self._faults:
            parts.append(f"{counted(len(self._faults), 'look')} left out: {self._faults[0]}")
        return " ".join(parts)

    def _show_curves(self) -> None:
        run = self._desk.run
        self._view.show_curves(() if run is None else plot_lines(run, self._theme))
