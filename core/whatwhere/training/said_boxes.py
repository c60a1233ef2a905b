"""Teaching a `geometry_vlm` to say boxes: what one step minimises, and the step.

W2R2's two losses for text. Alignment is the cross-entropy of the fused pass on the words of the
box. The Pseudo-Label hinge acts on the words that hold a digit, for those are the answer to
"where": fused must lead the 2D-only pass on them by a margin. What the 2D pass is to keep, the
form of the answer, are the other words. Source: our reading (`objectives/pseudo_label.py`); the
paper's setting is VG-LLM's, its formula is not public to us.

Shapes: A words of an answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.geometry_vlm.box_text import box_text, in_camera
from whatwhere.models.geometry_vlm.encoding import GeometryEncoding, clearest_frame, shuffled
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import GeometryVLM, SceneFeatures
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.objectives.pseudo_label import relative
from whatwhere.training.losses import Losses
from whatwhere.training.sentence_steps import sentence_steps


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
    labels: tuple[tuple[int, ...], ...]
    prompt_ids: tuple[int, ...]
    answer_ids: tuple[int, ...]
    is_where_A: Tensor


def said_box(
    grounder: GeometryGrounder, encoding: GeometryEncoding, text: str, target: Box
) -> SaidBox:
    """What to teach: the target in the camera of the frame that shows most of it.

    Raises:
        ExpressionError: the sentence is empty.
        SceneError: no frame sees the target.
    """
    asked = Expression.typed(encoding.scene_id, text).text
    frame = clearest_frame(encoding.depths, target)
    words = box_text(in_camera(target, frame, encoding.depths[frame].world_from_camera))
    texts, config = grounder.texts, grounder.network.config
    ids = texts.encode("{text}", words)
    where = [any(letter.isdigit() for letter in texts.decode([token])) for token in ids]
    end = config.end_token_ids[:1]
    return SaidBox(
        features=encoding.features,
        mixed_up=shuffled(encoding.features, encoding.scene_id),
        labels=tuple(tuple(label) for label in grounder.labels(len(encoding.frames))),
        prompt_ids=tuple(texts.encode(config.box_prompt, asked)),
        answer_ids=(*ids, *end),
        is_where_A=torch.tensor([*where, *(False for _ in end)]),
    )


def said_box_losses(
    network: GeometryVLM,
    sample: SaidBox,
    *,
    margin: float,
    pseudo_label_weight: float,
    what_weight: float = 0.2,
    against_shuffled: bool = False,
) -> Losses:
    """Alignment, the hinge and the what-keeper of one sentence.

    Args:
        network: its tower is not used; appearance is in the sample.
        sample: one sentence.
        margin: nats per word by which fused is to lead.
        pseudo_label_weight: 0 asks no 2D pass, which is plain training.
        what_weight: of the form of the answer in the 2D pass.
        against_shuffled: the second pass sees shuffled geometry in place of none, so that
            "geometry is missing" is not the cue that is learned.
    """
    fused_A = _log_probs(network, sample, "fused")
    parts = {"alignment": -fused_A.mean()}
    if pseudo_label_weight == 0:
        return Losses(parts, parts["alignment"])
    other_A = _log_probs(network, sample, "shuffled" if against_shuffled else "2d")
    where = sample.is_where_A.to(other_A.device)
    hinge = relative(other_A[where].mean()[None], fused_A[where].mean()[None], margin=margin)
    parts["pseudo_label"] = hinge[0]
    parts["what_keeper"] = -other_A[~where].mean()
    total = parts["alignment"] + pseudo_label_weight * parts["pseudo_label"]
    return Losses(parts, total + what_weight * parts["what_keeper"])


def teach(
    network: GeometryVLM,
    samples: Sequence[SaidBox],
    *,
    steps: int,
    learning_rate: float,
    margin: float = 0.3,
    pseudo_label_weight: float = 0.5,
) -> Iterator[Losses]:
    """See `sentence_steps`; both towers stay as they are."""
    taught = [
        parameter
        for name, parameter in network.named_parameters()
        if not name.startswith(("backbone.tower.", "geometry.tower."))
    ]

    def losses_of(number: int, against_shuffled: bool) -> Losses:
        return said_box_losses(
            network,
            samples[number],
            margin=margin,
            pseudo_label_weight=pseudo_label_weight,
            against_shuffled=against_shuffled,
        )

    return sentence_steps(taught, len(samples), losses_of, steps=steps, learning_rate=learning_rate)


def _log_probs(network: GeometryVLM, sample: SaidBox, modality: Modality) -> Tensor:
    senses = SENSES[modality]
    features = sample.mixed_up if senses.shuffled else sample.features
    return network.text_log_probs(
        features, senses, sample.labels, sample.prompt_ids, sample.answer_ids
    )
