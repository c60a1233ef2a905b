"""What is read of a scene before any network runs: images, posed depth and patch membership.

NumPy only, so that many scenes can be prepared in light worker processes.

Shapes: F frames, K candidates, H x W pixels, h x w patches.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whatwhere.errors import Cancelled, SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform
from whatwhere.geometry.visibility import membership
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.scenes.broken_frames import BrokenFrames
from whatwhere.scenes.scene import Frame, FrameHeader, Scene

# Boxes are tight around what was reconstructed; sensor noise puts points just outside.
_MEMBERSHIP_MARGIN_M = 0.03
_MAX_THREADS = 8


@dataclass(frozen=True, slots=True, eq=False)
class SceneViews:
    """The frames a model looks at, at its image size.

    Attributes:
        names: of the frames.
        images: (F, H, W, 3) uint8 RGB.
        depths: one per frame.
        room_lower: (3,) lower bound of the measured points, aligned metres.
        room_upper: (3,) upper bound.
    """

    names: tuple[str, ...]
    images: NDArray[np.uint8]
    depths: tuple[PosedDepth, ...]
    room_lower: NDArray[np.float32]
    room_upper: NDArray[np.float32]


def collect_views(
    scene: Scene,
    *,
    image_size: tuple[int, int],
    max_frames: int,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> SceneViews:
    """Read frames spread evenly over the scene, resized to (height, width).

    A frame whose image turns out broken is left out; the scene's warnings name it.

    Raises:
        SceneError: the scene has no usable frame, or none with a depth measurement.
        Cancelled: between two frames, when `is_cancelled` says so.
    """
    reading = FrameReading(
        scene,
        image_size=image_size,
        max_frames=max_frames,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    return reading.all()


class FrameReading:
    """Frames of one scene as they are decoded, ahead of whoever takes them.

    A few threads decode while the network looks at what came before. A frame whose image turns
    out broken is left out; the scene's warnings name it.

    Args:
        scene: whose frames are read.
        image_size: (height, width) that they are resized to.
        max_frames: spread evenly over the scene.
        progress: told of every frame.
        is_cancelled: polled between two frames.

    Attributes:
        headers: of the frames that are read.

    Raises:
        SceneError: the scene has no usable frame.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        image_size: tuple[int, int],
        max_frames: int,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> None:
        self._scene, self._image_size = scene, image_size
        self._progress, self._is_cancelled = progress, is_cancelled
        self.headers = spread(scene.frames, max_frames)
        self._seen: list[tuple[str, NDArray[np.uint8], PosedDepth]] = []
        if not self.headers:
            raise SceneError(
                "the scene has no usable frames, so the model cannot see it",
                remedy="Add posed frames (color, depth, pose, intrinsic), or open another scene",
                path=scene.folder,
            )

    @property
    def num_frames(self) -> int:
        """The most that will come; broken ones do not."""
        return len(self.headers)

    def images(self) -> Iterator[NDArray[np.uint8]]:
        """(H, W, 3) uint8 RGB of every frame, in order.

        Raises:
            Cancelled: between two frames, when `is_cancelled` says so.
        """
        broken = BrokenFrames(self._scene)

        def read(header: FrameHeader) -> tuple[str, NDArray[np.uint8], PosedDepth] | None:
            frame = broken.read(header)
            if frame is None:
                return None
            color = resize_color(frame.color, self._image_size)
            return frame.name, color, resize_depth(frame, self._image_size)

        total = len(self.headers)
        with ThreadPoolExecutor(_num_threads(), "decode") as decoders:
            try:
                ahead = deque(decoders.submit(read, header) for header in self.headers)
                for index in range(1, total + 1):
                    if self._is_cancelled is not None and self._is_cancelled():
                        raise Cancelled("Encoding")
                    seen = ahead.popleft().result()
                    if self._progress is not None:
                        self._progress(index, total, f"reading frame {index} of {total}")
                    if seen is not None:
                        self._seen.append(seen)
                        yield seen[1]
            finally:
                decoders.shutdown(wait=True, cancel_futures=True)
        broken.tell()

    def all(self) -> SceneViews:
        """Read to the end, for whoever looks at nothing meanwhile.

        Raises:
            SceneError: as `views`.
            Cancelled: as `images`.
        """
        for _ in self.images():
            pass
        return self.views()

    def views(self) -> SceneViews:
        """All that was read, once `images` has ended.

        Raises:
            SceneError: no frame could be read, or none has a depth measurement.
        """
        if not self._seen:
            raise SceneError(
                f"none of the {len(self.headers)} frames that the model would look at can be read",
                remedy="Export the color and depth images again; `whatwhere info` names what is "
                "wrong",
                path=self._scene.folder,
            )
        names, images, depths = zip(*self._seen, strict=True)
        lower, upper = _room_bounds(depths, self._scene)
        return SceneViews(names, np.stack(images), depths, lower, upper)


