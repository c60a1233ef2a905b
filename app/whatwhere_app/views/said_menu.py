"""A button whose menu offers filters by what annotators say, each with its number of cases."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from whatwhere_app.said_values import OfferGroup


class SaidMenu(QToolButton):
    """Emits the `Wanted` that was clicked; what is on is checked."""

    chosen = Signal(object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Annotations ▾")
        self.setToolTip("Keep cases by tag, annotator, verdict, annotated or not")
        self.setAccessibleName("Filter by annotations")
        self.setObjectName("menuButton")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.opened)
        self.setMenu(self._menu)

    @property
    def offers(self) -> list[QAction]:
        """What can be chosen."""
        return [action for action in self._menu.actions() if action.isCheckable()]

    def show_offers(self, groups: Sequence[OfferGroup]) -> None:
        """Replace the menu."""
        self._menu.clear()
        bold = self._menu.font()
        bold.setBold(True)
        for group in groups:
            # A section's own title is not drawn by every style.
            title = QAction(group.title, self._menu)
            title.setEnabled(False)
            title.setFont(bold)
            self._menu.addSeparator()
            self._menu.addAction(title)
            for offer in group.offers:
                # An ampersand would underline the letter behind it.
                text = offer.caption.replace("&", "&&")
                count = "" if offer.count is None else f"\t{offer.count:,}"
                action = QAction(text + count, self._menu)
                action.setCheckable(True)
                action.setChecked(offer.is_on)
                action.setEnabled(offer.is_on or offer.count != 0)
                action.triggered.connect(lambda *_, it=offer.wanted: self.chosen.emit(it))
                self._menu.addAction(action)
