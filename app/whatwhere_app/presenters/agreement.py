"""Two annotators compared on the cases in hand; what they differ on is walked through."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from whatwhere.annotations.agreement import Agreement, Disagreement, TagAgreement
from whatwhere.annotations.edits import settle
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.sharing_values import AgreementLine, AgreementShown, DisagreementLine
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_NOBODY = (
    "Nobody else has annotated in this store yet. A colleague works in the same database under "
    "her own name (Settings), or her file of cases is taken in (Annotate → Import cases…)."
)
_NO_CASES = "No cases are in hand. Filter to some in Diagnose, and press “Annotate these”."
_WORDS = {"holds": True, "not": False, "open": None}


class AgreementView(Protocol):
    """The panel."""

    def isVisible(self) -> bool:  # Qt's name
        """Whether it is seen."""

    def show_others(self, names: Sequence[str], chosen: str) -> None:
        """Who else annotated."""

    def show_agreement(self, shown: AgreementShown) -> None:
        """Replace the figures and the differences."""


class Comparing(Protocol):
    """The store."""

    async def annotators(self) -> tuple[str, ...]:
        """Everybody who annotated."""

    async def agreement(self, other: str, case_ids: Collection[str]) -> Agreement:
        """How far the annotator and another one agree."""


@dataclass(frozen=True, slots=True)
class _Found:
    others: tuple[str, ...]
    agreement: Agreement | None


class AgreementPresenter:
    """Reads anew whenever something is said, while it is seen."""

    def __init__(
        self,
        view: AgreementView,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        store: Comparing,
        board: TaskBoard,
    ) -> None:
        self._view, self._desk, self._acts, self._store = view, desk, acts, store
        self._latest = LatestOnly(board)
        self._other, self._selected = "", ""
        self._found: _Found | None = None
        for signal in (desk.said_changed, desk.queue_changed, desk.tags_changed):
            signal.connect(self.refresh)

    @property
    def is_busy(self) -> bool:
        """Whether the two are being compared."""
        return self._latest.is_running

    def refresh(self) -> None:
        """Compare anew, if anybody looks."""
        if not self._view.isVisible():
            return
        queue = self._desk.queue
        ids = () if queue is None else tuple(case.case_id for case in queue.cases)
        self._latest.run(self._read(frozenset(ids)), self._on_found)

    def choose(self, other: str) -> None:
        """Compare with somebody else."""
        self._other, self._selected = other, ""
        self.refresh()

    def go_to(self, key: str) -> None:
        """Take the case of a difference in hand."""
        self._selected = key
        item = self._item(key)
        place = None if item is None else self._desk.place_of(item.case.case_id)
        if place is not None:
            self._desk.set_place(place)
        self._show()

    def settle(self, word: str) -> None:
        """Say what holds of the difference in hand, and go on to the next that is open."""
        item = self._item(self._selected)
        if item is None:
            return
        case_id, desk = item.case.case_id, self._desk
        said = desk.said_of(case_id)
        following = self._next_open(self._selected)
        self._acts.do(settle(said, case_id, desk.annotator, item.tag, _WORDS[word]))
        if following and _WORDS[word] is not None:
            self.go_to(following)

    async def _read(self, case_ids: Collection[str]) -> _Found:
        known = await self._store.annotators()
        others = tuple(name for name in known if name != self._desk.annotator)
        if self._other not in others:
            self._other = others[0] if others else ""
        if not self._other or not case_ids:
            return _Found(others, None)
        return _Found(others, await self._store.agreement(self._other, case_ids))

    def _on_found(self, found: _Found) -> None:
        self._found = found
        self._view.show_others(found.others, self._other)
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        agreement = found.agreement
        if agreement is None:
            about = _NO_CASES if found.others else _NOBODY
            self._view.show_agreement(AgreementShown(about, self._other))
            return
        about = _about(agreement, self._num_cases())
        if not agreement.num_both:
            self._view.show_agreement(AgreementShown(about, self._other))
            return
        if self._item(self._selected) is None:
            self._selected = ""
        self._view.show_agreement(
            AgreementShown(
                about,
                self._other,
                tuple(_line(item) for item in sorted(agreement.tags, key=_is_silent)),
                tuple(self._difference(item) for item in agreement.disagreements),
                agreement.num_open,
                self._selected,
            )
        )

    def _num_cases(self) -> int:
        return 0 if self._desk.queue is None else len(self._desk.queue.cases)

    def _difference(self, item: Disagreement) -> DisagreementLine:
        place = self._desk.place_of(item.case.case_id)
        settled = ""
        if item.settled is not None:
            word = "holds" if item.settled.holds else "does not hold"
            settled = f"{word} ({item.settled.settled_by})"
        number = "" if place is None else str(place + 1)
        texts = (number, item.case.expression, item.tag.caption, item.given_by, settled)
        return DisagreementLine(_key(item), texts, item.settled is None)

    def _items(self) -> tuple[Disagreement, ...]:
        agreement = None if self._found is None else self._found.agreement
        return () if agreement is None else agreement.disagreements

    def _item(self, key: str) -> Disagreement | None:
        return next((item for item in self._items() if _key(item) == key), None)

    def _next_open(self, key: str) -> str:
        keys = [_key(item) for item in self._items()]
        at = keys.index(key)
        items = self._items()
        order = (*items[at + 1 :], *items[:at])
        return next((_key(item) for item in order if item.settled is None), "")


def _key(item: Disagreement) -> str:
    return f"{item.case.case_id} {item.tag.tag_id}"


def _about(agreement: Agreement, num_cases: int) -> str:
    first, second = agreement.first, agreement.second
    said = (
        f"You ({first}) and {second} have both done with {agreement.num_both:,} of the "
        f"{counted(num_cases, 'case')} in hand."
    )
    alone = [
        f"{count:,} that {who} alone"
        for who, count in (("you", agreement.num_first), (second, agreement.num_second))
        if count
    ]
    return f"{said} Left out: {', '.join(alone)} judged." if alone else said


def _is_silent(item: TagAgreement) -> bool:
    return item.num_neither == item.num_cases


def _mark(item: TagAgreement) -> str:
    kappa = item.kappa
    if not item.caution:
        return ""
    if kappa.kappa is None:
        return "never given" if _is_silent(item) else "always given"
    return "full agreement" if kappa.interval is None else "hangs on few"


def _line(item: TagAgreement) -> AgreementLine:
    kappa = item.kappa
    retired = " (retired)" if item.tag.is_retired else ""
    texts = (
        f"{item.tag.caption}{retired}",
        f"{item.num_both:,}",
        f"{item.num_first:,}",
        f"{item.num_second:,}",
        "-" if kappa.observed is None else f"{100 * kappa.observed:.0f} %",
        "-" if kappa.kappa is None else f"{kappa.kappa:.2f}",
        "" if kappa.interval is None else f"{kappa.interval[0]:.2f} to {kappa.interval[1]:.2f}",
    )
    return AgreementLine(item.tag.tag_id, (*texts, _mark(item)), item.caution)
