"""What was done, newest first; a click goes back or forth to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.annotate_values import HistoryRow

_SHOWN = 100


class HistoryView(Protocol):
    """The list."""

    def show_history(self, rows: Sequence[HistoryRow]) -> None:
        """Replace the rows, newest first."""


class AnnotateHistoryPresenter:
    """Shows what this annotator did; what can be redone stands on top, marked."""

    def __init__(self, view: HistoryView, desk: AnnotateDesk) -> None:
        self._view, self._desk = view, desk
        desk.history_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        today = datetime.now().astimezone().date()
        rows = []
        for entry in reversed(self._desk.history[-_SHOWN:]):
            made = datetime.fromisoformat(entry.change.made_at).astimezone()
            form = "%H:%M:%S" if made.date() == today else "%Y-%m-%d"
            title = entry.change.title
            place = self._desk.place_of(entry.change.case_id)
            where = "" if place is None else f" · case {place + 1}"
            rows.append(
                HistoryRow(title + where, made.strftime(form), is_undone=entry.state == "undone")
            )
        self._view.show_history(rows)
