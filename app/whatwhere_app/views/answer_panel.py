"""What the model answered: a verdict in one line, and the candidates of every modality."""

from collections.abc import Sequence
from math import isnan

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import DARK, GAP_PX, LAYER_NAMES, Theme
from whatwhere_app.view_values import CandidateRow, ModalityRows, SaidRow
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.reply_grid import ReplyGrid
from whatwhere_app.views.strokes import stroke_icon
from whatwhere_app.views.two_line_list import Index

_LAYER_ROLE = Qt.ItemDataRole.UserRole
_RANK_ROLE = Qt.ItemDataRole.UserRole + 1
_SHARE_ROLE = Qt.ItemDataRole.UserRole + 2
_COLUMNS = ("Candidate", "", "p", "log p", "IoU")
_HINTS = (
    "What the modality chooses among, its favourite first; ✓ is the ground truth",
    "Probability, from 0 to 1",
    "Probability among all candidates; those of one modality add up to 1",
    "Natural logarithm of the probability: differences show where p is almost 0",
    "Overlap with the ground truth's box: intersection over union, 1 is the same box",
)
_UNKNOWN = "?"
_BAR_COLUMN, _IOU_COLUMN = 1, 4
_ROW_PX = 18
_ROW_PAD_PX = 2
_SAMPLE = QSize(22, 10)


