"""Name, place, size and turn of one box, in centimetres and degrees."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from whatwhere.geometry.turned_box import TurnedBox
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
        self.turn = self._turn_field()
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
        heading = QLabel("Turned")
        heading.setObjectName("caption")
        grid.addWidget(heading, 4, 0)
        grid.addWidget(self.turn, 4, 1)
        self.name.editingFinished.connect(lambda: self.renamed.emit(self.name.text()))
        delete.clicked.connect(self.delete_requested)

    def show_box(self, name: str, box: TurnedBox) -> None:
        """Show a box without telling anybody."""
        self.name.setText(name)
        self.show_place(box)

    def show_place(self, box: TurnedBox) -> None:
        """Show where a box is, how large and how turned, without telling anybody."""
        values_cm = [round(100 * value_m) for value_m in (*box.center, *box.size)]
        for field, value in zip(
            (*self.centers, *self.sizes, self.turn),
            (*values_cm, round(math.degrees(box.yaw_rad))),
            strict=True,
        ):
            was_blocked = field.blockSignals(True)
            field.setValue(value)
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

    def _turn_field(self) -> QSpinBox:
        field = QSpinBox()
        field.setRange(-180, 180)
        field.setWrapping(True)
        field.setSuffix("°")
        field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName("Turn about the vertical, degrees")
        field.setToolTip(
            "Turn about the vertical, counter-clockwise seen from above. Models and scores take "
            "the axis-aligned box around a turned one, as ScanRefer's boxes are"
        )
        field.setFixedWidth(64)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(lambda _: self.edited.emit(self._box()))
        return field

    def _box(self) -> TurnedBox:
        cx, cy, cz = (field.value() / 100 for field in self.centers)
        dx, dy, dz = (field.value() / 100 for field in self.sizes)
        box = TurnedBox((cx, cy, cz), (dx, dy, dz))
        return box.turned_to(math.radians(self.turn.value()))
