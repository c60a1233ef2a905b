"""Supervision of the relation head's anchors, where the data set names them.

Without it near and far stay at chance for as long as we trained: the gradient through the
relation alone does not find the anchor.

Shapes: R sentences, H heads, K candidates, A anchors per sentence.
"""

from torch import Tensor


def anchor_supervision(anchor_log_probs_RHK: Tensor, anchors_RA: Tensor) -> Tensor:
    """Cross-entropy of the first A heads to the A anchors, per sentence.

    Args:
        anchor_log_probs_RHK: log-probabilities of each head's anchor, H >= A.
        anchors_RA: candidate indices; -1 where the sentence has no such anchor.

    Returns:
        (R,) nats, the mean over a sentence's anchors; 0 for sentences without any.
    """
    known = anchors_RA >= 0
    heads_RAK = anchor_log_probs_RHK[:, : anchors_RA.shape[1]]
    picked = heads_RAK.gather(-1, anchors_RA.clamp(min=0)[..., None])[..., 0]
    total = -(picked * known).sum(-1)
    return total / known.sum(-1).clamp(min=1)
