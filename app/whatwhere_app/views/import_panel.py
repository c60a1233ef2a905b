"""What cannot be known of an own scan: chosen here, while the 3D view shows what comes of it."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from whatwhere.scenes.import_choices import CameraNumbers, ImportChoices
from whatwhere_app.import_values import CheckLine, FieldNotes, Level
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable

_WIDTH_PX = 340
_FIELD_PX = 28
_POSES = {"world_from_camera": "Camera to world", "camera_from_world": "World to camera"}
_AXES = {"opencv": "OpenCV: y down, z ahead", "opengl": "OpenGL: y up, z back"}
_UPS = ("+z", "-z", "+y", "-y", "+x", "-x")
_CAMERA = ("fx", "fy", "cx", "cy")
_GLYPHS: dict[Level, str] = {"good": "✓", "bad": "✗", "unknown": "\u2013"}


class ImportPanel(QDialog):
    """A window of its own that blocks nothing; every change is told at once."""

    edited = Signal(str, object)
    floor_wanted = Signal()
    offer_taken = Signal()
    accepted_as_shown = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_WIDTH_PX)
        self._camera: CameraNumbers | None = None
        self.pose, self.axes, self.up = (
            _chooser("Way the poses lead", _POSES),
            _chooser("Axes of a camera", _AXES),
            _chooser("Axis that points up", {up: up for up in _UPS}),
        )
        self.units = _number("Depth units per metre", 0.001, 1e6, decimals=3)
        self.camera = {
            name: _number(f"{name} of the camera, pixels", 0, 99_999, decimals=2)
            for name in _CAMERA
        }
        self.floor = _number("Height of the floor, metres", -9999, 9999, decimals=2, step=0.05)
        self.find_floor = QPushButton("Find")
        self.find_floor.setToolTip("Take the lowest wide level surface")
        self._path, self._size = _caption(), _caption()
        self._size.setWordWrap(False)  # what wraps in a grid squeezes its rows
        self._notes = {name: _caption() for name in ("up", "floor")}
        self._checks = QVBoxLayout()
        self._checks.setSpacing(GAP_PX)
        self.offer = QPushButton()
        self.offer.setAccessibleName("Read poses and axes as agrees better")
        self._work, self._bar = _caption(), ProgressLine()
        self.cancel, self.accept_button = QPushButton("Cancel"), QPushButton("Accept and open")
        self.accept_button.setObjectName("primary")
        for button in (self.find_floor, self.offer, self.cancel, self.accept_button):
            button.setAutoDefault(False)
        self._arrange()
        self._connect()
        self.show_work("", None)

    @property
    def said(self) -> tuple[str, ...]:
        """The sentences about what came of it."""
        labels = self.findChildren(QLabel, "checkText")
        return tuple(label.text() for label in labels if not label.isHidden())

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._bar.set_theme(theme)

    def open_for(self, scene_id: str, path: str) -> None:
        """Come up for another scan, at the right of the window, beside what the 3D view shows."""
        self.setWindowTitle(f"How to read {scene_id}")
        self._path.setText(path)
        self._path.setToolTip(path)
        self.show_checks(())
        self.show_offer("")
        self.set_acceptable(False)
        parent = self.parentWidget()
        if parent is not None and not self.isVisible():
            left = parent.width() - self.minimumWidth()
            self.move(parent.mapToGlobal(QPoint(max(0, left), 12 * GAP_PX)))
        self.show()
        self.raise_()
        self.activateWindow()
        self.pose.setFocus()

    def show_choices(self, choices: ImportChoices, notes: FieldNotes) -> None:
        """How the scan is read now, without telling anybody."""
        self._camera = choices.camera
        for box, value in (
            (self.pose, choices.pose),
            (self.axes, choices.axes),
            (self.up, choices.up),
        ):
            was_blocked = box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(was_blocked)
        camera = choices.camera
        values = {self.units: choices.depth_units_per_m, self.floor: choices.floor_m}
        values |= dict(zip(self.camera.values(), camera or (None,) * 4, strict=False))
        for field, number in values.items():
            was_blocked = field.blockSignals(True)
            field.setValue(number or 0.0)
            field.setEnabled(number is not None or field is self.floor)
            field.blockSignals(was_blocked)
        size = "" if camera is None else f"of {camera[4]:g} x {camera[5]:g}"
        self._size.setText(" · ".join(filter(None, (size, notes.camera))))
        for name, text in (("up", notes.up), ("floor", notes.floor)):
            self._notes[name].setText(text)
            self._notes[name].setVisible(bool(text))

    def show_checks(self, lines: Sequence[CheckLine]) -> None:
        """Replace what came of it."""
        while (item := self._checks.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for line in lines:
            self._checks.addWidget(_check(line))
        self._fit()

    def show_offer(self, text: str) -> None:
        """What would agree better; "" offers nothing."""
        self.offer.setText(text)
        self.offer.setVisible(bool(text))
        self._fit()

    def show_work(self, text: str, share: float | None) -> None:
        """What is being done; an empty text once it has ended."""
        self._work.setText(text)
        self._bar.setVisible(bool(text))
        self._bar.set_share(share)

    def set_acceptable(self, is_acceptable: bool) -> None:
        """Whether it opens as it is read now."""
        self.accept_button.setEnabled(is_acceptable)

    def close_quietly(self) -> None:
        """Go, without telling anybody."""
        self.hide()

    def reject(self) -> None:
        """Qt: Esc, or the window's own button to close it."""
        self.given_up.emit()

    def _connect(self) -> None:
        for name, box in (("pose", self.pose), ("axes", self.axes), ("up", self.up)):
            box.activated.connect(
                lambda _, name=name, box=box: self.edited.emit(name, box.currentData())
            )
        self.units.valueChanged.connect(lambda v: self.edited.emit("depth_units_per_m", v))
        self.floor.valueChanged.connect(lambda v: self.edited.emit("floor_m", v))
        for number, field in enumerate(self.camera.values()):
            field.valueChanged.connect(lambda v, number=number: self._on_camera(number, v))
        self.find_floor.clicked.connect(self.floor_wanted)
        self.offer.clicked.connect(self.offer_taken)
        self.cancel.clicked.connect(self.given_up)
        self.accept_button.clicked.connect(self.accepted_as_shown)

    def _on_camera(self, number: int, value: float) -> None:
        if self._camera is None:
            return
        fx, fy, cx, cy, width, height = (
            value if place == number else old for place, old in enumerate(self._camera)
        )
        self._camera = (fx, fy, cx, cy, width, height)
        self.edited.emit("camera", self._camera)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(3 * GAP_PX)
        form.setVerticalSpacing(2 * GAP_PX)
        form.addRow("Poses", self.pose)
        form.addRow("Axes", self.axes)
        units = _captioned(self.units, "1000: millimetres. 5000: as TUM.")
        form.addRow("Depth, per metre", units)
        form.addRow("Camera, px", self._camera_grid())
        form.addRow("Up in the files", _column(self.up, self._notes["up"]))
        floor = QHBoxLayout()
        floor.setSpacing(2 * GAP_PX)
        floor.addWidget(self.floor, 1)
        floor.addWidget(self.find_floor)
        form.addRow("Floor, m along it", _column(floor, self._notes["floor"]))
        foot = QHBoxLayout()
        foot.addWidget(self.cancel)
        foot.addStretch()
        foot.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addWidget(self._path)
        column.addLayout(form)
        column.addLayout(self._checks)
        column.addWidget(self.offer)
        column.addLayout(_row(self._work, self._bar))
        column.addStretch(1)
        column.addLayout(foot)

    def _camera_grid(self) -> QWidget:
        widget = QWidget()
        grid = QGridLayout(widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP_PX)
        for number, (name, field) in enumerate(self.camera.items()):
            label = QLabel(name)
            label.setObjectName("caption")
            label.setBuddy(field)
            grid.addWidget(label, number // 2, 2 * (number % 2))
            grid.addWidget(field, number // 2, 2 * (number % 2) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.addWidget(self._size, 2, 0, 1, 4)
        return widget

    def _fit(self) -> None:
        if self.isVisible():
            layout = self.layout()
            assert layout is not None
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))


