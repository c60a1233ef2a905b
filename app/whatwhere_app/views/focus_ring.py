"""A ring around a widget with the keyboard, for one that no style sheet can frame."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QFrame, QWidget

_WIDTH_PX = 1


class FocusRing(QObject):
    """Four thin strips over the edges of a widget while it has the focus.

    An OpenGL surface paints over any border of its own; strips lie above it, and cost less than a
    widget of its size would.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._strips = [_strip(widget.parentWidget() or widget) for _ in range(4)]
        widget.installEventFilter(self)

    @property
    def is_shown(self) -> bool:
        """Whether the ring is there."""
        return not self._strips[0].isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the focus comes or goes, or the widget has another size."""
        kind = event.type()
        if kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            for strip in self._strips:
                strip.setVisible(kind == QEvent.Type.FocusIn)
                strip.raise_()
        if kind in (QEvent.Type.FocusIn, QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        area = self._widget.geometry()
        width, height, thin = area.width(), area.height(), _WIDTH_PX
        edges = (
            QRect(0, 0, width, thin),
            QRect(0, height - thin, width, thin),
            QRect(0, 0, thin, height),
            QRect(width - thin, 0, thin, height),
        )
        for strip, edge in zip(self._strips, edges, strict=True):
            strip.setGeometry(edge.translated(area.topLeft()))


def _strip(parent: QWidget) -> QFrame:
    strip = QFrame(parent)
    strip.setObjectName("focusRing")
    strip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    strip.hide()
    return strip
