"""Teaching a `geometry_vlm` to say boxes: what of one sentence is minimised.

W2R2's two losses for text. Alignment is the cross-entropy of the fused pass on the words of the
box. The Pseudo-Label hinge acts on the words that hold a digit, for those are the answer to
"where": fused must lead the 2D-only pass on them by a margin, or 2D must not be too good at them.
What the 2D pass is to keep, the form of the answer, are the other words. Source: our reading
(`objectives/pseudo_label.py`); the paper's setting is VG-LLM's, its formula is not public to us.

Shapes: A words of an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.network import GeometryVLM, SceneFeatures
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.objectives.pseudo_label import absolute, relative

Hinge = Literal["absolute", "relative"]


@dataclass(frozen=True, slots=True)
class SaidBox:
    """One sentence with the words of its box.

    Attributes:
        features: of its scene.
        mixed_up: the same with the geometry of the tokens dealt out anew.
        labels: token ids of what is said before each frame.
        prompt_ids: of the sentence in its prompt.
        answer_ids: of the box, ended as the model ends what it says.
        is_where_A: bool, the words that hold a digit.
    """

    features: SceneFeatures
    mixed_up: SceneFeatures
    labels: Sequence[Sequence[int]]
    prompt_ids: Sequence[int]
    answer_ids: Sequence[int]
    is_where_A: Tensor


def answer_of(
    texts: Texts, words: str, end_token_ids: Sequence[int]
) -> tuple[tuple[int, ...], Tensor]:
    """Token ids of the words of a box with an end behind, and which of them hold a digit."""
    ids = texts.encode("{text}", words)
    end = tuple(end_token_ids[:1])
    where = [any(letter.isdigit() for letter in texts.decode([token])) for token in ids]
    return (*ids, *end), torch.tensor([*where, *(False for _ in end)])


def said_log_probs(network: GeometryVLM, sample: SaidBox, modality: Modality) -> Tensor:
    """(A,) natural log-probability of each word, given all before it."""
    senses = SENSES[modality]
    features = sample.mixed_up if senses.shuffled else sample.features
    return network.text_log_probs(
        features, senses, sample.labels, sample.prompt_ids, sample.answer_ids
    )


def said_parts(
    network: GeometryVLM,
    sample: SaidBox,
    *,
    margin: float,
    hinge: Hinge = "relative",
    against_shuffled: bool = False,
) -> dict[str, Tensor]:
    """Alignment, the hinge and the what-keeper of one sentence, by name and unweighted.

    Args:
        network: its tower is not used; appearance is in the sample.
        sample: one sentence.
        margin: nats per word by which fused is to lead, or below which 2D is to stay.
        hinge: which reading.
        against_shuffled: the second pass sees shuffled geometry in place of none, so that
            "geometry is missing" is not the cue that is learned.
    """
    fused_A = said_log_probs(network, sample, "fused")
    other_A = said_log_probs(network, sample, "shuffled" if against_shuffled else "2d")
    where = sample.is_where_A.to(other_A.device)
    other, fused = other_A[where].mean()[None], fused_A[where].mean()[None]
    if hinge == "absolute":
        pushed = absolute(other, margin=margin)
    else:
        pushed = relative(other, fused, margin=margin)
    return {
        "alignment": -fused_A.mean(),
        "pseudo_label": pushed[0],
        "what_keeper": -other_A[~where].mean(),
    }
