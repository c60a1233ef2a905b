"""Filters of Diagnose by what annotators say: looked up in the store, and again when it changes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from whatwhere.annotations.wanted import NO, YES, Wanted, annotator_of
from whatwhere.evaluation.cases.filters import Filter
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.serving.annotation_filters import ByAnnotation
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.said_values import OfferGroup, OfferShown
from whatwhere_app.services.said_rows import VERDICTS, SaidCounts
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_PAUSE_S = 0.15

LookUp = Callable[[Sequence[ByAnnotation], StoredCases, int], tuple[ByAnnotation, ...]]


class OffersView(Protocol):
    """The menu."""

    def show_offers(self, groups: Sequence[OfferGroup]) -> None:
        """Replace it."""


class SaidFiltersPresenter:
    """Adds, exchanges and takes away filters; keeps their answers those of the store.

    Args:
        change_to: takes other filters, as a step that can be undone.
        count: what cases can be filtered by; called in a thread.
        look_up: asks the store; called in a thread.
    """

    def __init__(
        self,
        view: OffersView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        change_to: Callable[[str, tuple[Filter, ...]], None],
        count: Callable[[StoredCases], SaidCounts],
        look_up: LookUp,
    ) -> None:
        self._view, self._desk, self._change_to = view, desk, change_to
        self._count, self._look_up = count, look_up
        self._counting, self._looking = LatestOnly(board), LatestOnly(board)
        self._revision, self._of = 0, desk.first
        self._counts: SaidCounts | None = None
        desk.cases_changed.connect(self._on_cases_changed)
        desk.filters_changed.connect(self._on_filters_changed)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether the store is being asked."""
        return self._counting.is_running or self._looking.is_running

    def toggle(self, wanted: Wanted) -> None:
        """Filter by this, or no longer; tags add up, of the rest one takes another's place."""
        first, filters = self._desk.first, self._desk.filters
        if first is None:
            return
        mine = [item for item in filters if isinstance(item, ByAnnotation)]
        held = next((item for item in mine if item.wanted == wanted), None)
        caption = wanted.caption(self._captions)
        if held is not None:
            rest = tuple(item for item in filters if item is not held)
            text = f"remove filter {caption}"
        else:
            rest = tuple(item for item in filters if not _gives_way(item, wanted))
            rest, text = (*rest, ByAnnotation(wanted, caption)), f"filter {caption}"
        self._looking.run(self._looked_up(first, rest), lambda found: self._change_to(text, found))

    def on_said(self) -> None:
        """Annotations have changed."""
        self._revision += 1
        self._look_again()
        self._count_again()

    @property
    def _captions(self) -> Mapping[str, str]:
        tags = () if self._counts is None else self._counts.tags
        return {tag.tag_id: tag.caption for tag in tags}

    def _on_cases_changed(self) -> None:
        if self._desk.first is not self._of:
            self._of = self._desk.first
            self._counts = None
            self.on_said()

    def _on_filters_changed(self) -> None:
        self._look_again()
        self._show()

    def _look_again(self) -> None:
        """An undone step brings back what was true before, as do other cases."""
        first, filters = self._desk.first, self._desk.filters
        mine = tuple(item for item in filters if isinstance(item, ByAnnotation))
        whose = annotator_of(tuple(item.wanted for item in mine))
        is_old = [(item.revision, item.whose) != (self._revision, whose) for item in mine]
        if first is not None and any(is_old):
            self._looking.run(self._looked_up(first, filters), self._desk.set_filters)

    async def _looked_up(
        self, cases: StoredCases, filters: tuple[Filter, ...]
    ) -> tuple[Filter, ...]:
        mine = [item for item in filters if isinstance(item, ByAnnotation)]
        found = iter(await asyncio.to_thread(self._look_up, mine, cases, self._revision))
        return tuple(next(found) if isinstance(item, ByAnnotation) else item for item in filters)

    def _count_again(self) -> None:
        first = self._desk.first
        if first is None:
            self._counting.cancel()
            self._show()
        else:
            self._counting.run(self._counted(first), self._on_counted)

    async def _counted(self, cases: StoredCases) -> SaidCounts:
        # Whoever goes quickly through the steps of a run does not wait for each one's counts.
        await asyncio.sleep(_PAUSE_S)
        return await asyncio.to_thread(self._count, cases)

    def _on_counted(self, counts: SaidCounts) -> None:
        self._counts = counts
        self._show()

    def _show(self) -> None:
        on = {item.wanted for item in self._desk.filters if isinstance(item, ByAnnotation)}
        self._view.show_offers(() if self._counts is None else offers(self._counts, on))


def offers(counts: SaidCounts, on: set[Wanted]) -> tuple[OfferGroup, ...]:
    """The menu of what cases can be filtered by."""

    def group(title: str, named: Sequence[tuple[Wanted, str]]) -> OfferGroup:
        shown = [
            OfferShown(wanted, caption, counts.counts.get(wanted, 0), wanted in on)
            for wanted, caption in named
        ]
        return OfferGroup(title, tuple(shown))

    tags = [
        (Wanted("tag", tag.tag_id), tag.caption)
        for tag in counts.tags
        if not tag.is_retired or counts.counts.get(Wanted("tag", tag.tag_id))
    ]
    people = [(Wanted("annotator", name), name) for name in counts.annotators]
    held = [Wanted("verdict", verdict) for verdict in VERDICTS]
    verdicts = [(item, item.value) for item in held if counts.counts.get(item) or item in on]
    groups = [
        group("Tag", tags),
        group("Annotated by", people),
        group("Ground truth held to be", verdicts),
        group(
            "Said or not",
            [(Wanted("annotated", YES), "Annotated"), (Wanted("annotated", NO), "Not annotated")],
        ),
    ]
    return tuple(item for item in groups if item.offers)


def _gives_way(item: Filter, wanted: Wanted) -> bool:
    is_like = isinstance(item, ByAnnotation) and item.wanted.kind == wanted.kind
    return is_like and wanted.kind != "tag"
