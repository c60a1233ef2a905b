"""The Alignment Loss: cross-entropy of the fused prediction, several candidates may be right.

Source: our reading of W2R2 ("Where, Not What", arXiv 2510.17034), whose formula is not public.

Shapes: R sentences, K candidates.
"""

from torch import Tensor


def alignment(log_probs_RK: Tensor, targets_RK: Tensor) -> Tensor:
    """-log of the probability mass on the targets, per sentence.

    Args:
        log_probs_RK: natural log-probabilities over the candidates.
        targets_RK: weights >= 0, not all 0 in a row; a 0/1 mask for plain cross-entropy.

    Returns:
        (R,) nats.
    """
    weights = targets_RK / targets_RK.amax(dim=-1, keepdim=True)
    return -(log_probs_RK + weights.clamp(min=1e-12).log()).logsumexp(dim=-1)
