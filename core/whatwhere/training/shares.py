"""Putting together what several processes said of their shares of a batch."""

from torch import Tensor

from whatwhere.training.batches import Batch, Share
from whatwhere.training.distributed import Ranks
from whatwhere.training.losses import Passes


def together(own: Passes, share: Share, batch: Batch, ranks: Ranks, *, has_2d: bool) -> Passes:
    """What the network said of the whole batch; a gradient reaches what was said here.

    Args:
        own: what this rank's network said of its share.
        share: of `batch`.
        batch: the whole; the same on all ranks.
        ranks: all of them call this.
        has_2d: whether the second pass was run where there was one.
    """
    num_rows, num_rooms = len(batch.target_R), len(batch.class_ids_GK)
    log_2d_SK = None
    if batch.second is not None and has_2d:
        # A share may have no sentence of the second pass, though the batch has some.
        said = own.log_probs_RK.detach()[:0] if own.log_2d_SK is None else own.log_2d_SK
        log_2d_SK = ranks.whole(said, share.again_S, len(batch.second.rows_S))
    return Passes(
        ranks.whole(own.log_probs_RK, share.rows_R, num_rows),
        _whole(own.anchor_log_probs_RHK, share.rows_R, num_rows, ranks),
        _whole(own.what_GKD, share.rooms_G, num_rooms, ranks),
        log_2d_SK,
    )


def _whole(own: Tensor | None, index: Tensor, count: int, ranks: Ranks) -> Tensor | None:
    return None if own is None else ranks.whole(own, index, count)
