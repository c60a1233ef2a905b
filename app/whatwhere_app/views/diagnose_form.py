"""What is asked of a diagnosis that is to be run: the model, the split, what the model may see."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.case_values import AskedShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.progress_line import ProgressLine


class DiagnoseForm(QFrame):
    """Hidden until it is called; while a diagnosis runs it shows how far it is.

    Args:
        modalities: name -> what its switch says.
    """

    submitted = Signal(object)
    folder_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, modalities: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self.split = _choice("Model"), _choice("Split")
        self.split.addItems(["val", "test", "train"])
        self.data = QLineEdit()
        self.data.setAccessibleName("Data")
        self.data.setPlaceholderText("A folder with scans/ and sentences")
        self.modalities = {name: QCheckBox(text) for name, text in modalities.items()}
        self.start = QPushButton("Evaluate split")
        self.start.setObjectName("primary")
        self.start.clicked.connect(lambda *_: self._submit())
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(lambda *_: self.cancel_wanted.emit())
        self.progress, self._said = ProgressLine(), QLabel()
        self._said.setObjectName("caption")
        self._said.setWordWrap(True)
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        sees = QWidget()
        flow = FlowLayout(sees, gap_px=2 * GAP_PX)
        for switch in self.modalities.values():
            flow.addWidget(switch)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * GAP_PX)
        for widget in (self.start, self.cancel, self.progress):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_PX, 0, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(self._fields())
        column.addWidget(sees)
        column.addLayout(buttons)
        column.addWidget(self._said)
        self.show_progress(None, "")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.progress.set_theme(theme)

    def show_asked(self, asked: AskedShown, models: Sequence[str]) -> None:
        """Put these into the fields."""
        if [self.model.itemText(n) for n in range(self.model.count())] != list(models):
            self.model.clear()
            self.model.addItems(list(models))
        self.model.setCurrentText(asked.model)
        self.split.setCurrentText(asked.split)
        self.set_data(asked.data)
        for name, switch in self.modalities.items():
            switch.setChecked(name in asked.modalities)

    def set_data(self, folder: str) -> None:
        """The data set's folder."""
        self.data.setText(folder)
        self.data.setToolTip(folder)

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or what is wrong with what was asked.

        Args:
            share: 0..1; None while that is unknown.
            text: what is being done, or a fault.
            is_running: whether it can be cancelled.
        """
        self.start.setEnabled(not is_running)
        self.cancel.setVisible(is_running)
        self.progress.setVisible(is_running)
        if is_running:
            self.progress.set_share(share)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _fields(self) -> QGridLayout:
        browse = QToolButton()
        browse.setText("…")
        browse.setAccessibleName("Choose the data set's folder")
        browse.setToolTip("Choose the data set's folder")
        browse.clicked.connect(lambda *_: self.folder_wanted.emit())
        grid = QGridLayout()
        grid.setSpacing(GAP_PX)
        grid.setColumnStretch(1, 1)
        fields = {"Model": self.model, "Data": self.data, "Split": self.split}
        for number, (title, field) in enumerate(fields.items()):
            label = QLabel(title)
            label.setBuddy(field)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
        grid.addWidget(browse, 1, 2)
        return grid

    def _submit(self) -> None:
        sees = [name for name, switch in self.modalities.items() if switch.isChecked()]
        self.submitted.emit(
            AskedShown(
                self.model.currentText().strip(),
                self.data.text().strip(),
                self.split.currentText().strip(),
                tuple(sees),
            )
        )


def _choice(name: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setAccessibleName(name)
    line = box.lineEdit()
    assert line is not None
    line.setAccessibleName(name)
    return box
