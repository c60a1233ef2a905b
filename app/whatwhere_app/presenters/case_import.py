"""Annotated cases from a file: first what it would do, then, where that is wanted, done."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from whatwhere.annotations.exchange.taking_in import Incoming, TakenIn
from whatwhere_app.exchange_values import IncomingShown
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_KINDS = {
    "tags": "tag",
    "notes": "note",
    "seen_by": "mark as done",
    "verdicts": "verdict",
    "boxes": "box",
    "regions": "region",
    "settlements": "settled tag",
}
_MARKS = "marks as done"


class ImportView(Protocol):
    """The panel."""

    def show_incoming(self, shown: IncomingShown) -> None:
        """Say what a file would do."""


class Coming(Protocol):
    """The store, as cases come into it."""

    async def look_into(self, path: Path) -> Incoming:
        """What importing a file would do."""

    async def take_in(self, path: Path) -> TakenIn:
        """Import a file."""


class CaseImportPresenter:
    """Reads a file twice: to say what it would do, and to do it.

    Args:
        taken: cases were taken in: what is shown has to be read again.
    """

    def __init__(
        self, view: ImportView, store: Coming, board: TaskBoard, *, taken: Callable[[], None]
    ) -> None:
        self._view, self._store, self._board, self._taken = view, store, board, taken
        self._latest = LatestOnly(board)
        self._path: Path | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a file is being read."""
        return self._latest.is_running

    def look(self, path: Path) -> None:
        """Say what this file would do."""
        self._path = path
        self._latest.run(
            self._store.look_into(path),
            lambda found: self._view.show_incoming(incoming_shown(path, found)),
        )

    def take(self) -> None:
        """Take in what was looked at."""
        path = self._path
        if path is not None:
            self._latest.run(self._store.take_in(path), lambda taken: self._say(path, taken))

    def _say(self, path: Path, taken: TakenIn) -> None:
        self._taken()
        self._board.notice(
            f"{path.name}: {counted(taken.num_cases, 'case')}; {taken.num_new:,} annotations are "
            f"new, {taken.num_known:,} were known, {taken.num_kept:,} differ from what is said "
            "here, which stays. Undo takes them back.",
            level="info",
        )


def incoming_shown(path: Path, found: Incoming) -> IncomingShown:
    """What a file would do, in words."""
    taken = found.taken
    lines = [f"{counted(taken.num_cases, 'case')}, {found.num_new_cases:,} new to this store"]
    added = ", ".join(_some(count, _KINDS[kind]) for kind, count in found.new.items())
    lines.append(f"Added: {added}" if added else "Added: nothing, all of it is known")
    if found.new_tags:
        lines.append(f"New kinds of tags: {', '.join(found.new_tags)}")
    if taken.num_known:
        lines.append(f"Known already: {taken.num_known:,}")
    if taken.num_kept:
        lines.append(f"Refused, for it says otherwise here, which stays: {taken.num_kept:,}")
    kept = tuple(f"{_KINDS[kind]} of {who}: {text}" for kind, who, text in found.kept)
    can_take = bool(found.new or found.num_new_cases or found.new_tags)
    return IncomingShown(path.name, tuple(lines), kept, can_take)


def _some(count: int, kind: str) -> str:
    return (
        f"{count:,} {_MARKS}" if kind == _KINDS["seen_by"] and count > 1 else counted(count, kind)
    )