def _chooser(name: str, texts: dict[str, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in texts.items():
        box.addItem(text, value)
    return box


def _number(
    name: str, lowest: float, highest: float, *, decimals: int, step: float = 1.0
) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(lowest, highest)
    field.setDecimals(decimals)
    field.setSingleStep(step)
    field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setKeyboardTracking(False)
    field.setMinimumHeight(_FIELD_PX)
    field.setAccessibleName(name)
    field.setToolTip(name)
    return field


def _caption(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _captioned(widget: QWidget, text: str) -> QWidget:
    return _column(widget, _caption(text))


def _column(*parts: QWidget | QHBoxLayout) -> QWidget:
    widget = QWidget()
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GAP_PX // 2)
    for part in parts:
        if isinstance(part, QHBoxLayout):
            column.addLayout(part)
        else:
            column.addWidget(part)
    return widget


def _row(text: QLabel, bar: ProgressLine) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(text, 1)
    row.addWidget(bar)
    return row


def _check(line: CheckLine) -> QWidget:
    widget, glyph, text = QWidget(), QLabel(_GLYPHS[line.level]), QLabel(line.text)
    glyph.setObjectName("warningText" if line.level == "bad" else "caption")
    glyph.setFixedWidth(4 * GAP_PX)
    glyph.setAlignment(Qt.AlignmentFlag.AlignTop)
    text.setObjectName("checkText")
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    make_readable(text, {"good": "In order", "bad": "At odds", "unknown": "Unknown"}[line.level])
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(text, 1)
    return widget
