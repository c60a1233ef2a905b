"""Log-probabilities of a candidate given its class, and of a class.

Shapes: R sentences, K candidates.
"""

from torch import Tensor

_EXCLUDED = -1e9


def log_prob_of_class(log_probs_RK: Tensor, class_RK: Tensor) -> Tensor:
    """The log of p(class), the probability mass on the candidates of a class.

    Args:
        log_probs_RK: natural log-probabilities over the candidates.
        class_RK: bool, the candidates of the target's class; at least one per row.

    Returns:
        (R,) nats, at most 0.
    """
    return log_probs_RK.masked_fill(~class_RK, _EXCLUDED).logsumexp(dim=-1)


def log_probs_in_class(log_probs_RK: Tensor, class_RK: Tensor) -> Tensor:
    """The log of p(candidate | class): log-probabilities renormalised inside a class.

    Returns:
        (R, K) nats; about -1e9 outside the class.
    """
    return log_probs_RK.masked_fill(~class_RK, _EXCLUDED).log_softmax(dim=-1)


def picked(values_RK: Tensor, target_R: Tensor) -> Tensor:
    """(R,): the entry of each row's target."""
    return values_RK.gather(-1, target_R[:, None])[:, 0]
