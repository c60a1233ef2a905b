"""The map of states: made when asked for, coloured by what a case is, tied to the one selection.

Shapes: N cases, P points.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.states.kept_maps import StateMap
from whatwhere.jobs.client import OnProgress
from whatwhere_app.case_values import MapColor, MapMethod, MapShown, Point, ReadOutsShown
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.map_read_outs import read_outs
from whatwhere_app.services.case_points import inside_outline
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

Make = Callable[[Path, str, OnProgress], Coroutine[Any, Any, None]]
Found = tuple[StateMap | None, dict[str, Any] | None]
Find = Callable[[Path, str], Found]
KeepRows = Callable[[str, NDArray[np.integer]], None]

_MOST_NAMES = 7
_EMPTY = "Run or open a diagnosis: its states can then be laid out as a map."
_NOT_MADE = (
    "Each point is the state of one case's target in one modality: near each other where the model "
    "is in a like state. Make map asks the model for its states, which takes as long as asking its "
    "cases."
)


class MapView(Protocol):
    """The map."""

    def show_map(self, shown: MapShown | None) -> None:
        """Replace all points; None clears them."""

    def show_read_outs(self, shown: ReadOutsShown) -> None:
        """What the states say."""

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or what there is to know."""

    def mark_points(self, places: Sequence[Point], *, how: Literal["chosen", "hovered"]) -> None:
        """The points of the selected case, or of the one that the pointer is at somewhere."""


