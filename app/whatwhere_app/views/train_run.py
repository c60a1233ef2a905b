"""What one run has: its checkpoints, one of them compared with its start, and its log."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.train_values import CheckpointRow, ComparedRow
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.reading import make_readable

_CHECKPOINTS = ("Step", "Fused", "2D only", "3D only", "Follows appearance")
_COMPARED = ("Probe set", "n", "Start", "This", "Difference, points")
_PLACES = ("Checkpoints", "Comparison", "Log")


class TrainRun(QTabWidget):
    """Three pages about the selected run.

    Args:
        commands: what can be done with a checkpoint, with the short text of each button.
        arrows: shows what is compared case by case.
    """

    checkpoint_chosen = Signal(int)

    def __init__(
        self,
        commands: Mapping[str, QAction],
        arrows: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.tabBar().setAccessibleName("About the selected run")
        self.checkpoints = PlainTable(
            _CHECKPOINTS, "Checkpoints", right=range(5), stretched=4, several=False
        )
        self.checkpoints.chosen.connect(self._on_chosen)
        self.buttons = {text: ActionButton(action, text) for text, action in commands.items()}
        self.compared = PlainTable(
            _COMPARED, "Comparison with the start of the run", right=(1, 2, 3, 4), stretched=0
        )
        self._note = QLabel("Choose a checkpoint, then Compare with start.")
        self._note.setObjectName("caption")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        make_readable(self._note, "What is compared, and on how much")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName("End of the run's log")
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.log.setPlaceholderText("What the selected run prints comes here.")
        self._lines: tuple[str, ...] = ()
        row = QHBoxLayout()
        row.setSpacing(GAP_PX)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        buttons = QWidget()
        buttons.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        beneath = QWidget()
        said = QHBoxLayout(beneath)
        said.setContentsMargins(0, 0, 0, 0)
        said.addWidget(self._note, 1)
        self.arrows = ActionButton(arrows, "Arrows in Diagnose")
        said.addWidget(self.arrows)
        pages = (
            _page(self.checkpoints, buttons),
            _page(self.compared, beneath),
            _page(self.log),
        )
        for title, page in zip(_PLACES, pages, strict=True):
            self.addTab(page, title)

    @property
    def note(self) -> str:
        """What is said of the comparison."""
        return self._note.text()

    def show_checkpoints(self, rows: Sequence[CheckpointRow], chosen: int | None) -> None:
        """Show all, and mark the one of this step."""
        texts = [TextRow(str(row.step), (str(row.step), *row.figures)) for row in rows]
        self.checkpoints.show_rows(texts, () if chosen is None else (str(chosen),))

    def show_comparison(self, rows: Sequence[ComparedRow], note: str) -> None:
        """Two columns and their difference; brings it to the front."""
        self._note.setText(note)
        self.compared.show_rows(
            [
                TextRow(
                    row.name,
                    (
                        row.name,
                        row.count,
                        row.before,
                        row.after,
                        f"{row.difference} *" if row.is_certain else row.difference,
                    ),
                    "The interval leaves 0 out." if row.is_certain else "",
                )
                for row in rows
            ]
        )
        self.setCurrentIndex(_PLACES.index("Comparison"))

    def show_log(self, lines: Sequence[str]) -> None:
        """Show these lines; follows the end, unless the user has scrolled away from it."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        bar = self.log.verticalScrollBar()
        was_at_end, place = bar.value() >= bar.maximum() - 1, bar.value()
        self.log.setPlainText("\n".join(lines))
        bar.setValue(bar.maximum() if was_at_end else place)

    def _on_chosen(self, keys: list[str]) -> None:
        if keys:
            self.checkpoint_chosen.emit(int(keys[0]))


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
    column.setSpacing(GAP_PX)
    for widget in widgets:
        column.addWidget(widget, 1 if isinstance(widget, PlainTable | QPlainTextEdit) else 0)
    return page
