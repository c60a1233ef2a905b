"""A report to attach when something went wrong: first shown, then saved."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere_app.services.report import ReportPart, write_report
from whatwhere_app.view_values import Row


class ReportView(Protocol):
    """The window that previews a report."""

    def show_parts(self, rows: Sequence[Row], texts: Sequence[str]) -> None:
        """Come up with the list of files and what stands in each."""

    def show_report(self, text: str) -> None:
        """What was written, or why nothing was."""


class ReportPresenter:
    """Gathers a report, shows all of it, and writes it only when told where.

    Args:
        gather: makes the parts.

    Attributes:
        parts: what was shown last.
    """

    def __init__(self, view: ReportView, *, gather: Callable[[], tuple[ReportPart, ...]]) -> None:
        self._view = view
        self._gather = gather
        self.parts: tuple[ReportPart, ...] = ()

    def preview(self) -> None:
        """Show what would be saved."""
        self.parts = self._gather()
        rows = [
            Row(part.name, part.name, f"{part.what} · {len(part.data) / 1024:.1f} kB")
            for part in self.parts
        ]
        texts = [part.data.decode("utf-8", errors="replace") for part in self.parts]
        self._view.show_parts(rows, texts)
        self._view.show_report("")

    def save(self, path: Path) -> None:
        """Write exactly what was shown."""
        try:
            write_report(self.parts, path)
        except OSError as error:
            why = error.strerror or str(error)
            self._view.show_report(f"{path}: could not be written ({why}). Choose another folder.")
        else:
            self._view.show_report(f"Wrote {path}. Nothing was sent anywhere.")
