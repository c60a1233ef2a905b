"""Which diagnosis is open, which one beside it, and what it says in one line."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from whatwhere_app.case_values import HeadShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.reading import make_readable

_NARROW = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
_NONE = "none beside it"
_EMPTY = "no diagnosis yet"


class DiagnoseHead(QWidget):
    """Two lists, the headline, and what the diagnosis is of.

    Args:
        run: opens the form for another diagnosis.
    """

    first_chosen = Signal(str)
    run_chosen = Signal(str)
    second_chosen = Signal(str)

    def __init__(self, run: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first, self.second = _list("Diagnosis"), _list("Diagnosis beside it")
        self._runs: frozenset[str] = frozenset()
        self.first.activated.connect(lambda _: self._on_first(self.first.currentData()))
        self.second.activated.connect(lambda _: self.second_chosen.emit(self.second.currentData()))
        self.run = ActionButton(run, "Run…", is_primary=True)
        self.said, self.difference, self.caption = QLabel(), QLabel(), QLabel()
        self.said.setObjectName("title")
        self.caption.setObjectName("caption")
        for label, name in (
            (self.said, "Headline"),
            (self.difference, "What the second gains"),
            (self.caption, "What the diagnosis is of"),
        ):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            make_readable(label, name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addLayout(_row(self.first, self.run))
        column.addLayout(_row(self.second))
        column.addWidget(self.said)
        column.addWidget(self.difference)
        column.addWidget(self.caption)

    def show_head(self, head: HeadShown) -> None:
        """Replace everything."""
        self._runs = frozenset(head.runs)
        _fill(self.first, head.names, head.first, "" if head.first else _EMPTY, head.runs)
        others = [name for name in head.names if name != head.first]
        _fill(self.second, others, head.second, _NONE)
        self.first.setEnabled(bool(head.names or head.runs))
        self.second.setEnabled(bool(head.first) and bool(others))
        self.said.setText(head.said)
        self.said.setToolTip(head.meaning)
        self.difference.setText(head.difference)
        self.difference.setVisible(bool(head.difference))
        self.caption.setText(head.caption)
        self.caption.setToolTip(head.caption)

    def _on_first(self, chosen: str) -> None:
        (self.run_chosen if chosen in self._runs else self.first_chosen).emit(chosen)


def _list(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(_NARROW)
    box.setMinimumContentsLength(8)
    return box


def _fill(
    box: QComboBox,
    names: Sequence[str],
    chosen: str,
    none: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    items = [*([("", none)] if none else []), *((name, name) for name in names), *others.items()]
    if [(box.itemData(n), box.itemText(n)) for n in range(box.count())] != items:
        box.clear()
        for value, text in items:
            box.addItem(text, value)
    box.setCurrentIndex(max(box.findData(chosen), 0))
    box.setToolTip(box.currentText())


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2 * GAP_PX)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QComboBox) else 0)
    return row
