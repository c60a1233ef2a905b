"""A model to be taken in: where it lies, or what starts it, and what it shall be called."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.model_values import AddKind
from whatwhere_app.theme import GAP_PX


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form asks for one kind of model."""

    title: str
    label: str
    example: str
    name: str
    browses: str = ""


_ASKED: dict[AddKind, _Asked] = {
    "folder": _Asked(
        "Add a model folder; its files stay where they are",
        "Folder",
        "config.json, *.safetensors, tokenizer.json",
        "as the folder",
        browses="folder",
    ),
    "hub": _Asked(
        "Fetch a model's safetensors and text from the Hugging Face hub",
        "Hub id",
        "organisation/name",
        "as on the hub",
    ),
    "program": _Asked(
        "Add a program that answers, in any environment, also through ssh",
        "Command",
        "/envs/mine/bin/python grounder.py",
        "needed",
    ),
    "predictions": _Asked(
        "Keep a file of answers: JSON lines, a ScanRefer submission, ViGiL3D predictions",
        "File",
        "answers.jsonl",
        "needed",
        browses="file",
    ),
}


class ModelForm(QFrame):
    """Two or three lines, hidden until a kind is chosen."""

    submitted = Signal(str, str, str, str)
    """Kind, source, name, folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: AddKind = "folder"
        self._title = QLabel()
        self._title.setObjectName("groupTitle")
        self._label, self._folder_label = QLabel(), QLabel("Started in")
        self.source, self.name, self.folder = QLineEdit(), QLineEdit(), QLineEdit()
        self.folder.setPlaceholderText("your home folder")
        named = ((self.source, "Source"), (self.name, "Name"), (self.folder, "Started in"))
        for field, label in named:
            field.setAccessibleName(label)
        self.browse, self.browse_folder = QPushButton("Browse…"), QPushButton("Browse…")
        self.add, self.cancel = QPushButton("Add"), QPushButton("Not now")
        self.add.setObjectName("primary")
        for button in (self.browse, self.browse_folder, self.add, self.cancel):
            button.setAutoDefault(False)
        self._arrange()
        self._connect()
        self.hide()

    def show_kind(self, kind: AddKind) -> None:
        """Ask for a model of this kind."""
        asked, self._kind = _ASKED[kind], kind
        self._title.setText(asked.title)
        self._label.setText(asked.label)
        self.source.setAccessibleName(asked.label)
        self.source.setPlaceholderText(asked.example)
        self.name.setPlaceholderText(asked.name)
        for field in (self.source, self.name, self.folder):
            field.clear()
        self.browse.setVisible(bool(asked.browses))
        for widget in (self._folder_label, self.folder, self.browse_folder):
            widget.setVisible(kind == "program")
        self.show()
        self.source.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(3 * GAP_PX)
        form.setVerticalSpacing(GAP_PX)
        form.addRow(self._label, _row(self.source, self.browse))
        form.addRow("Name", self.name)
        form.addRow(self._folder_label, _row(self.folder, self.browse_folder))
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * GAP_PX)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self._title)
        column.addLayout(form)
        column.addLayout(buttons)

    def _connect(self) -> None:
        for field in (self.source, self.name, self.folder):
            field.returnPressed.connect(self._submit)
        self.add.clicked.connect(self._submit)
        self.cancel.clicked.connect(self.hide)
        self.browse.clicked.connect(self._browse)
        self.browse_folder.clicked.connect(lambda: self._browse_into(self.folder))

    def _submit(self) -> None:
        texts = (self.source.text(), self.name.text(), self.folder.text())
        self.submitted.emit(self._kind, *texts)

    def _browse(self) -> None:
        if _ASKED[self._kind].browses == "folder":
            self._browse_into(self.source)
            return
        chosen, _ = QFileDialog.getOpenFileName(
            self, "A file of answers", "", "Answers (*.jsonl *.json);;Any (*)"
        )
        if chosen:
            self.source.setText(chosen)
            if not self.name.text():
                self.name.setText(Path(chosen).stem)

    def _browse_into(self, field: QLineEdit) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose a folder", field.text())
        if chosen:
            field.setText(chosen)


def _row(field: QLineEdit, button: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2 * GAP_PX)
    row.addWidget(field, 1)
    row.addWidget(button)
    return row
