"""Teaching a `video_3d_llm` to match: what one step minimises, and the step.

Its own loss is InfoNCE over the candidates and "nothing is meant", several of which may be right:
that is the Alignment here. The Pseudo-Label hinge and the what-keeper of W2R2 (our readings, see
`objectives`) act on the 2D-only pass, within the class of the target.

Shapes: K candidates, and "nothing is meant" behind them.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.video_3d_llm.grounder import RoomEncoding, Video3DGrounder
from whatwhere.models.video_3d_llm.network import RoomTokens, Video3DLLM, shuffled
from whatwhere.objectives.alignment import alignment
from whatwhere.objectives.pseudo_label import within_class
from whatwhere.objectives.what_keeper import what_keeper
from whatwhere.training.losses import Losses
from whatwhere.training.sentence_steps import sentence_steps


@dataclass(frozen=True, slots=True)
class MatchedBox:
    """One sentence with the candidates that it means.

    Attributes:
        tokens: of its scene.
        mixed_up: the same with positions dealt out anew.
        before_ids: token ids before the frames.
        token_ids: after them, `<ground>` last.
        targets: (K + 1,) bool; the last one where nothing is meant.
        same_class: (K + 1,) bool, the candidates of the target's class.
    """

    tokens: RoomTokens
    mixed_up: RoomTokens
    before_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    targets: Tensor
    same_class: Tensor


def matched_box(
    grounder: Video3DGrounder,
    encoding: RoomEncoding,
    text: str,
    targets: Collection[int],
    same_class: Collection[int] = (),
) -> MatchedBox:
    """What to teach.

    Args:
        grounder: whose tokenizer is asked.
        encoding: of the scene.
        text: the sentence.
        targets: indices of the candidates that are meant; none where nothing is.
        same_class: indices of the candidates of their class; the targets are among them anyway.

    Raises:
        ExpressionError: the sentence is empty.
    """
    asked = Expression.typed(encoding.scene_id, text).text
    count = len(encoding.proposals)
    chosen = set(targets) or {count}
    is_target = torch.tensor([index in chosen for index in range(count + 1)])
    members = chosen | set(same_class)
    return MatchedBox(
        tokens=encoding.tokens,
        mixed_up=shuffled(encoding.tokens, encoding.scene_id),
        before_ids=tuple(grounder.before_ids()),
        token_ids=tuple(grounder.ground_ids(asked)),
        targets=is_target,
        same_class=torch.tensor([index in members for index in range(count + 1)]),
    )


def matched_box_losses(
    network: Video3DLLM,
    sample: MatchedBox,
    *,
    margin: float,
    pseudo_label_weight: float,
    what_weight: float = 0.2,
    against_shuffled: bool = False,
) -> Losses:
    """Alignment, the hinge and the what-keeper of one sentence.

    Args:
        network: its tower and projector are not used; features are in the sample.
        sample: one sentence.
        margin: nats by which fused is to lead within the class.
        pseudo_label_weight: of the hinge, which looks at the first of several targets; 0 asks no
            2D pass, which is the model's own training.
        what_weight: of the class in the 2D pass.
        against_shuffled: the second pass sees shuffled positions in place of none, so that
            "geometry is missing" is not the cue that is learned.
    """
    fused = _log_probs(network, sample, "fused")
    targets = sample.targets[None].to(fused.device)
    parts = {"alignment": alignment(fused, targets.to(fused.dtype))[0]}
    if pseudo_label_weight == 0:
        return Losses(parts, parts["alignment"])
    other = _log_probs(network, sample, "shuffled" if against_shuffled else "2d")
    members = sample.same_class[None].to(fused.device)
    first = targets.int().argmax(-1)
    parts["pseudo_label"] = within_class(other, fused, first, members, margin=margin)[0]
    parts["what_keeper"] = what_keeper(other, members)[0]
    total = parts["alignment"] + pseudo_label_weight * parts["pseudo_label"]
    return Losses(parts, total + what_weight * parts["what_keeper"])


def teach(
    network: Video3DLLM,
    samples: Sequence[MatchedBox],
    *,
    steps: int,
    learning_rate: float,
    margin: float = 0.3,
    pseudo_label_weight: float = 0.5,
) -> Iterator[Losses]:
    """See `sentence_steps`; tower and projector stay as they are."""
    taught = [
        parameter
        for name, parameter in network.named_parameters()
        if not name.startswith(("backbone.tower.", "backbone.projector."))
    ]

    def losses_of(number: int, against_shuffled: bool) -> Losses:
        return matched_box_losses(
            network,
            samples[number],
            margin=margin,
            pseudo_label_weight=pseudo_label_weight,
            against_shuffled=against_shuffled,
        )

    return sentence_steps(taught, len(samples), losses_of, steps=steps, learning_rate=learning_rate)


def _log_probs(network: Video3DLLM, sample: MatchedBox, modality: Modality) -> Tensor:
    """(1, K + 1)."""
    senses = SENSES[modality]
    tokens = sample.mixed_up if senses.shuffled else sample.tokens
    scores = network.scores_at_once(tokens, senses, sample.before_ids, sample.token_ids)
    return scores.log_softmax(-1)[None]
