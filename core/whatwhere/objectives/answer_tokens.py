"""The Pseudo-Label hinge on answers in words: what 2D alone may say of a spatial question.

Source: our reading of W2R2 ("Where, Not What", arXiv 2510.17034), whose formula is not public: the
hinge of `whatwhere.objectives.pseudo_label`, on the mean log-probability of the answer's tokens.

Shapes: R questions, W tokens. Log-probabilities are natural, in nats.
"""

import torch
from torch import Tensor


def mean_log_prob(log_probs_RW: Tensor, is_answer_RW: Tensor) -> Tensor:
    """(R,) nats per token of the answer, so that a long answer weighs as much as a short one.

    Args:
        log_probs_RW: of each token, given all before it.
        is_answer_RW: bool, the tokens that count; at least one per row.
    """
    counted = log_probs_RW * is_answer_RW
    return counted.sum(-1) / is_answer_RW.sum(-1)


def answer_hinge(log_p_2d_R: Tensor, log_p_fused_R: Tensor, *, margin: float) -> Tensor:
    """relu(m + log p_2d - log p_fused): fused leads 2D by a margin, in nats per token.

    Fused is a fixed reference, detached here: it learns from its own answer alone. There is no
    class of answers whose chance could be a floor, but 2D is not pushed further than the margin
    below fused.

    Args:
        log_p_2d_R: mean log-probability of the right answer without geometry.
        log_p_fused_R: the same with everything.
        margin: nats per token.

    Returns:
        (R,) nats per token, not yet averaged.
    """
    return torch.relu(margin + log_p_2d_R - log_p_fused_R.detach())
