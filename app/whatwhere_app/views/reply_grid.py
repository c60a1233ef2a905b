"""Answers in words: a modality after the other in its colour, the models side by side."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from whatwhere_app.theme import DARK, GAP_PX, LAYER_NAMES, Theme
from whatwhere_app.view_values import Said, SaidRow
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.strokes import stroke_icon

_SAMPLE = QSize(22, 10)


class ReplyGrid(QScrollArea):
    """A column per model; long answers wrap, and scroll where they are too many."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Answers in words")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = DARK
        self._shown: tuple[tuple[str, ...], tuple[SaidRow, ...]] = ((), ())
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._fill()

    def show_replies(self, heads: Sequence[str], rows: Sequence[SaidRow]) -> None:
        """Replace everything; `heads` stand above the columns, if there are any."""
        shown = (tuple(heads), tuple(rows))
        if shown != self._shown:
            self._shown = shown
            self._fill()

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """What is said by modality, one text per model."""
        return {row.layer: tuple(item.text for item in row.said) for row in self._shown[1]}

    def _fill(self) -> None:
        heads, rows = self._shown
        inner = QWidget()
        inner.setObjectName("replies")
        grid = QGridLayout(inner)
        grid.setContentsMargins(3 * GAP_PX, 0, 3 * GAP_PX, 2 * GAP_PX)
        grid.setHorizontalSpacing(4 * GAP_PX)
        grid.setVerticalSpacing(0)
        num_columns = max((len(row.said) for row in rows), default=1)
        for column in range(num_columns):
            is_silent = all(row.said[column].is_faint for row in rows)
            grid.setColumnStretch(column, 1 if is_silent else 3)
        for column, head in enumerate(heads if rows else ()):
            title = QLabel(head)
            title.setObjectName("replyHead")
            title.setToolTip(head)
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(title, 0, column)
        for number, row in enumerate(rows):
            first = 1 + 3 * number
            grid.addWidget(self._heading(row), first, 0, 1, num_columns)
            for column, item in enumerate(row.said):
                whose = f", {heads[column]}" if heads else ""
                name = f"{LAYER_NAMES[row.layer]}{whose}"
                top = Qt.AlignmentFlag.AlignTop
                grid.addWidget(_text(item, name), first + 1, column, alignment=top)
                grid.addWidget(_caption(item), first + 2, column, alignment=top)
        grid.setRowStretch(1 + 3 * len(rows), 1)
        self.setWidget(inner)

    def _heading(self, row: SaidRow) -> QWidget:
        heading = QWidget()
        line = QGridLayout(heading)
        line.setContentsMargins(0, 2 * GAP_PX, 0, GAP_PX)
        line.setHorizontalSpacing(2 * GAP_PX)
        sample, name = QLabel(), QLabel(LAYER_NAMES[row.layer])
        stroke = self._theme.strokes[row.layer]
        ratio = self.devicePixelRatioF()
        icon = stroke_icon(stroke, _SAMPLE, pixel_ratio=ratio)
        sample.setPixmap(icon.pixmap(_SAMPLE, ratio, QIcon.Mode.Normal, QIcon.State.On))
        font = name.font()
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        line.addWidget(sample, 0, 0)
        line.addWidget(name, 0, 1)
        line.setColumnStretch(1, 1)
        return heading


def _text(item: Said, name: str) -> QLabel:
    label = QLabel(item.text)
    label.setObjectName("hint" if item.is_faint else "reply")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setToolTip(item.hint)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    make_readable(label, f"Answer of {name}")
    return label


def _caption(item: Said) -> QLabel:
    label = QLabel(item.caption)
    label.setObjectName("caption")
    label.setToolTip(item.hint)
    return label
