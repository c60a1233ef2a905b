"""What of an object catches the eye: cues by which a model may choose without knowing places.

Shapes: K boxes, F frames.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.visibility import membership
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere.scenes.shown_shares import shown_shares

CUES = ("prominence", "size", "colour", "visibility", "centredness")
"""Mean share of the picture over all frames; volume of the box; vividness of its pixels; how
little of it is hidden where it is seen best; how near to the middle of pictures it is."""

_LEAST_SHARE = 1e-5
_WIDTH_PX = 160


def cues_of(scene: Scene, boxes: Sequence[Box], names: Sequence[str]) -> NDArray[np.float64]:
    """(K, 5): the `CUES` of each box, in frames of these names.

    Prominence and size are logarithms; an object that no frame shows has colour and centredness
    of the mean over the others.

    Raises:
        BrokenFileError: an image is broken.
    """
    wanted = set(names)
    headers = [header for header in scene.frames if header.name in wanted]
    shares = np.zeros((len(headers), len(boxes)))
    vivid = np.zeros_like(shares)
    off_centre = np.zeros_like(shares)
    depths = []
    for number, header in enumerate(headers):
        depths.append(scene.read_coarse_depth(header))
        shares[number], vivid[number], off_centre[number] = _in_frame(scene, header, boxes)
    seen = shares.sum(axis=0)
    volume = np.array([max(float(np.prod(box.size)), 1e-9) for box in boxes])
    shown = shown_shares(depths, list(boxes)) if depths else np.zeros(len(boxes))
    columns = [
        np.log(np.maximum(seen / max(len(headers), 1), _LEAST_SHARE)),
        np.log(volume),
        _mean_where_seen(vivid, shares),
        np.nan_to_num(np.asarray(shown, float)),
        -_mean_where_seen(off_centre, shares),
    ]
    return np.stack(columns, axis=1)


def _in_frame(
    scene: Scene, header: FrameHeader, boxes: Sequence[Box]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(K,) each: share of the pixels, their mean vividness, their mean distance to the middle."""
    depth = scene.read_coarse_depth(header)
    color = scene.read_coarse_color(header, width_px=_WIDTH_PX).astype(float)
    height, width = depth.depth_m.shape
    rows = ((np.arange(height) + 0.5) * color.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * color.shape[1] / width).astype(int)
    picked = color[np.ix_(rows, columns)]
    chroma = picked.max(axis=-1) - picked.min(axis=-1)
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5)
    inside = membership(
        depth.depth_m, depth.valid, depth.camera, depth.world_from_camera, list(boxes)
    )
    count = inside.sum(axis=(1, 2))
    most = np.maximum(count, 1)
    return (
        count / depth.depth_m.size,
        np.einsum("kyx,yx->k", inside, chroma) / most / 255,
        np.einsum("kyx,yx->k", inside, distance) / most,
    )


def _mean_where_seen(
    values: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(K,) mean over frames, weighted by how much they show; unseen ones get that of the seen."""
    seen = shares.sum(axis=0)
    mean = (values * shares).sum(axis=0) / np.maximum(seen, 1e-12)
    known = seen > 0
    return np.asarray(np.where(known, mean, mean[known].mean() if known.any() else 0.0))
