"""The cases that are to be annotated: taken over from Diagnose, stepped through, come back to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Protocol

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.values import Case
from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.annotate_desk import AnnotateDesk, Queue
from whatwhere_app.annotate_values import AnswerShown, CaseShown
from whatwhere_app.presenters.annotate_acts import Keeping
from whatwhere_app.presenters.case_verdict import case_verdict
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import LAYER_NAMES, Layer, Theme

_RIGHT_FROM = 0.25
_MODALITIES: tuple[Layer, ...] = ("fused", "2d", "3d")


class QueueView(Protocol):
    """The left side."""

    def show_case(self, shown: CaseShown) -> None:
        """The case in hand; a count of 0 where there is none."""


class Resumed(Protocol):
    """What was being annotated when the program ended."""

    def keep(self, diagnosis: str, indices: Sequence[int], place: int) -> None:
        """Remember it."""


class AnnotateQueuePresenter:
    """Holds the cases in hand, and shows each in its scene.

    Args:
        show_in_scene: brings a case of a diagnosis into the 3D view.
        class_of: see `case_verdict.compared_class`; of the open scene.
        kept: remembers where one was.
    """

    def __init__(
        self,
        view: QueueView,
        desk: AnnotateDesk,
        store: Keeping,
        board: TaskBoard,
        *,
        show_in_scene: Callable[[StoredCases, int], None],
        class_of: Callable[[StoredCases, int], str],
        kept: Resumed,
        theme: Theme,
    ) -> None:
        self._view, self._desk, self._store = view, desk, store
        self._show_in_scene, self._class_of = show_in_scene, class_of
        self._kept, self._theme = kept, theme
        self._latest = LatestOnly(board)
        desk.place_changed.connect(self._on_place_changed)
        desk.queue_changed.connect(self._show)
        desk.said_changed.connect(self._show)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether cases are being taken over."""
        return self._latest.is_running

    def set_theme(self, theme: Theme) -> None:
        """Name modalities in this look's colours."""
        self._theme = theme
        self._show()

    def on_scene_changed(self) -> None:
        """Another scene is open: what the annotation calls a target may be known now."""
        self._show()

    def take(self, cases: StoredCases, indices: Sequence[int], *, place: int = 0) -> None:
        """Annotate these cases, in this order."""
        wanted = tuple(int(index) for index in indices)
        self._latest.run(self._read(cases, wanted), lambda found: self._begin(*found, place))

    def add(self, index: int) -> None:
        """One more case of the same diagnosis, which is taken in hand."""
        queue = self._desk.queue
        if queue is not None:
            self.take(queue.of, (*queue.indices, index), place=len(queue.indices))

    def step(self, by: int) -> None:
        """To the next or previous case of those that the filters keep."""
        self._desk.set_place(self._desk.next_place(by))

    async def _read(
        self, cases: StoredCases, indices: tuple[int, ...]
    ) -> tuple[Queue, Mapping[str, CaseAnnotations]]:
        known: tuple[Case, ...] = await asyncio.to_thread(annotated_cases, cases, indices)
        num_changes = -1
        while num_changes != self._desk.num_changes:  # else what was read is older than that
            num_changes = self._desk.num_changes
            said = await self._store.said_of([case.case_id for case in known])
        return Queue(cases, indices, known), said

    def _begin(self, queue: Queue, said: Mapping[str, CaseAnnotations], place: int) -> None:
        self._desk.set_queue(queue, said, place=place)

    def _on_place_changed(self) -> None:
        queue, place = self._desk.queue, self._desk.place
        if queue is not None and queue.indices:
            self._show_in_scene(queue.of, queue.indices[place])
            self._kept.keep(queue.of.facts.name, queue.indices, place)
        self._show()

    def _show(self) -> None:
        desk, queue, case = self._desk, self._desk.queue, self._desk.case
        if queue is None or case is None:
            self._view.show_case(CaseShown())
            return
        index = queue.indices[desk.place]
        target = case.target_label or "unknown"
        self._view.show_case(
            CaseShown(
                place=desk.place + 1,
                count=len(queue.cases),
                num_done=desk.num_done,
                expression=case.expression,
                caption=f"{case.model} · {case.scene_id} · target: {target}",
                verdict=case_verdict(
                    queue.of.columns,
                    index,
                    _RIGHT_FROM,
                    compared=self._class_of(queue.of, index),
                ),
                answers=self._answers(queue, index),
                is_left_out=desk.said.truth_is_wrong,
            )
        )

    def _answers(self, queue: Queue, index: int) -> tuple[AnswerShown, ...]:
        found = []
        for name in _MODALITIES:
            item = queue.of.columns.modalities.get(name)
            if item is None:
                continue
            iou = float(item.iou[index])
            if item.chosen[index] == NO_ANSWER:
                said = "no answer"
            else:
                said = f"IoU {iou:.2f}" if isfinite(iou) else "target has no box"
            color = self._theme.strokes[name].color
            found.append(AnswerShown(LAYER_NAMES[name], color, said, iou >= _RIGHT_FROM))
        return tuple(found)