class CaseMapPresenter:
    """Shows the map of the open cases, where one was made, and makes it.

    Args:
        make: lays out and reads the states of a diagnosis, in a process of its own.
        find: what was made before.
        keep_rows: filters by sentences.
    """

    def __init__(
        self,
        view: MapView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        make: Make,
        find: Find,
        keep_rows: KeepRows,
    ) -> None:
        self._view, self._desk, self._board = view, desk, board
        self._make, self._find, self._keep_rows = make, find, keep_rows
        self._method: MapMethod = "pca"
        self._color: MapColor = "modality"
        self._found: StateMap | None = None
        self._shown: MapShown | None = None
        self._finding = LatestOnly(board)
        self._task: asyncio.Task[Any] | None = None
        desk.cases_changed.connect(self._look)
        desk.sifted_changed.connect(self._draw)
        desk.lens_changed.connect(self._draw)
        desk.case_changed.connect(self._mark)
        desk.hovered_changed.connect(self._mark_hovered)
        self._look()

    @property
    def is_busy(self) -> bool:
        """Whether a map is made or looked for."""
        return self._finding.is_running or (self._task is not None and not self._task.done())

    def choose_method(self, method: MapMethod) -> None:
        """Another way of laying out."""
        self._method = method
        self._look()

    def choose_color(self, color: MapColor) -> None:
        """Colours that stand for something else."""
        self._color = color
        self._draw()

    def make(self) -> None:
        """Make the map of the open cases."""
        first = self._desk.first
        if first is not None and (self._task is None or self._task.done()):
            self._task = self._board.spawn(self._work(first.folder, self._method))

    def cancel(self) -> None:
        """Stop making it; states that were read are kept."""
        if self._task is not None:
            self._task.cancel()

    def keep_outlined(self, outline: Sequence[Point]) -> None:
        """Keep the cases that have a point within an outline."""
        shown, first = self._shown, self._desk.first
        if shown is None or first is None:
            return
        caught = inside_outline(shown.x_P, shown.y_P, outline) & shown.kept_P & (shown.cases_P >= 0)
        self._keep_rows("outline on the map", first.columns.rows[np.unique(shown.cases_P[caught])])

    def on_clicked(self, case: int) -> None:
        """A point was clicked."""
        self._desk.set_case(case)

    def on_hovered(self, case: int) -> None:
        """The pointer is at a case; a negative one is none."""
        self._desk.set_hovered(case if case >= 0 else None)

    def _look(self) -> None:
        first = self._desk.first
        self._found = None
        self._draw()
        self._view.show_read_outs(ReadOutsShown())
        if first is None:
            self._finding.cancel()
            self._view.show_progress(None, _EMPTY)
            return
        self._finding.run(asyncio.to_thread(self._find, first.folder, self._method), self._take)

    def _take(self, found: Found) -> None:
        self._found, summary = found
        self._view.show_progress(None, "" if self._found is not None else _NOT_MADE)
        self._view.show_read_outs(read_outs(summary))
        self._draw()

    def _draw(self) -> None:
        first, sifted, found = self._desk.first, self._desk.sifted, self._found
        if first is None or found is None or sifted is None or sifted.of is not first:
            self._shown = None
            self._view.show_map(None)
            return
        columns = first.columns
        cases_P = _cases_of(columns, found.rows)
        codes_P, names = self._colored(columns, found, cases_P)
        x, y = found.explained
        self._shown = MapShown(
            x_P=found.xy[:, 0],
            y_P=found.xy[:, 1],
            codes_P=codes_P,
            names=names,
            cases_P=cases_P,
            kept_P=sifted.kept[cases_P] & (cases_P >= 0),
            is_of_modalities=self._color == "modality",
            labels=(f"first direction, {x:.0%}", f"second direction, {y:.0%}") if x else ("", ""),
            source=f"{first.folder} {self._method}",
        )
        self._view.show_map(self._shown)
        self._mark()

    def _colored(
        self, columns: CaseColumns, found: StateMap, cases_P: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        if self._color == "modality":
            return found.modality_codes, found.modalities
        if self._color == "right":
            threshold = self._desk.lens.threshold
            right = np.zeros(len(cases_P), bool)
            for code, name in enumerate(found.modalities):
                its = found.modality_codes == code
                if name in columns.modalities:
                    right[its] = columns.modalities[name].iou[cases_P[its]] >= threshold
            return np.where(right, 0, 1).astype(np.uint8), ("right", "wrong")
        if self._color == "class":
            return _most_common(columns.label_codes[cases_P], columns.labels)
        has = columns.has_relation
        firsts = np.where(has.any(axis=1), has.argmax(axis=1), -1) if has.shape[1] else None
        codes = np.full(len(columns), -1) if firsts is None else firsts
        return _most_common(codes[cases_P], columns.relations)

    def _mark(self) -> None:
        self._view.mark_points(self._places_of(self._desk.case), how="chosen")
        self._mark_hovered()

    def _mark_hovered(self) -> None:
        self._view.mark_points(self._places_of(self._desk.hovered), how="hovered")

    def _places_of(self, case: int | None) -> tuple[Point, ...]:
        shown = self._shown
        if case is None or shown is None:
            return ()
        its = shown.cases_P == case
        return tuple(zip(shown.x_P[its].tolist(), shown.y_P[its].tolist(), strict=True))

    async def _work(self, folder: Path, method: MapMethod) -> None:
        self._view.show_progress(None, "Starting…", is_running=True)
        said = ""
        try:
            with self._board.job("Making the map of states", cancel=self.cancel) as progress:

                def on_progress(done: int, total: int, what: str) -> None:
                    progress(done, total, what)
                    share = done / total if total else None
                    self._view.show_progress(share, what.capitalize(), is_running=True)

                if method == "tsne":
                    # Its neighbours alone take a minute; that of PCA is there in seconds.
                    await self._show_meanwhile(folder, on_progress)
                await self._make(folder, method, on_progress)
        except (Cancelled, asyncio.CancelledError):
            said = "Stopped. States that were read are kept: Make map goes on from there."
            raise
        except WhatWhereError as error:
            said = str(error)
            raise
        finally:
            self._view.show_progress(None, said)
        self._look()

    async def _show_meanwhile(self, folder: Path, on_progress: OnProgress) -> None:
        found, _ = await asyncio.to_thread(self._find, folder, "pca")
        if found is None:
            await self._make(folder, "pca", on_progress)
            found, _ = await asyncio.to_thread(self._find, folder, "pca")
        first = self._desk.first
        if self._found is None and first is not None and first.folder == folder:
            self._found = found
            self._draw()


def _cases_of(columns: CaseColumns, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """The case of each sentence; -1 where it is none any more."""
    last = int(max(columns.rows.max(initial=-1), rows.max(initial=-1)))
    found = np.full(last + 1, -1, np.int64)
    found[columns.rows] = np.arange(len(columns))
    return found[rows]


def _most_common(
    codes: NDArray[np.integer], names: Sequence[str]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The commonest names by themselves, all others together."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    chosen = np.argsort(-counts, kind="stable")[:_MOST_NAMES]
    place = np.full(len(names) + 1, len(chosen), np.uint8)
    place[chosen] = np.arange(len(chosen))
    shown = (*(names[index] for index in chosen), "other")
    return place[np.where(codes >= 0, codes, len(names))], shown
