"""How a page of Markdown is spaced and its tables are ruled, wherever one is shown."""

from PySide6.QtGui import (
    QGuiApplication,
    QPalette,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)

from whatwhere_app.theme import GAP_PX

_FIRST_COLUMN_PX = 170


def lay_out_page(document: QTextDocument) -> None:
    """Room between paragraphs and above headings; hairlines around the cells of tables."""
    _space_out(document)
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _lay_out(frame)


def _space_out(document: QTextDocument) -> None:
    """Room between paragraphs, and more above headings."""
    cursor, block = QTextCursor(document), document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        if cursor.currentTable() is None:
            looks = block.blockFormat()
            looks.setTopMargin(4 * GAP_PX if looks.headingLevel() else GAP_PX)
            looks.setBottomMargin(2 * GAP_PX if looks.headingLevel() else GAP_PX)
            cursor.setBlockFormat(looks)
        block = block.next()


def _lay_out(table: QTextTable) -> None:
    """Hairlines instead of black rules; tables of two columns line up with one another."""
    looks = table.format()
    looks.setBorder(1)
    looks.setBorderCollapse(True)
    looks.setBorderBrush(QGuiApplication.palette().color(QPalette.ColorRole.Mid))
    looks.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    looks.setCellPadding(GAP_PX + 1)
    looks.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    if table.columns() == 2:
        fixed = QTextLength(QTextLength.Type.FixedLength, _FIRST_COLUMN_PX)
        looks.setColumnWidthConstraints([fixed, QTextLength()])
    table.setFormat(looks)
