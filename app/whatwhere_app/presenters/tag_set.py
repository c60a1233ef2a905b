"""The set of tags, edited: each wish a stored change, or a sentence why not."""

from collections.abc import Callable, Sequence
from typing import Protocol

from whatwhere.annotations.changes import Change
from whatwhere.annotations.tag_edits import (
    add_tag,
    give_digit,
    move_tag,
    recolor_tag,
    rename_tag,
    restore_tag,
    retire_tag,
)
from whatwhere.errors import ConfigError
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.sharing_values import TagEdited


class TagSetView(Protocol):
    """The editor."""

    def show_tags(self, tags: Sequence[TagEdited]) -> None:
        """The set as it is."""

    def say(self, text: str) -> None:
        """Why something was refused; "" takes it away."""

    def clear_new(self) -> None:
        """What was typed has been added."""


class TagSetPresenter:
    """Shows the set of tags and changes it."""

    def __init__(self, view: TagSetView, desk: AnnotateDesk, acts: AnnotateActs) -> None:
        self._view, self._desk, self._acts = view, desk, acts
        desk.tags_changed.connect(self._show)
        self._show()

    def add(self, caption: str) -> None:
        """One more tag."""
        if self._do(lambda who: add_tag(self._desk.every_tag, caption, who)):
            self._view.clear_new()

    def rename(self, tag_id: str, caption: str) -> None:
        """Another caption."""
        self._do(lambda who: rename_tag(self._desk.every_tag, tag_id, caption, who))

    def recolor(self, tag_id: str, color: str) -> None:
        """Another colour."""
        self._do(lambda who: recolor_tag(self._desk.every_tag, tag_id, color, who))

    def give_digit(self, tag_id: str, digit: str) -> None:
        """Another key; "" takes it away."""
        number = int(digit) if digit else None
        self._do(lambda who: give_digit(self._desk.every_tag, tag_id, number, who))

    def move(self, tag_id: str, by: int) -> None:
        """Up or down."""
        self._do(lambda who: move_tag(self._desk.every_tag, tag_id, by, who))

    def retire(self, tag_id: str) -> None:
        """Offer it no more."""
        self._do(lambda who: retire_tag(self._desk.every_tag, tag_id, who))

    def restore(self, tag_id: str) -> None:
        """Offer it again."""
        self._do(lambda who: restore_tag(self._desk.every_tag, tag_id, who))

    def _do(self, edit: Callable[[str], Change]) -> bool:
        try:
            self._acts.do(edit(self._desk.annotator))
        except ConfigError as error:
            said = str(error)
            self._view.say(said[:1].upper() + said[1:])
            self._show()
            return False
        self._view.say("")
        return True

    def _show(self) -> None:
        self._view.show_tags(
            [
                TagEdited(
                    tag.tag_id,
                    tag.caption,
                    "" if tag.digit is None else str(tag.digit),
                    tag.color,
                    tag.is_retired,
                )
                for tag in self._desk.every_tag
            ]
        )