def _num_threads() -> int:
    """One core stays with whoever takes the frames."""
    return min(_MAX_THREADS, max(1, len(os.sched_getaffinity(0)) - 1))


def patch_shares(
    views: SceneViews,
    boxes: Sequence[Box],
    *,
    grid: tuple[int, int],
    is_cancelled: IsCancelled | None = None,
) -> NDArray[np.float32]:
    """(K, F, h, w): the share of each patch's pixels that belong to each candidate.

    A pixel belongs to a candidate when its measured point lies in the candidate's box, so what
    is occluded does not count.

    Raises:
        Cancelled: between two frames, when `is_cancelled` says so.
    """
    height, width = grid
    shares = np.empty((len(boxes), len(views.depths), height, width), np.float32)

    def share(index: int) -> None:
        depth = views.depths[index]
        inside = membership(
            depth.depth_m,
            depth.valid,
            depth.camera,
            depth.world_from_camera,
            boxes,
            margin_m=_MEMBERSHIP_MARGIN_M,
        )
        rows, columns = inside.shape[1] // height, inside.shape[2] // width
        patches = inside[:, : rows * height, : columns * width]
        shares[:, index] = patches.reshape(len(boxes), height, rows, width, columns).mean((2, 4))

    with ThreadPoolExecutor(_num_threads(), "shares") as threads:
        waiting = [threads.submit(share, index) for index in range(len(views.depths))]
        for done in waiting:
            if is_cancelled is not None and is_cancelled():
                threads.shutdown(wait=True, cancel_futures=True)
                raise Cancelled("Encoding")
            done.result()
    return shares


def spread(headers: Sequence[FrameHeader], count: int) -> list[FrameHeader]:
    """At most `count` frames, evenly spaced, first and last included."""
    if len(headers) <= count:
        return list(headers)
    return [headers[i] for i in np.linspace(0, len(headers) - 1, count).round().astype(int)]


def resize_color(color: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB to (height, width), area-averaged when it shrinks."""
    if color.shape[:2] == size:
        return color
    image = Image.fromarray(color).resize((size[1], size[0]), Image.Resampling.BOX)
    return np.asarray(image)


def resize_depth(frame: Frame, size: tuple[int, int]) -> PosedDepth:
    """Depth at another size, nearest: averaging would invent surfaces."""
    height, width = frame.depth_m.shape
    rows = ((np.arange(size[0]) + 0.5) * height / size[0]).astype(int)
    columns = ((np.arange(size[1]) + 0.5) * width / size[1]).astype(int)
    pick = np.ix_(rows, columns)
    return PosedDepth(
        depth_m=frame.depth_m[pick],
        valid=frame.depth_valid[pick],
        camera=frame.depth_camera.resized(width=size[1], height=size[0]),
        world_from_camera=frame.world_from_camera,
    )


def _room_bounds(
    depths: Sequence[PosedDepth], scene: Scene
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bounds of the measured points; the outermost percent is taken as noise."""
    points = np.concatenate(
        [
            transform(backproject(d.depth_m, d.camera)[d.valid][::4], d.world_from_camera)
            for d in depths
        ]
    )
    if not len(points):
        raise SceneError(
            "no frame has a depth measurement",
            remedy="Check the depth images (16-bit PNG, millimetres, 0 = none)",
            path=scene.folder,
        )
    lower, upper = np.percentile(points, [1, 99], axis=0)
    return lower.astype(np.float32), upper.astype(np.float32)
