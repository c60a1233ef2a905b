"""What grounders share about candidates: how many are looked at, and how they are ranked."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from whatwhere.models.grounder import Candidate
from whatwhere.scenes.proposals import Proposal

_DIGITS = 5
"""Scores that agree so far are ties."""


def at_most(
    proposals: tuple[Proposal, ...], count: int
) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """The user's boxes and the largest others, in their order, and a sentence on what is left."""
    if len(proposals) <= count:
        return proposals, ()
    wanted = sorted(proposals, key=lambda p: (p.source != "user", -prod(p.box.size)))[:count]
    kept = {item.proposal for item in wanted}
    said = (
        f"The model looked at {count} of {len(proposals):,} candidates: at the boxes that were "
        "drawn and the largest others. Ask only among boxes of your own to choose which."
    )
    return tuple(item for item in proposals if item.proposal in kept), (said,)


def ranked(
    scene_id: str, proposals: Sequence[Proposal], log_probs: NDArray[np.float32], text: str
) -> tuple[Candidate, ...]:
    """Candidates best first; ties (a blind model's) in an order drawn from scene and sentence."""
    order = np.lexsort((_lots(scene_id, text, len(log_probs)), -log_probs.round(_DIGITS)))
    return tuple(_candidate(proposals[i], log_probs[i]) for i in order)


def best(
    scene_id: str, proposals: Sequence[Proposal], log_probs: NDArray[np.float32], text: str
) -> Candidate:
    """The first that `ranked` would name, without ranking the others."""
    index = best_index(scene_id, log_probs, text)
    return _candidate(proposals[index], log_probs[index])


def best_index(scene_id: str, log_probs: NDArray[np.float32], text: str) -> int:
    """Which of K candidates `ranked` would name first."""
    rounded = log_probs.round(_DIGITS)
    (tied,) = np.nonzero(rounded == rounded.max())
    if len(tied) > 1:
        return int(tied[_lots(scene_id, text, len(log_probs))[tied].argmin()])
    return int(tied[0])


def _lots(scene_id: str, text: str, count: int) -> NDArray[np.int64]:
    generator = np.random.default_rng(crc32(f"{scene_id} {text}".encode()))
    return generator.permutation(count)


def _candidate(proposal: Proposal, log_prob: np.float32) -> Candidate:
    return Candidate(
        box=proposal.box,
        score=float(log_prob),
        proposal=proposal.proposal,
        object_id=proposal.object_id,
        label=proposal.label,
    )


def outside_training(extra: Mapping[str, Any], scene_id: str) -> tuple[str, ...]:
    """A sentence where the model's configuration says that it never saw scenes of this name."""
    trained_on = extra.get("trained_on")
    if not isinstance(trained_on, Mapping):
        return ()
    prefix = trained_on.get("scene_prefix")  # whoever wrote the folder may not know one
    if prefix is None or scene_id.startswith(str(prefix)):
        return ()
    what = trained_on.get("what", f"scenes whose names begin with {prefix}")
    return (f"Outside its training: this model has only seen {what}.",)
