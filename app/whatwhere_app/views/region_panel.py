"""The frame of the Annotate layout: drawn on, with what to do beneath it."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.frame_panel import FramePanel
from whatwhere_app.views.region_picture import RegionPicture


class RegionPanel(QWidget):
    """A picture to draw on, its buttons, and the frames that are drawn on already.

    Args:
        steps: commands that show another frame, with the short text of each one's button.
        actions: commands that draw and accept, likewise.

    Signals:
        frame_chosen: name of a frame that was clicked in the list.
    """

    frame_chosen = Signal(str)

    def __init__(
        self,
        steps: Sequence[tuple[QAction, str]],
        actions: Sequence[tuple[QAction, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.picture = RegionPicture()
        self.panel = FramePanel(steps, picture=self.picture)
        self._theme: Theme | None = None
        self._frames: tuple[tuple[str, str], ...] = ()
        self._listing = QLabel()
        self._listing.setObjectName("caption")
        self._listing.setAccessibleName("Frames of the case that are drawn on")
        self._listing.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        # Many frames must not make the panel wider.
        self._listing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._listing.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, GAP_PX)
        self._listing.linkActivated.connect(self.frame_chosen)
        self._listing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        row = QHBoxLayout()
        row.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, GAP_PX)
        row.setSpacing(GAP_PX)
        for action, text in actions:
            row.addWidget(ActionButton(action, text), 1)
        column.addLayout(row)
        column.addWidget(self._listing)

    @property
    def listing_text(self) -> str:
        """Which frames are listed."""
        return ", ".join(text for _, text in self._frames)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.panel.set_theme(theme)
        self.show_frames(self._frames)

    def show_frames(self, frames: Sequence[tuple[str, str]]) -> None:
        """Frames of the case that are drawn on: name, and what to call it."""
        self._frames = tuple(frames)
        color = "" if self._theme is None else f' style="color:{self._theme.accent}"'
        links = ", ".join(
            f'<a href="{escape(name, quote=True)}"{color}>{escape(text)}</a>'
            for name, text in frames
        )
        self._listing.setText(f"Drawn on: {links}" if frames else "")
        self._listing.setVisible(bool(frames))
