"""Which of the cases in hand one goes through: filters by what is said of them, live."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtGui import QUndoCommand, QUndoStack

from whatwhere.annotations.wanted import NO, YES, Wanted
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.case_values import ChipShown
from whatwhere_app.presenters.lasting import Lasting
from whatwhere_app.presenters.said_filters import offers
from whatwhere_app.said_values import OfferGroup
from whatwhere_app.services.said_rows import SaidCounts


class ChipsView(Protocol):
    """The chips in use."""

    def show_chips(self, chips: Sequence[ChipShown], note: str) -> None:
        """Replace them."""


class MenuView(Protocol):
    """The menu beside them."""

    def show_offers(self, groups: Sequence[OfferGroup]) -> None:
        """Replace it."""


class WantedChange(Lasting):
    """From some filters to others."""

    def __init__(
        self, desk: AnnotateDesk, text: str, before: tuple[Wanted, ...], after: tuple[Wanted, ...]
    ) -> None:
        super().__init__(text)
        self._desk, self._before, self._after = desk, before, after

    def undo(self) -> None:
        """Qt: the filters of before."""
        self._desk.set_wanted(self._before)

    def redo(self) -> None:
        """Qt: the filters of afterwards."""
        self._desk.set_wanted(self._after)

    def again(self) -> QUndoCommand:
        """The same change, for another stack."""
        return WantedChange(self._desk, self.text(), self._before, self._after)


class AnnotateFilterPresenter:
    """A case that falls out of the filters stays in hand until one goes on.

    Args:
        stack: takes every change.
    """

    def __init__(
        self, view: ChipsView, menu: MenuView, desk: AnnotateDesk, stack: QUndoStack
    ) -> None:
        self._view, self._menu, self._desk, self._stack = view, menu, desk, stack
        for signal in (
            desk.wanted_changed,
            desk.said_changed,
            desk.place_changed,
            desk.queue_changed,
            desk.tags_changed,
        ):
            signal.connect(self._show)
        self._show()

    def toggle(self, wanted: Wanted) -> None:
        """Filter by this, or no longer; tags add up, of the rest one takes another's place."""
        held = self._desk.wanted
        if wanted in held:
            self.remove(held.index(wanted))
            return
        kept = tuple(item for item in held if wanted.kind == "tag" or item.kind != wanted.kind)
        self._change(f"filter {self._caption(wanted)}", (*kept, wanted))

    def remove(self, number: int) -> None:
        """Take one filter away."""
        held = self._desk.wanted
        if number < len(held):
            rest = (*held[:number], *held[number + 1 :])
            self._change(f"remove filter {self._caption(held[number])}", rest)

    def fill_menu(self) -> None:
        """Count anew what can be chosen."""
        desk = self._desk
        queue = desk.queue
        counts: Counter[Wanted] = Counter()
        annotators: set[str] = set()
        for said in [] if queue is None else desk.everything_said:
            given = {Wanted("tag", item.tag_id) for item in said.tags}
            given |= {Wanted("verdict", item.verdict) for item in said.verdicts}
            everyone = (said.tags, said.notes, said.seen, said.verdicts, said.boxes, said.regions)
            names = {item.annotator for part in everyone for item in part}
            annotators |= names
            given |= {Wanted("annotator", name) for name in names}
            if names:
                given.add(Wanted("annotated", YES))
            counts.update(given)
        count = 0 if queue is None else len(queue.cases)
        counts[Wanted("annotated", NO)] = count - counts[Wanted("annotated", YES)]
        known = SaidCounts(desk.every_tag, tuple(sorted(annotators)), dict(counts))
        self._menu.show_offers(offers(known, set(desk.wanted)))

    def _caption(self, wanted: Wanted) -> str:
        return wanted.caption({tag.tag_id: tag.caption for tag in self._desk.every_tag})

    def _change(self, text: str, after: tuple[Wanted, ...]) -> None:
        self._stack.push(WantedChange(self._desk, text, self._desk.wanted, after))

    def _show(self) -> None:
        desk = self._desk
        chips = [ChipShown(self._caption(item)) for item in desk.wanted]
        note = ""
        if desk.wanted and desk.queue is not None:
            kept = len(desk.matching)
            note = f"{kept:,} of {len(desk.queue.cases):,} cases"
            if desk.case is not None and desk.place not in desk.matching:
                note += " · this one is not among them"
        self._view.show_chips(chips, note)