class AnswerPanel(QWidget):
    """A verdict and a tree: modalities, and beneath each its candidates."""

    candidate_chosen = Signal(str, int)
    candidate_asked = Signal(str, int)
    room_changed = Signal(int)
    """How many lines of candidates are in sight without scrolling."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: tuple[ModalityRows, ...] = ()
        self._verdict = QLabel()
        self._verdict.setObjectName("verdict")
        self._verdict.setWordWrap(True)
        make_readable(self._verdict, "Verdict")
        self._model = QStandardItemModel(0, len(_COLUMNS), self)
        self._num_lines = 0
        self.tree, self.replies = self._build_tree(), ReplyGrid()
        self.tree.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GAP_PX)
        self._verdict.setContentsMargins(3 * GAP_PX, GAP_PX, 3 * GAP_PX, 0)
        column.addWidget(self._verdict)
        candidates = QWidget()
        inset = QVBoxLayout(candidates)
        inset.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        inset.addWidget(self.tree)
        self._pages = QStackedWidget()
        self._pages.addWidget(candidates)
        self._pages.addWidget(self.replies)
        column.addWidget(self._pages, 1)
        self.show_answer("Ask something to see what each modality answers.", ())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the candidates got more room, or less."""
        if event.type() == QEvent.Type.Resize and watched is self.tree:
            row_px = max(_ROW_PX, self.tree.fontMetrics().height() + _ROW_PAD_PX)
            # Not the viewport's height, which what is shown changes: the answer to "there is more
            # room" must not itself make room, or the two follow each other without end.
            num_lines = (self.tree.height() - self.tree.header().sizeHint().height()) // row_px
            if num_lines != self._num_lines:
                self._num_lines = num_lines
                self.room_changed.emit(num_lines)
        return super().eventFilter(watched, event)

    def add_below(self, widget: QWidget) -> None:
        """A control beneath the candidates."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(widget)

    @property
    def verdict_text(self) -> str:
        """The sentence above the candidates."""
        return self._verdict.text()

    def _build_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setAccessibleName("Candidates")
        tree.setModel(self._model)
        tree.setItemDelegate(_CandidateDelegate(tree))
        tree.setRootIsDecorated(False)
        tree.setIndentation(0)
        tree.setUniformRowHeights(True)
        tree.setItemsExpandable(False)
        tree.setIconSize(_SAMPLE)
        tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        tree.clicked.connect(lambda index: self._tell(index, is_asked=False))
        tree.activated.connect(lambda index: self._tell(index, is_asked=True))
        return tree

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        delegate = self.tree.itemDelegate()
        assert isinstance(delegate, _CandidateDelegate)
        delegate.theme = theme
        self.replies.set_theme(theme)
        self._fill()

    def show_answer(self, verdict: str, modalities: Sequence[ModalityRows]) -> None:
        """Replace everything."""
        self._pages.setCurrentIndex(0)
        self._verdict.setText(verdict)
        if tuple(modalities) != self._shown or not self._model.columnCount():
            self._shown = tuple(modalities)
            self._fill()

    def show_replies(self, verdict: str, heads: Sequence[str], rows: Sequence[SaidRow]) -> None:
        """Replace everything by answers in words."""
        self._pages.setCurrentIndex(1)
        self._verdict.setText(verdict)
        self.replies.show_replies(heads, rows)

    def set_current(self, layer: str | None, rank: int) -> None:
        """Mark one candidate without telling anybody."""
        self.tree.clearSelection()
        for number in range(self._model.rowCount()):
            group = self._model.item(number)
            is_rival = self._shown[number].is_rival
            if not is_rival and group.data(_LAYER_ROLE) == layer and rank < group.rowCount():
                self.tree.setCurrentIndex(group.child(rank).index())

    def _fill(self) -> None:
        self._model.clear()
        reached = Qt.FocusPolicy.StrongFocus if self._shown else Qt.FocusPolicy.NoFocus
        self.tree.setFocusPolicy(reached)  # nothing is there to walk through
        self._model.setHorizontalHeaderLabels(list(_COLUMNS))
        self.tree.header().setVisible(bool(self._shown))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        across, role = Qt.Orientation.Horizontal, Qt.ItemDataRole
        for column, hint in enumerate(_HINTS):
            self._model.setHeaderData(column, across, hint, role.ToolTipRole)
            if column >= 2:
                self._model.setHeaderData(column, across, right, role.TextAlignmentRole)
        for group in self._shown:
            self._model.appendRow(self._group_items(group))
        self.tree.expandAll()
        for number in range(self._model.rowCount()):
            self.tree.setFirstColumnSpanned(number, self.tree.rootIndex(), True)
            for row in range(self._model.item(number).rowCount()):
                if self._shown[number].note:
                    self.tree.setFirstColumnSpanned(row, self._model.item(number).index(), True)
        self._set_widths()

    def _set_widths(self) -> None:
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        if not self._shown:
            return
        metrics = self.tree.fontMetrics()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, widest in ((2, "<.01"), (3, "-00.0"), (4, "0.00")):
            header.resizeSection(column, metrics.horizontalAdvance(widest) + 3 * GAP_PX)
        rows = [row for group in self._shown for row in group.rows]
        has_iou = any(row.iou is not None for row in rows)
        self.tree.setColumnHidden(_IOU_COLUMN, not has_iou)
        header.resizeSection(_BAR_COLUMN, 44 if has_iou else 60)  # the rest is for the names

    def _group_items(self, group: ModalityRows) -> list[QStandardItem]:
        head = QStandardItem(f"{group.model}  {LAYER_NAMES[group.layer]}".strip())
        stroke = self._theme.strokes[group.layer]
        icon = stroke_icon(stroke, _SAMPLE, pixel_ratio=self.devicePixelRatioF())
        head.setIcon(icon)
        head.setData(group.layer, _LAYER_ROLE)
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        head.setFont(font)
        faded = QColor(self._theme.text_1 if group.is_visible else self._theme.text_3)
        head.setForeground(faded)
        for row in group.rows:
            head.appendRow(self._candidate_items(group, row))
        if group.note:
            note = QStandardItem(group.note)
            note.setFlags(Qt.ItemFlag.ItemIsEnabled)
            note.setForeground(QColor(self._theme.text_2))
            head.appendRow([note])
        return [head]

    def _candidate_items(self, group: ModalityRows, row: CandidateRow) -> list[QStandardItem]:
        name = f"{row.rank + 1}  {row.name}" + ("  ✓" if row.is_target else "")
        iou = "" if row.iou is None else f"{row.iou:.2f}"
        texts = (
            name,
            "",
            _share(row.probability),
            _log(row.log_probability),
            iou,
        )
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        color = QColor(self._theme.text_1 if group.is_visible else self._theme.text_3)
        items = []
        for column, text in enumerate(texts):
            item = QStandardItem(text)
            item.setData(group.layer, _LAYER_ROLE)
            item.setData(None if group.is_rival else row.rank, _RANK_ROLE)
            item.setSelectable(not group.is_rival)
            item.setForeground(color)
            if column >= 2:
                item.setTextAlignment(right)
            items.append(item)
        items[0].setToolTip(row.name)
        share = None if isnan(row.probability) else row.probability
        items[_BAR_COLUMN].setData(share, _SHARE_ROLE)
        return items

    def _tell(self, index: Index, *, is_asked: bool) -> None:
        rank = index.data(_RANK_ROLE)
        if rank is not None:
            signal = self.candidate_asked if is_asked else self.candidate_chosen
            signal.emit(index.data(_LAYER_ROLE), rank)


def _share(probability: float) -> str:
    """Two digits; what is possible is never shown as nothing."""
    if isnan(probability):
        return _UNKNOWN
    return f"{probability:.2f}" if probability >= 0.005 or probability == 0 else "<.01"


def _log(log_probability: float) -> str:
    if isnan(log_probability):
        return _UNKNOWN
    return f"{log_probability:.1f}".replace("-0.0", "0.0").replace("-", "\u2212")


class _CandidateDelegate(QStyledItemDelegate):
    """Rows of one height; the second column is a bar as long as the probability."""

    def __init__(self, parent: QTreeView) -> None:
        super().__init__(parent)
        self.theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = max(_ROW_PX, option.fontMetrics.height() + _ROW_PAD_PX)
        return QSize(super().sizeHint(option, index).width(), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(_SHARE_ROLE)
        super().paint(painter, option, index)
        if share is None:
            return
        area = QRectF(option.rect).adjusted(GAP_PX, 6, -GAP_PX, -6)
        is_selected = option.state & QStyle.StateFlag.State_Selected
        color = QColor(self.theme.strokes[index.data(_LAYER_ROLE)].color)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.line))
        painter.drawRoundedRect(area, 2, 2)
        area.setWidth(area.width() * float(share))
        painter.setBrush(QColor(self.theme.on_accent) if is_selected else color)
        painter.drawRoundedRect(area, 2, 2)
        painter.restore()
