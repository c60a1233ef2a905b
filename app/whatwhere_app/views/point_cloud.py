"""Very many points of a plot, stamped into one image: fifty thousand are drawn while one drags.

Shapes: N points, S styles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from whatwhere_app.views.point_stamps import Mark, mark_offsets, stamp


@dataclass(frozen=True, slots=True)
class PointStyle:
    """How points of one kind look.

    Attributes:
        color: "#rrggbb".
        mark: the second cue beside the colour.
        opacity: 0..1.
    """

    color: str
    mark: Mark
    opacity: float = 1.0


class PointCloud(pg.GraphicsObject):  # type: ignore[misc]
    """Points in styles; later styles lie above earlier ones.

    Args:
        radius_px: of a mark, at a scale of 100 %.
    """

    def __init__(self, *, radius_px: float = 2.5) -> None:
        super().__init__()
        self._radius_px = radius_px
        self._x_N = self._y_N = np.zeros(0, np.float32)
        self._codes_N = np.zeros(0, np.uint8)
        self._styles: tuple[PointStyle, ...] = ()
        self._bounds = QRectF()
        self._key: tuple[object, ...] = ()
        self._image = QImage()
        self._pixels: NDArray[np.uint32] | None = None
        self._projected: _Projected | None = None

    def set_points(
        self,
        x_N: NDArray[np.float32],
        y_N: NDArray[np.float32],
        codes_N: NDArray[np.uint8],
        styles: Sequence[PointStyle],
    ) -> None:
        """Replace all points.

        Args:
            x_N: (N,); what is not finite is not drawn.
            y_N: (N,); likewise.
            codes_N: (N,) index of each point's style.
            styles: at most 254.
        """
        is_moved = x_N is not self._x_N or y_N is not self._y_N
        self._x_N, self._y_N, self._codes_N = x_N, y_N, codes_N
        self._styles = tuple(styles)
        self._key = ()
        if is_moved:
            self._projected = None
            self.prepareGeometryChange()
            self._bounds = _bounds(x_N, y_N)
            self.informViewBoundsChanged()
        self.update()

    def boundingRect(self) -> QRectF:
        """Qt: where it draws; all of the view, since marks are as large at its edge."""
        return QRectF(self.viewRect()).united(self._bounds)

    def dataBounds(
        self, ax: int, frac: float = 1.0, orthoRange: object = None
    ) -> tuple[float, float] | tuple[None, None]:
        """pyqtgraph: what to show when all is to be shown."""
        if self._bounds.isNull():
            return None, None
        box = self._bounds
        return (box.left(), box.right()) if ax == 0 else (box.top(), box.bottom())

    def viewTransformChanged(self) -> None:
        """pyqtgraph: another part is shown."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Qt: draw."""
        view = self.getViewBox()
        if view is None or not len(self._x_N):
            return
        shown = QRectF(self.viewRect())
        ratio = painter.device().devicePixelRatioF()
        width, height = round(view.width() * ratio), round(view.height() * ratio)
        if width < 1 or height < 1 or shown.isEmpty():
            return
        key = (shown.getRect(), width, height)
        if key != self._key:
            self._key = key
            self._draw(shown, width, height, ratio)
        painter.drawImage(shown, self._image)

    def _draw(self, shown: QRectF, width: int, height: int, ratio: float) -> None:
        radius = self._radius_px * ratio
        pad = int(np.ceil(radius)) + 1
        wide = width + 2 * pad
        key = (shown.getRect(), width, height, pad)
        if self._projected is None or self._projected.key != key:
            self._projected = _projected(self._x_N, self._y_N, shown, (width, height, pad))
        at = self._projected
        codes = self._codes_N if at.which is None else self._codes_N[at.which]
        pixels = np.zeros((height + 2 * pad) * wide, np.uint32)
        # Many points may share a pixel: each pixel is stamped once.
        num_styles = len(self._styles)
        taken = np.zeros((num_styles + 1, len(pixels)), np.bool_)
        taken[np.minimum(codes, num_styles), at.places] = True
        for style, here in zip(self._styles, taken, strict=False):
            stamp(pixels, here, mark_offsets(style.mark, radius, wide), _premultiplied(style))
        whole = pixels.reshape(-1, wide)[pad:-pad, pad:-pad]
        self._pixels = np.ascontiguousarray(whole)  # the image does not own its bytes
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(self._pixels.data, width, height, 4 * width, form)


@dataclass(frozen=True, slots=True, eq=False)
class _Projected:
    """The points in an image; P of them.

    Attributes:
        key: of the part that is shown, and of the image.
        which: (P,) points inside; None for all.
        places: (P,) int32 pixels, with the image's margin.
    """

    key: tuple[object, ...]
    which: NDArray[np.int64] | None
    places: NDArray[np.int32]


def _projected(
    x_N: NDArray[np.float32],
    y_N: NDArray[np.float32],
    shown: QRectF,
    size: tuple[int, int, int],
) -> _Projected:
    width, height, pad = size
    with np.errstate(invalid="ignore"):
        column_N = np.floor((x_N - shown.left()) * (width / shown.width()))
        row_N = np.floor((y_N - shown.top()) * (height / shown.height()))
        inside_N = (column_N >= 0) & (column_N < width) & (row_N >= 0) & (row_N < height)
    which = None
    if not inside_N.all():
        which = np.flatnonzero(inside_N)
        column_N, row_N = column_N[which], row_N[which]
    places = (row_N.astype(np.int32) + pad) * (width + 2 * pad)
    places += column_N.astype(np.int32) + pad
    return _Projected((shown.getRect(), width, height, pad), which, places)


def _bounds(x_N: NDArray[np.float32], y_N: NDArray[np.float32]) -> QRectF:
    is_finite = np.isfinite(x_N) & np.isfinite(y_N)
    if not is_finite.any():
        return QRectF()
    x, y = x_N[is_finite], y_N[is_finite]
    left, low = float(x.min()), float(y.min())
    return QRectF(left, low, float(x.max()) - left, float(y.max()) - low)


def _premultiplied(style: PointStyle) -> int:
    color = QColor(style.color)
    alpha = style.opacity
    parts = (alpha * 255, alpha * color.red(), alpha * color.green(), alpha * color.blue())
    a, r, g, b = (round(part) for part in parts)
    return (a << 24) | (r << 16) | (g << 8) | b
