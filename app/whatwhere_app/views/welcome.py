"""What an empty window says: the ways in."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX


class Welcome(QFrame):
    """Three buttons and a hint, in the middle of the 3D view."""

    demo_requested = Signal()
    open_requested = Signal()
    listing_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        title = QLabel("Open a scene")
        title.setObjectName("title")
        hint = QLabel("Drop a scan, or a folder of them, anywhere on this window, or choose:")
        hint.setObjectName("caption")
        self._demo = QPushButton("Open a demo room")
        self._demo.setObjectName("primary")
        scan, folder = QPushButton("Open one scan…"), QPushButton("List my scans…")
        for button in (self._demo, scan, folder):
            # A click leaves the focus where it is: the button goes, and keys are for the scene.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * GAP_PX)
        buttons.addWidget(self._demo)
        buttons.addWidget(scan)
        buttons.addWidget(folder)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(6 * GAP_PX, 5 * GAP_PX, 6 * GAP_PX, 5 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        for label in (title, hint):
            label.setAlignment(Qt.AlignmentFlag.AlignLeft)
            column.addWidget(label)
        column.addLayout(buttons)
        self._demo.clicked.connect(self.demo_requested)
        scan.clicked.connect(self.open_requested)
        folder.clicked.connect(self.listing_requested)

    def set_has_demo(self, has_demo: bool) -> None:
        """Whether this installation ships demo rooms."""
        self._demo.setEnabled(has_demo)
