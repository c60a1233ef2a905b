"""What to export, how large, and what came of it; the window stays usable beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable

_TEXTS = {
    "png": "Picture of the 3D view (PNG)",
    "glb": "Scene and boxes (GLB)",
    "ply": "Scene and boxes (PLY)",
    "csv": "Candidates (CSV)",
    "json": "Candidates (JSON)",
}
_WIDTH_PX = 420


class ExportPanel(QDialog):
    """A window of its own that blocks nothing.

    Args:
        kinds: file kinds, in the order to offer them.
        max_scale: of pictures.
    """

    export_requested = Signal(str, int, bool, bool)
    remake_requested = Signal()
    size_wanted = Signal(int)

    def __init__(
        self, kinds: Sequence[str], *, max_scale: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(_WIDTH_PX)
        self.kind, self.scale = QComboBox(), QSpinBox()
        for kind in kinds:
            self.kind.addItem(_TEXTS[kind], kind)
        self.kind.setAccessibleName("What to export")
        self.scale.setRange(1, max_scale)
        self.scale.setSuffix(" x")
        self.scale.setAccessibleName("Size of the picture, times the 3D view")
        self.boxes_only = QCheckBox("Boxes and text only")
        self.boxes_only.setToolTip("Leaves the scan itself out, so that the file may be passed on")
        self.transparent = QCheckBox("Transparent background")
        self._size, self._report = QLabel(), QLabel()
        self._size.setObjectName("caption")
        self._report.setObjectName("caption")
        self._report.setWordWrap(True)
        self._report.setTextFormat(Qt.TextFormat.PlainText)
        make_readable(self._report, "What was exported")
        self.remake, self.save = QPushButton("Make a figure again…"), QPushButton("Export…")
        self.remake.setToolTip("Take camera, layers and size from a figure's .camera.json")
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._refresh)
        self.scale.valueChanged.connect(self._refresh)
        self.save.clicked.connect(self._on_save)
        self.remake.clicked.connect(self.remake_requested)

    @property
    def report(self) -> str:
        """What it says now."""
        return self._report.text()

    def show_report(self, text: str) -> None:
        """What was written, or why nothing was."""
        self._report.setText(text)
        self._report.setVisible(bool(text))
        self._refresh()
        self.adjustSize()

    def show_size(self, width_px: int, height_px: int) -> None:
        """How large the picture will be."""
        self._size.setText(f"{width_px} x {height_px} px")

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the 3D view may have another size by now."""
        super().showEvent(event)
        self._refresh()
        self.kind.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt: next time without the old report."""
        self.show_report("")
        super().closeEvent(event)

    def _lay_out(self) -> None:
        sized = QHBoxLayout()
        sized.setSpacing(2 * GAP_PX)
        sized.addWidget(self.scale)
        sized.addWidget(self._size, 1)
        form = QFormLayout()
        form.setSpacing(2 * GAP_PX)
        form.addRow("Export", self.kind)
        form.addRow("Size", sized)
        form.addRow("", self.boxes_only)
        form.addRow("", self.transparent)
        buttons = QHBoxLayout()
        buttons.addWidget(self.remake)
        buttons.addStretch()
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addLayout(form)
        column.addWidget(self._report)
        column.addLayout(buttons)
        self._report.hide()

    def _refresh(self) -> None:
        kind = self.kind.currentData()
        self.scale.setEnabled(kind == "png")
        self._size.setVisible(kind == "png")
        self.transparent.setEnabled(kind == "png")
        self.boxes_only.setEnabled(kind in ("png", "glb", "ply"))
        self.size_wanted.emit(self.scale.value())

    def _on_save(self) -> None:
        self.export_requested.emit(
            self.kind.currentData(),
            self.scale.value(),
            self.boxes_only.isChecked(),
            self.transparent.isChecked(),
        )
