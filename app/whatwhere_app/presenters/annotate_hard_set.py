"""Annotated cases into a hard set to train on."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.training.hard_sets import HardSetPlan
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_TWINS = "0.5"
"""Share of the hard set's steps in twins, where twins are wanted."""


class TrainOnView(Protocol):
    """Where it is said how."""

    def show_tags(self, said: str, tags: Sequence[tuple[str, int]]) -> None:
        """Come up with these tags and the number of their cases."""


class Files(Protocol):
    """The store, as hard sets are made of it."""

    async def hard_set(
        self,
        cases: StoredCases,
        rows: Sequence[int],
        plan: HardSetPlan,
        tags: Mapping[str, Sequence[int]],
    ) -> Path:
        """Make a hard set of these rows; gives its folder."""


class AnnotateHardSetPresenter:
    """Asks how, makes the set, and brings the form.

    Args:
        train_on: shows the training form with these settings.
    """

    def __init__(
        self,
        view: TrainOnView,
        desk: AnnotateDesk,
        files: Files,
        board: TaskBoard,
        *,
        train_on: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._view, self._desk, self._files, self._board = view, desk, files, board
        self._train_on = train_on
        self._latest = LatestOnly(board)

    @property
    def is_busy(self) -> bool:
        """Whether the set is being made."""
        return self._latest.is_running

    def train(self) -> None:
        """Ask how the tagged cases of this queue are to be trained on."""
        rows, tags = self._tagged()
        queue = self._desk.queue
        if queue is None or not rows:
            self._board.notice(
                "No case here carries a tag and has a ground truth that holds. Tag the failures "
                "to train on first.",
                level="warning",
            )
            return
        facts = queue.of.facts
        if facts.checkpoint_of and not facts.asked_model:
            self._board.notice(
                f"{facts.name} is a look between checkpoints: no model was kept there to go on "
                "from. Take the cases over from a step with a checkpoint.",
                level="warning",
            )
            return
        scans = len({case.scene_id for case in queue.cases if case.row in set(rows)})
        said = (
            f"{counted(len(rows), 'tagged case')} in {counted(scans, 'scan')}. When the run has "
            "ended, its model is asked the same cases again."
        )
        self._view.show_tags(said, [(tag, len(found)) for tag, found in tags.items()])

    def make(self, plan: HardSetPlan) -> None:
        """Make the tagged cases of this queue a hard set, and show the training form."""
        rows, tags = self._tagged()
        queue = self._desk.queue
        if queue is None or not rows:
            return
        facts = queue.of.facts
        twins = _TWINS if plan.with_twins else "0"
        self._latest.run(
            self._files.hard_set(queue.of, rows, plan, tags),
            lambda folder: self._train_on(
                {
                    "base": facts.asked_model or facts.model,
                    "hard_set": str(folder),
                    "hard_twins": twins,
                }
            ),
        )

    def _tagged(self) -> tuple[tuple[int, ...], dict[str, tuple[int, ...]]]:
        """The rows to train on, and which of them carry each tag."""
        queue = self._desk.queue
        rows: list[int] = []
        tags: dict[str, list[int]] = {tag.caption: [] for tag in self._desk.tags}
        captions = {tag.tag_id: tag.caption for tag in self._desk.tags}
        for case in () if queue is None else queue.cases:
            said = self._desk.said_of(case.case_id)
            if not said.tags or said.truth_is_wrong:
                continue
            rows.append(case.row)
            for tag_id in dict.fromkeys(tag.tag_id for tag in said.tags):
                tags.setdefault(captions.get(tag_id, tag_id), []).append(case.row)
        return tuple(rows), {tag: tuple(found) for tag, found in tags.items() if found}
