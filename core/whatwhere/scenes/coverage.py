"""Which few frames of a capture together see most of the room.

Video-3D-LLM and its kin choose frames so: the measured surface is cut into cells, and frame after
frame is taken that adds most cells not seen before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from whatwhere.errors import BrokenFileError, Cancelled
from whatwhere.geometry.cameras import Intrinsics, backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform
from whatwhere.scenes.scene import FrameHeader, Scene

CELL_M = 0.1
"""The edge of a cell."""

_PIXELS_ACROSS = 80
_SPAN = 1 << 20
"""Cells along each axis; at 10 cm a hundred kilometres, so no room reaches the end."""


def max_coverage(
    depths: Iterable[PosedDepth],
    count: int,
    *,
    cell_m: float = CELL_M,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The frames that see most together, best first, and the share of all cells seen by then.

    Fewer than `count` come back when these already see everything. Of frames that add equally
    many cells the earlier one is taken.

    Args:
        depths: of the frames, coarse ones suffice; looked at once, one after the other.
        count: how many frames at most.
        cell_m: edge of a cell in metres.
        is_cancelled: polled between frames.

    Raises:
        Cancelled: `is_cancelled` returned True.
    """
    cells = []
    for depth in depths:
        if is_cancelled():
            raise Cancelled("Choosing frames")
        cells.append(_cells(depth, cell_m))
    sizes = [len(item) for item in cells]
    if not sum(sizes):
        return (), ()
    known, columns = np.unique(np.concatenate(cells), return_inverse=True)
    rows = np.repeat(np.arange(len(cells)), sizes)
    sees = sparse.csr_array(
        (np.ones(len(rows), np.float32), (rows, columns.ravel())), shape=(len(cells), len(known))
    )
    unseen = np.ones(len(known), np.float32)
    chosen: list[int] = []
    shares: list[float] = []
    while len(chosen) < count:
        gains = sees @ unseen
        best = int(np.argmax(gains))
        if gains[best] == 0:
            break
        chosen.append(best)
        unseen[sees.indices[sees.indptr[best] : sees.indptr[best + 1]]] = 0
        shares.append(1 - float(unseen.sum()) / len(known))
    return tuple(chosen), tuple(shares)


def covering_frames(
    scene: Scene,
    headers: Sequence[FrameHeader],
    count: int,
    *,
    on_frame: Callable[[int, int], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[FrameHeader]:
    """Of these frames of a scene the `count` that see most together, in capture order.

    Frames that cannot be used, or whose depth turns out broken, are passed over.

    Args:
        scene: whose frames.
        headers: to choose among.
        count: how many at most.
        on_frame: told (frames looked at, frames in all).
        is_cancelled: polled between frames.

    Raises:
        Cancelled: `is_cancelled` returned True.
    """
    looked: list[FrameHeader] = []

    def depths() -> Iterator[PosedDepth]:
        for done, header in enumerate(headers, start=1):
            if header.fault is None:
                try:
                    depth = scene.source.read_coarse_depth(header)
                except BrokenFileError:
                    continue
                looked.append(header)
                yield depth
            if on_frame is not None:
                on_frame(done, len(headers))

    chosen, _ = max_coverage(depths(), count, is_cancelled=is_cancelled)
    return [looked[index] for index in sorted(chosen)]


def _cells(depth: PosedDepth, cell_m: float) -> NDArray[np.int64]:
    """The numbers of the cells that a frame measured something in, each once."""
    step = max(1, depth.depth_m.shape[1] // _PIXELS_ACROSS)
    depth_m, valid = depth.depth_m[::step, ::step], depth.valid[::step, ::step]
    whole = depth.camera
    camera = Intrinsics(
        whole.fx / step,
        whole.fy / step,
        whole.cx / step,
        whole.cy / step,
        depth_m.shape[1],
        depth_m.shape[0],
    )
    points = transform(backproject(depth_m, camera)[valid], depth.world_from_camera)
    places = np.floor(points / cell_m).clip(-_SPAN // 2, _SPAN // 2 - 1).astype(np.int64)
    x, y, z = (places + _SPAN // 2).T
    return np.unique((x * _SPAN + y) * _SPAN + z)
