"""Tags, note and "done": one key or one click each."""

from collections.abc import Sequence
from typing import Protocol

from whatwhere.annotations.edits import mark_seen, set_note, toggle_tag
from whatwhere.annotations.values import Tag
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.annotate_values import TagShown
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.annotate_hints import hints_for
from whatwhere_app.tasks.board import TaskBoard

_INDEPENDENT = "Independent: what others say is hidden until both have done with the case."
_LOCKED = (
    "You and another annotator have both done with this case, so its tags stay as each gave them. "
    "Settle what you differ on under Annotate → Agreement…"
)


class TagsView(Protocol):
    """The right side."""

    def show_tags(self, tags: Sequence[TagShown]) -> None:
        """The tags that are offered."""

    @property
    def typed_note(self) -> str | None:
        """What was typed and not told yet; None without it."""

    def show_note(self, case_id: str, text: str, others: Sequence[str]) -> None:
        """This annotator's note on a case, and what others wrote."""

    def set_can_annotate(self, can: bool) -> None:
        """Whether a case is in hand."""

    def show_mode(self, text: str) -> None:
        """How one annotates; "" where there is nothing to say."""


class AnnotateTagsPresenter:
    """Turns keys and clicks into changes of the case in hand."""

    def __init__(
        self, view: TagsView, desk: AnnotateDesk, acts: AnnotateActs, board: TaskBoard
    ) -> None:
        self._view, self._desk, self._acts, self._board = view, desk, acts, board
        self._noted = ""
        for signal in (desk.place_changed, desk.said_changed, desk.tags_changed):
            signal.connect(self._show)
        self._show()

    def toggle(self, tag_id: str) -> None:
        """Give the case a tag, or take it off."""
        desk, case = self._desk, self._desk.case
        tag = next((tag for tag in self._offered() if tag.tag_id == tag_id), None)
        if case is None or tag is None:
            return
        if desk.is_locked:
            self._board.notice(_LOCKED, level="warning")
            self._show()
        else:
            self._acts.do(toggle_tag(desk.said, case.case_id, desk.annotator, tag))

    def press(self, digit: int) -> None:
        """A digit was pressed."""
        for tag in self._desk.tags:
            if tag.digit == digit:
                self.toggle(tag.tag_id)

    def write(self, text: str) -> None:
        """The note is to say this."""
        desk, case = self._desk, self._desk.case
        if case is not None:
            self._acts.do(set_note(desk.said, case.case_id, desk.annotator, text))

    def keep_typed(self) -> None:
        """What was typed into the note belongs to the case that it was typed for."""
        typed, of, desk = self._view.typed_note, self._noted, self._desk
        if typed is not None and desk.place_of(of) is not None:
            self._acts.do(set_note(desk.said_of(of), of, desk.annotator, typed), stay=True)

    def finish(self) -> None:
        """Done with this case; the next one that is not, if there is one."""
        desk, case, queue = self._desk, self._desk.case, self._desk.queue
        if case is None or queue is None:
            return
        self.keep_typed()
        self._acts.do(mark_seen(desk.said, case.case_id, desk.annotator))
        behind = [place for place in desk.matching if place > desk.place]
        for place in (*behind, *(place for place in desk.matching if place < desk.place)):
            said = desk.said_of(queue.cases[place].case_id)
            if said.seen_by(desk.annotator) is None:
                desk.set_place(place)
                return

    def _offered(self) -> tuple[Tag, ...]:
        """The set of tags, and those that are retired but given here."""
        given = {item.tag_id for item in self._desk.said.tags}
        return tuple(
            tag for tag in self._desk.every_tag if not tag.is_retired or tag.tag_id in given
        )

    def _show(self) -> None:
        case_id = "" if self._desk.case is None else self._desk.case.case_id
        if case_id != self._noted:
            self.keep_typed()
            self._noted = case_id
        desk, said = self._desk, self._desk.said
        mine = set(said.tag_ids(desk.annotator))
        hints = hints_for(desk)
        self._view.show_tags(
            [
                TagShown(
                    tag.tag_id,
                    "" if tag.digit is None else str(tag.digit),
                    tag.caption,
                    tag.tag_id in mine,
                    sum(
                        item.tag_id == tag.tag_id and item.annotator != desk.annotator
                        for item in said.tags
                    ),
                    hints.get(tag.tag_id, ""),
                    tag.color,
                    tag.is_retired,
                )
                for tag in self._offered()
            ]
        )
        self._view.show_mode(_mode_of(desk))
        note = said.note_of(desk.annotator)
        others = [
            f"{item.annotator}: {item.text}"
            for item in said.notes
            if item.annotator != desk.annotator
        ]
        self._view.show_note(case_id, "" if note is None else note.text, others)
        self._view.set_can_annotate(desk.case is not None)


def _mode_of(desk: AnnotateDesk) -> str:
    if desk.is_locked:
        return "Both have done with this case: its tags stay as each gave them."
    return _INDEPENDENT if desk.is_independent else ""
