"""How Qwen's vision towers want their pixels: a row per patch, patches in groups to be merged.

Shapes: F frames, C channels, H x W pixels, p patch side, m patches merged per side, T repeats.
"""

from torch import Tensor


def merged_patches(pixels_FCHW: Tensor, patch: int, *, merge: int, repeats: int) -> Tensor:
    """(F * H/p * W/p, C * T * p * p): every frame `repeats` times, since a video has T per token.

    Groups of m x m patches, which become one token, lie together; groups in reading order.
    """
    num_frames, channels, height, width = pixels_FCHW.shape
    rows, columns = height // (patch * merge), width // (patch * merge)
    cut = pixels_FCHW.reshape(num_frames, channels, rows, merge, patch, columns, merge, patch)
    grouped = cut.permute(0, 2, 5, 3, 6, 1, 4, 7)
    still = grouped[..., None, :, :].expand(*grouped.shape[:6], repeats, patch, patch)
    return still.reshape(-1, channels * repeats * patch * patch)
