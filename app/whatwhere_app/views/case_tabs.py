"""The right side of the Diagnose layout: a tab per way of looking at the cases.

One more way is three lines in `diagnose_panel`: build its view, `add` it, and say with `set_useful`
when it has something to show.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable


class CaseTabs(QWidget):
    """Tabs that are shown when they are of use, above what is seen of the selected case."""

    shown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._names: list[str] = []
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setContentsMargins(3 * GAP_PX, 0, 3 * GAP_PX, GAP_PX)
        make_readable(self.verdict, "What the selected case shows")
        self.verdict.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.verdict)
        self.tabs.currentChanged.connect(self._tell)

    def add(self, name: str, view: QWidget, *, is_useful: bool = True) -> None:
        """One more tab, at the end."""
        self._names.append(name)
        self.tabs.addTab(view, name)
        self.set_useful(name, is_useful=is_useful)

    def add_below(self, view: QWidget) -> None:
        """Something that goes with every tab, beneath them."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, view)

    def set_useful(self, name: str, *, is_useful: bool) -> None:
        """Show or hide a tab."""
        self.tabs.setTabVisible(self._names.index(name), is_useful)

    def open(self, name: str) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(self._names.index(name))

    def say(self, text: str) -> None:
        """What the selected case shows; "" without one."""
        self.verdict.setText(text)
        self.verdict.setVisible(bool(text))

    def _tell(self, number: int) -> None:
        if number >= 0:
            self.shown.emit(self._names[number])
