"""Which cases go out, in which forms, to where; and what was written, file by file."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.exchange_values import ExportAsked, FormShown, WrittenShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable

_WIDTH_PX = 520
_FIRST = ("jsonl",)


class CaseExportPanel(QDialog):
    """A window of its own that blocks nothing.

    Args:
        forms: in the order to offer them.
    """

    asked = Signal(object)
    """An `ExportAsked`."""
    folder_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, forms: Sequence[FormShown], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export annotated cases")
        self.setMinimumWidth(_WIDTH_PX)
        self.which = QComboBox()
        self.which.setAccessibleName("Which cases")
        self.ticks: dict[str, QCheckBox] = {}
        self._with_scans = [form.name for form in forms if form.carries_scans]
        ticks = QGridLayout()
        ticks.setSpacing(2 * GAP_PX)
        for number, form in enumerate(forms):
            tick = QCheckBox(form.caption)
            tick.setToolTip(form.hint)
            tick.setChecked(form.name in _FIRST)
            tick.setMinimumHeight(tick.sizeHint().height())
            tick.toggled.connect(self._refresh)
            ticks.addWidget(tick, number // 3, number % 3)
            self.ticks[form.name] = tick
        self.boxes_only = QCheckBox("Boxes and text only")
        self.boxes_only.setChecked(True)
        self.boxes_only.setToolTip(
            "Off, GLB and PLY hold the scan itself, too, with a notice of its licence beside them"
        )
        self.folder, self.name = QLineEdit(), QLineEdit("cases")
        self.folder.setAccessibleName("Folder")
        self.name.setAccessibleName("Name of the files")
        for line in (self.folder, self.name):
            line.textChanged.connect(self._refresh)
        self.choose = QPushButton("Choose…")
        self.choose.setAccessibleName("Choose the folder")
        self.choose.clicked.connect(self.folder_wanted)
        self.save = QPushButton("Export")
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._on_save)
        self.open_folder = QPushButton("Open folder")
        self.open_folder.clicked.connect(self.open_wanted)
        self._said = QLabel()
        self._said.setWordWrap(True)
        make_readable(self._said, "What was exported")
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(4 * GAP_PX)
        self._lines.setVerticalSpacing(GAP_PX)
        self._lines.setColumnStretch(1, 1)
        self._labels: list[QLabel] = []
        self._is_busy = False
        self._lay_out(ticks)
        self.show_written((), "")

    @property
    def lines(self) -> list[str]:
        """What it says of each file."""
        texts = [label.text() for label in self._labels]
        return [f"{file}: {said}" for file, said in zip(texts[::2], texts[1::2], strict=True)]

    @property
    def said(self) -> str:
        """What it says of all of them."""
        return self._said.text()

    def show_counts(self, num_all: int | None, num_in_hand: int) -> None:
        """How many cases there are to choose from; None while the store is being asked."""
        chosen = self.which.currentIndex()
        self.which.clear()
        count = "" if num_all is None else f" ({num_all:,})"
        self.which.addItem(f"All annotated cases{count}", False)
        if num_in_hand:
            self.which.addItem(f"Annotated ones of the cases in hand ({num_in_hand:,})", True)
        self.which.setCurrentIndex(min(max(chosen, 0), self.which.count() - 1))

    def show_folder(self, folder: Path) -> None:
        """Into which files go."""
        self.folder.setText(str(folder))

    def set_busy(self, is_busy: bool) -> None:
        """Whether files are being written."""
        self._is_busy = is_busy
        self._refresh()

    def show_written(self, lines: Sequence[WrittenShown], said: str) -> None:
        """Replace what it says of the last export."""
        for label in self._labels:
            self._lines.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for number, line in enumerate(lines):
            for column, text in enumerate((line.file, line.said)):
                label = QLabel(text)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setToolTip(line.path or text)
                label.setWordWrap(column == 1)
                label.setAlignment(Qt.AlignmentFlag.AlignTop)
                label.setObjectName("warningText" if line.is_fault and column else "")
                make_readable(label, line.file)
                self._lines.addWidget(label, number, column)
                self._labels.append(label)
        self._said.setText(said)
        self._said.setVisible(bool(said))
        self.open_folder.setVisible(any(not line.is_fault for line in lines))
        self._refresh()
        whole = self.layout()
        if whole is not None:  # lines are wrapped: their height goes by the width
            whole.activate()
            wrapped_px = whole.totalHeightForWidth(self.width())
            self.resize(self.width(), max(wrapped_px, self.minimumSizeHint().height()))

    def _lay_out(self, ticks: QGridLayout) -> None:
        where = QHBoxLayout()
        where.setSpacing(2 * GAP_PX)
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        form = QFormLayout()
        form.setSpacing(2 * GAP_PX)
        form.addRow("Cases", self.which)
        form.addRow("Forms", ticks)
        form.addRow("", self.boxes_only)
        form.addRow("Folder", where)
        form.addRow("Name", self.name)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open_folder)
        buttons.addStretch()
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addLayout(form)
        column.addWidget(self._said)
        column.addLayout(self._lines)
        column.addLayout(buttons)

    def _refresh(self) -> None:
        chosen = [name for name, tick in self.ticks.items() if tick.isChecked()]
        self.boxes_only.setEnabled(any(name in self._with_scans for name in chosen))
        is_whole = bool(chosen and self.folder.text().strip() and self.name.text().strip())
        self.save.setEnabled(is_whole and not self._is_busy)

    def _on_save(self) -> None:
        self.asked.emit(
            ExportAsked(
                Path(self.folder.text().strip()).expanduser(),
                self.name.text().strip(),
                tuple(name for name, tick in self.ticks.items() if tick.isChecked()),
                bool(self.which.currentData()),
                self.boxes_only.isChecked(),
            )
        )
