"""Name, place and size of one box, in centimetres."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere_app.theme import GAP_PX

_FARTHEST_CM = 100_000
_LONGEST_NAME = 40
_AXES = ("x", "y", "z")


class BoxFields(QFrame):
    """A name and six fields; every change is told at once."""

    edited = Signal(object)
    renamed = Signal(str)
    delete_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chips")
        self.name = QLineEdit()
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setAccessibleName("Name of the drawn box")
        self.name.setToolTip("What tables and labels call it; empty gives its number back")
        self.centers = [self._field(f"Centre {axis}", -_FARTHEST_CM) for axis in _AXES]
        self.sizes = [self._field(f"Size along {axis}", 1) for axis in _AXES]
        delete = QPushButton("Delete")
        delete.setObjectName("flat")
        delete.setAccessibleName("Delete the drawn box")
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        grid.setSpacing(GAP_PX)
        grid.addWidget(self.name, 0, 0, 1, 3)
        grid.addWidget(delete, 0, 3, Qt.AlignmentFlag.AlignRight)
        for column, axis in enumerate(_AXES, start=1):
            heading = QLabel(axis)
            heading.setObjectName("caption")
            grid.addWidget(heading, 1, column, Qt.AlignmentFlag.AlignRight)
        for row, (text, fields) in enumerate(
            (("Centre, cm", self.centers), ("Size, cm", self.sizes)), start=2
        ):
            heading = QLabel(text)
            heading.setObjectName("caption")
            grid.addWidget(heading, row, 0)
            for column, field in enumerate(fields, start=1):
                grid.addWidget(field, row, column)
        self.name.editingFinished.connect(lambda: self.renamed.emit(self.name.text()))
        delete.clicked.connect(self.delete_requested)

    def show_box(self, name: str, box: Box) -> None:
        """Show a box without telling anybody."""
        self.name.setText(name)
        for fields, values_m in ((self.centers, box.center), (self.sizes, box.size)):
            for field, value_m in zip(fields, values_m, strict=True):
                was_blocked = field.blockSignals(True)
                field.setValue(round(100 * value_m))
                field.blockSignals(was_blocked)

    def _field(self, name: str, lowest_cm: int) -> QSpinBox:
        field = QSpinBox()
        field.setRange(lowest_cm, _FARTHEST_CM)
        field.setSingleStep(5)
        field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName(f"{name}, centimetres")
        field.setToolTip(f"{name} in the aligned frame, centimetres; the arrow keys step by 5")
        field.setFixedWidth(64)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(lambda _: self.edited.emit(self._box()))
        return field

    def _box(self) -> Box:
        cx, cy, cz = (field.value() / 100 for field in self.centers)
        dx, dy, dz = (field.value() / 100 for field in self.sizes)
        return Box((cx, cy, cz), (dx, dy, dz))
