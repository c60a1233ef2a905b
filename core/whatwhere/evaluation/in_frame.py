"""How well a part of a picture meets its target: what `2d-frame` answers are scored by.

Shapes: H x W pixels of the depth image, which shows the same view as the colour image; h x w
patches.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.picture_parts import box_of_mask, mask_iou, on_grid, pixel_box_iou
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.visibility import membership

_MARGIN_M = 0.03
"""Sensor noise puts points just outside a tight box."""


@dataclass(frozen=True, slots=True)
class FrameScore:
    """One answer against its target in one frame.

    Attributes:
        mask_iou: of the answer's mask and the target's; 0 where the frame does not show it.
        box_iou: of the boxes around both masks, in pixels; 0 likewise.
        hit: the middle of the best patch lies on the target.
        target_share: of the picture that the target takes up, which is the chance of a hit.
    """

    mask_iou: float
    box_iou: float
    hit: bool
    target_share: float

    @property
    def is_shown(self) -> bool:
        """Whether the frame shows anything of the target."""
        return self.target_share > 0

    def as_json(self) -> dict[str, Any]:
        """The score of the `ground` JSON document."""
        return {name: getattr(self, name) for name in self.__slots__}


def target_mask(target: Box, depth: PosedDepth) -> NDArray[np.bool_]:
    """(H, W): pixels whose measured point lies in the target's box.

    So what is hidden does not count; what else stands in the box does.
    """
    inside = membership(
        depth.depth_m,
        depth.valid,
        depth.camera,
        depth.world_from_camera,
        [target],
        margin_m=_MARGIN_M,
    )
    return np.asarray(inside[0])


def frame_score(
    patches: NDArray[np.bool_], best_patch: tuple[int, int], target: NDArray[np.bool_]
) -> FrameScore:
    """An answer against the mask of its target in the frame that was answered in.

    Args:
        patches: (h, w), the patches of the answer.
        best_patch: row and column of the one that scores highest.
        target: (H, W) from `target_mask`, or from a picture of instances.
    """
    height, width = target.shape
    mask = on_grid(patches, height, width)
    answered, wanted = box_of_mask(mask), box_of_mask(target)
    row = int((best_patch[0] + 0.5) * height / patches.shape[0])
    column = int((best_patch[1] + 0.5) * width / patches.shape[1])
    return FrameScore(
        mask_iou=mask_iou(mask, target),
        box_iou=pixel_box_iou(answered, wanted) if answered and wanted else 0.0,
        hit=bool(target[row, column]),
        target_share=float(target.mean()),
    )
