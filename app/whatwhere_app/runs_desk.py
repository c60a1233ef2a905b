"""What the training panel works on: the runs as they were last seen, and which of them are meant.

The one shared state of that panel, as the workspace is of the rest: frozen values, `set_x`,
`x_changed`; presenters write, and hear of each other through it alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from whatwhere.training.metric_log import Curve
from whatwhere.training.run_summary import RunSummary


@dataclass(frozen=True, slots=True, eq=False)
class RunsLook:
    """All runs at one moment.

    Attributes:
        summaries: newest first.
        seconds_per_step: of those runs whose metrics say it.
        curves: of the selected runs: folder -> metric -> curve.
        log: the last lines of the first selected run's log.
    """

    summaries: tuple[RunSummary, ...] = ()
    seconds_per_step: Mapping[Path, float] = field(default_factory=dict)
    curves: Mapping[Path, Mapping[str, Curve]] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    def summary_of(self, run: Path | None) -> RunSummary | None:
        """One of the runs."""
        return next((summary for summary in self.summaries if summary.path == run), None)


@dataclass(frozen=True, slots=True)
class CheckpointRef:
    """A checkpoint: the folder of its run, and the steps that were done."""

    run: Path
    step: int


class RunsDesk(QObject):
    """The state of the training panel."""

    look_changed = Signal()
    selected_changed = Signal()
    checkpoint_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = RunsLook()
        self._selected: tuple[Path, ...] = ()
        self._checkpoint: CheckpointRef | None = None

    @property
    def look(self) -> RunsLook:
        """The runs as they were last seen."""
        return self._look

    @property
    def selected(self) -> tuple[Path, ...]:
        """Folders of the runs that are shown; commands go to the first."""
        return self._selected

    @property
    def run(self) -> RunSummary | None:
        """The run that commands go to."""
        return self._look.summary_of(self._selected[0]) if self._selected else None

    @property
    def checkpoint(self) -> CheckpointRef | None:
        """The checkpoint that is chosen, of the first selected run."""
        return self._checkpoint

    def set_look(self, look: RunsLook) -> None:
        """The runs were looked at again."""
        self._look = look
        self.look_changed.emit()

    def set_selected(self, runs: tuple[Path, ...]) -> None:
        """Show other runs."""
        if runs != self._selected:
            self._selected = runs
            if self._checkpoint is not None and self._checkpoint.run not in runs[:1]:
                self.set_checkpoint(None)
            self.selected_changed.emit()

    def set_checkpoint(self, checkpoint: CheckpointRef | None) -> None:
        """Choose another checkpoint."""
        if checkpoint != self._checkpoint:
            self._checkpoint = checkpoint
            self.checkpoint_changed.emit()
