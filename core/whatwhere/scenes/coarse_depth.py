"""Depth images thinned out, so that those of a whole capture fit into memory."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import Matrix4

_WIDTH_PX = 160


@dataclass(frozen=True, slots=True, eq=False)
class CoarseDepth:
    """Every `step`-th row and column of one depth image.

    Attributes:
        depth_mm: (h, w) uint16, 0 where there is no measurement.
        step: in pixels of the whole image.
        full_size: (width, height) of the whole image.
    """

    depth_mm: NDArray[np.uint16]
    step: int
    full_size: tuple[int, int]

    @classmethod
    def of(cls, depth_m: NDArray[np.float32]) -> Self:
        """From a whole depth image (h, w) in metres; picked, for a mean would invent surfaces."""
        height, width = depth_m.shape
        step = max(1, width // _WIDTH_PX)
        picked_mm = np.rint(depth_m[step // 2 :: step, step // 2 :: step] * 1000)
        return cls(np.clip(picked_mm, 0, 65535).astype(np.uint16), step, (width, height))

    @property
    def nbytes(self) -> int:
        """Bytes of pixels."""
        return self.depth_mm.nbytes

    def posed(self, calibrated: Intrinsics, world_from_camera: Matrix4) -> PosedDepth:
        """With the camera that took it; `calibrated` may be for another size."""
        full = calibrated.resized(width=self.full_size[0], height=self.full_size[1])
        height, width = self.depth_mm.shape
        first = self.step // 2
        camera = Intrinsics(
            full.fx / self.step,
            full.fy / self.step,
            (full.cx - first) / self.step,
            (full.cy - first) / self.step,
            width,
            height,
        )
        depth_m = self.depth_mm.astype(np.float32) / np.float32(1000)
        return PosedDepth(depth_m, self.depth_mm > 0, camera, world_from_camera)
