"""Filters by what annotators say: looked up, undone, counted, kept true while tags are given."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtGui import QUndoStack

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, toggle_tag
from whatwhere.annotations.place import default_place
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.wanted import NO, YES, Wanted
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import StoredCases, open_cases, write_cases
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.case_values import ChipShown
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.case_filters import CaseFiltersPresenter
from whatwhere_app.presenters.said_filters import SaidFiltersPresenter
from whatwhere_app.said_values import OfferGroup
from whatwhere_app.services.annotation_place import judge_alone, use_annotator
from whatwhere_app.services.said_rows import count_said, look_up_said
from whatwhere_app.tasks.board import TaskBoard

pytestmark = pytest.mark.usefixtures("display", "home")

Until = Callable[[Callable[[], bool]], Awaitable[None]]
TAG = Wanted("tag", "copies-2d")
_NUM_CASES = 12


class Chips:
    """What is on the screen."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.groups: Sequence[OfferGroup] = ()

    def show_chips(self, chips: Sequence[ChipShown], switched: object) -> None:
        self.texts = [chip.text for chip in chips]

    def show_offers(self, groups: Sequence[OfferGroup]) -> None:
        self.groups = groups

    def count(self, wanted: Wanted) -> int | None:
        """Behind an offer."""
        found = [o for group in self.groups for o in group.offers if o.wanted == wanted]
        return found[0].count if found else None


class Parts:
    """A diagnosis, its filters, and a store."""

    def __init__(self, folder: Path) -> None:
        made = made_cases(_NUM_CASES, seed=1)
        write_cases(folder / "made", made.facts, made.columns, made.texts)
        self.cases: StoredCases = open_cases(folder / "made")
        self.desk, self.view, self.stack = CasesDesk(), Chips(), QUndoStack()
        board = TaskBoard()
        self.filters = CaseFiltersPresenter(self.view, self.desk, self.stack, board)
        self.said = SaidFiltersPresenter(
            self.view,
            self.desk,
            board,
            change_to=self.filters.change_to,
            count=count_said,
            look_up=look_up_said,
        )
        self.store: AnnotationStore = open_store(default_place())

    @property
    def is_idle(self) -> bool:
        return not (self.said.is_busy or self.filters.is_busy)

    @property
    def kept(self) -> list[int]:
        sifted = self.desk.sifted
        return [] if sifted is None else sorted(sifted.order.tolist())

    def tag(self, index: int, annotator: str = "ada") -> None:
        """Give the tag, or take it off."""
        case = annotated_cases(self.cases, [index])[0]
        said = self.store.annotations_of([case.case_id]).get(case.case_id, CaseAnnotations())
        tag = next(tag for tag in DEFAULT_TAGS if tag.tag_id == TAG.value)
        self.store.apply(toggle_tag(said, case.case_id, annotator, tag), [case])

    def mark(self, index: int, annotator: str) -> None:
        """Have done with a case."""
        case = annotated_cases(self.cases, [index])[0]
        self.store.apply(mark_seen(CaseAnnotations(), case.case_id, annotator), [case])


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """Cases 1 and 4 carry the tag of ada, 5 that of ben; ada has done with 7."""
    found = Parts(tmp_path)
    for index, annotator in ((1, "ada"), (4, "ada"), (5, "ben")):
        found.tag(index, annotator)
    found.mark(7, "ada")
    yield found
    found.store.close()


def test_filters_by_annotations_join_undo_and_follow_the_store(
    parts: Parts, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    view, said = parts.view, parts.said

    async def scenario() -> None:
        parts.desk.set_cases(parts.cases)
        await until(lambda: view.count(TAG) == 3 and parts.is_idle)
        assert view.count(Wanted("annotator", "ada")) == 3
        assert view.count(Wanted("annotated", YES)) == 4
        assert view.count(Wanted("annotated", NO)) == _NUM_CASES - 4

        said.toggle(TAG)
        await until(lambda: view.texts == ["tag = copies 2D"] and parts.kept == [1, 4, 5])
        said.toggle(Wanted("annotator", "ada"))
        await until(lambda: parts.kept == [1, 4] and parts.is_idle)
        assert view.texts == ["tag = copies 2D", "by ada"]
        said.toggle(Wanted("annotator", "ben"))
        await until(lambda: parts.kept == [5] and parts.is_idle)
        parts.filters.remove(1)
        await until(lambda: parts.kept == [1, 4, 5] and parts.is_idle)
        parts.stack.undo()
        await until(lambda: parts.kept == [5] and parts.is_idle)
        parts.stack.undo()
        await until(lambda: parts.kept == [1, 4] and parts.is_idle)

        parts.desk.set_case(4)
        parts.tag(4)
        parts.tag(2)
        said.on_said()
        await until(lambda: parts.kept == [1, 2] and parts.is_idle)
        assert parts.desk.case == 4
        assert view.count(TAG) == 3
        parts.stack.undo()
        await until(lambda: parts.kept == [1, 2, 5] and parts.is_idle)
        parts.stack.undo()
        await until(lambda: len(parts.kept) == _NUM_CASES and parts.is_idle)
        said.toggle(Wanted("annotated", NO))
        await until(lambda: parts.kept == [0, 3, 4, 6, 8, 9, 10, 11] and parts.is_idle)

    loop.run_until_complete(scenario())


def test_who_judges_independently_filters_by_her_own_annotations_alone(
    parts: Parts, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    view, said = parts.view, parts.said

    async def scenario() -> None:
        use_annotator("ben")
        judge_alone(True)
        parts.desk.set_cases(parts.cases)
        await until(lambda: view.count(TAG) == 1 and parts.is_idle)
        assert view.count(Wanted("annotator", "ada")) is None
        said.toggle(TAG)
        await until(lambda: parts.kept == [5] and parts.is_idle)
        judge_alone(False)
        said.on_said()
        await until(lambda: parts.kept == [1, 4, 5] and view.count(TAG) == 3 and parts.is_idle)
        said.toggle(Wanted("annotator", "ada"))
        await until(lambda: parts.kept == [1, 4] and parts.is_idle)
        judge_alone(True)
        said.on_said()
        await until(lambda: parts.kept == [] and parts.is_idle)

    try:
        loop.run_until_complete(scenario())
    finally:
        judge_alone(False)
        use_annotator("")
