"""What one step minimises: the objectives of a configuration, on one forward pass or two.

Shapes: R sentences, S of them in the second pass, K candidates.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.spatial_vlm.model import Scores, SpatialVLM
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.objectives.alignment import alignment
from whatwhere.objectives.anchors import anchor_supervision
from whatwhere.objectives.debias import in_class_expert, inverse_propensity, opponent, product
from whatwhere.objectives.in_class import picked
from whatwhere.objectives.pseudo_label import absolute, relative, within_class
from whatwhere.objectives.what_keeper import what_keeper
from whatwhere.training.batches import Batch, SecondPass
from whatwhere.training.config import TrainConfig

Network = SpatialVLM | FrameVLM | Video3DLLM
"""What chooses among candidates: called with scenes and sentences, it gives `Scores`."""

Learner = Network | GeometryVLM
"""What can be trained."""


class AttributeHeads(nn.Module):
    """Class and colour from the appearance terms; used in training only."""

    def __init__(self, width: int, num_classes: int, num_colours: int) -> None:
        super().__init__()
        self.classes = nn.Linear(width, num_classes)
        self.colours = nn.Linear(width, max(1, num_colours))

    def forward(self, what_GKD: Tensor, batch: Batch) -> Tensor:
        """Mean cross-entropy of both, over candidates whose attribute is known."""
        num_rooms = len(batch.class_ids_GK)
        seen = batch.scenes.seen_GK[:num_rooms]
        what = what_GKD[seen]
        losses = [
            functional.cross_entropy(head(what), ids[seen], ignore_index=-1)
            for head, ids in (
                (self.classes, batch.class_ids_GK),
                (self.colours, batch.colour_ids_GK),
            )
            if (ids[seen] >= 0).any()
        ]
        return torch.stack(losses).sum() if losses else what.sum() * 0


@dataclass(frozen=True, slots=True)
class Losses:
    """The parts by name, unweighted, and their weighted sum."""

    parts: dict[str, Tensor]
    total: Tensor


def ramp(step: int, config: TrainConfig) -> float:
    """Weight of the losses on 2D: 0, then rising to 1; 2D must know something first."""
    done = step / config.steps
    if done < config.ramp_from:
        return 0.0
    return min(1.0, (done - config.ramp_from) / max(1e-9, config.ramp_to - config.ramp_from))


@dataclass(frozen=True, slots=True)
class Passes:
    """What a network said of a batch, which is all that the objectives look at.

    Attributes:
        log_probs_RK: of the candidates of every sentence.
        anchor_log_probs_RHK: where each relation head looks; None without such heads.
        what_GKD: appearance terms of the candidates of every room; None without them.
        log_2d_SK: of the sentences of the second pass; None without one.
    """

    log_probs_RK: Tensor
    anchor_log_probs_RHK: Tensor | None
    what_GKD: Tensor | None
    log_2d_SK: Tensor | None


def losses(
    network: Network, heads: AttributeHeads, batch: Batch, config: TrainConfig, *, ramped: float
) -> Losses:
    """Run the network on a batch and compose the configuration's objectives.

    Args:
        network: its tower is not used where the batch holds features.
        heads: for the attribute supervision.
        batch: with a second pass or without.
        config: weights and margins.
        ramped: weight of the losses that look at the second pass, from `ramp`.
    """
    return objectives(passes(network, batch, config, ramped=ramped), heads, batch, config, ramped)


def passes(network: Network, batch: Batch, config: TrainConfig, *, ramped: float) -> Passes:
    """Run the network on a batch, once more without geometry where an objective looks at that."""
    second = batch.second if ramped > 0 else None
    if second is None:
        return _passes(network(batch.scenes, batch.sentences), batch, None)
    # Only the Pseudo-Label hinges teach the 2D pass; the others look at it.
    if config.pseudo_label != "none":
        both = network(batch.scenes, batch.sentences.joined(second.sentences))
        return _passes(both, batch, both.log_probs_RK[-len(second.rows_S) :])
    scores = network(batch.scenes, batch.sentences)
    with torch.no_grad():
        log_2d_SK = network(batch.scenes, second.sentences).log_probs_RK
    return _passes(scores, batch, log_2d_SK)


def objectives(
    seen: Passes, heads: AttributeHeads, batch: Batch, config: TrainConfig, ramped: float
) -> Losses:
    """Compose the configuration's objectives on what a network said of the same batch."""
    choice_R = alignment(seen.log_probs_RK, batch.targets_RK)
    parts = {"alignment": _mean(choice_R, batch.weight_R)}
    total = choice_R.new_zeros(())
    if seen.anchor_log_probs_RHK is not None:
        anchors_R = anchor_supervision(seen.anchor_log_probs_RHK, batch.anchors_RA)
        parts["anchor"] = _mean(anchors_R, batch.sentences.geometry_R)
        total = total + config.anchor_weight * parts["anchor"]
    if seen.what_GKD is not None:
        parts["attribute"] = heads(seen.what_GKD, batch)
        total = total + config.attribute_weight * parts["attribute"]
    second, log_2d_SK = batch.second, seen.log_2d_SK
    if second is None or log_2d_SK is None:
        return Losses(parts, total + parts["alignment"])
    batch = _weighed(batch, second, log_2d_SK, config, ramped)
    found, extra = _on_second_pass(batch, second, seen.log_probs_RK, log_2d_SK, config)
    absent = second.sentences.geometry_R == 0
    if config.product_share > 0 and bool(absent.any()):
        rows = second.rows_S[absent]
        expert = _expert(log_2d_SK, batch.class_RK[second.rows_S], config)[absent]
        joint_S = product(seen.log_probs_RK[rows], expert, batch.target_R[rows])
        found["product"] = _mean(joint_S, batch.weight_R[rows])
        share = config.product_share * ramped
        choice_R = choice_R.scatter(0, rows, (1 - share) * choice_R[rows] + share * joint_S)
    total = total + _mean(choice_R, batch.weight_R) + ramped * extra
    return Losses({**parts, **found}, total)


def _on_second_pass(
    batch: Batch, second: SecondPass, log_fused_RK: Tensor, log_2d_SK: Tensor, config: TrainConfig
) -> tuple[dict[str, Tensor], Tensor]:
    """The hinges by name, and their weighted sum."""
    rows = second.rows_S
    log_fused_SK, target_S = log_fused_RK[rows], batch.target_R[rows]
    class_SK, weight_S = batch.class_RK[rows], batch.weight_R[rows]
    parts: dict[str, Tensor] = {}
    total = log_fused_SK.new_zeros(())
    hinge_S = _pseudo_label(log_fused_SK, log_2d_SK, target_S, class_SK, config)
    if hinge_S is not None:
        parts["pseudo_label"] = _mean(hinge_S, weight_S)
        total = total + config.pseudo_label_weight * parts["pseudo_label"]
    if config.what_keeper_weight > 0:
        parts["what_keeper"] = _mean(what_keeper(log_2d_SK, class_SK), weight_S)
        total = total + config.what_keeper_weight * parts["what_keeper"]
    if config.opponent_weight > 0:
        expert = _expert(log_2d_SK, class_SK, config)
        against_S = opponent(log_fused_SK, expert, target_S, margin=config.opponent_margin)
        # With shuffled positions 2D is no opponent: what it chooses there is mostly noise.
        absent_S = (second.sentences.geometry_R == 0).to(weight_S.dtype)
        parts["opponent"] = _mean(against_S, weight_S * absent_S)
        total = total + config.opponent_weight * parts["opponent"]
    return parts, total


def _weighed(
    batch: Batch, second: SecondPass, log_2d_SK: Tensor, config: TrainConfig, ramped: float
) -> Batch:
    """The batch with the sentences of the second pass weighed by how little 2D gives them away."""
    if config.propensity_cap == 1:
        return batch
    rows = second.rows_S[second.sentences.geometry_R == 0]
    seen = log_2d_SK[second.sentences.geometry_R == 0]
    weight = inverse_propensity(
        seen, batch.target_R[rows], batch.class_RK[rows], cap=config.propensity_cap
    )
    faded = batch.weight_R[rows] * (1 + ramped * (weight - 1))
    return replace(batch, weight_R=batch.weight_R.scatter(0, rows, faded))


def _expert(log_2d_SK: Tensor, class_SK: Tensor, config: TrainConfig) -> Tensor:
    """The 2D branch as product and opponent hear it."""
    return in_class_expert(log_2d_SK, class_SK) if config.expert_in_class else log_2d_SK


def _pseudo_label(
    log_fused_SK: Tensor,
    log_2d_SK: Tensor,
    target_S: Tensor,
    class_SK: Tensor,
    config: TrainConfig,
) -> Tensor | None:
    match config.pseudo_label:
        case "none":
            return None
        case "absolute":
            return absolute(picked(log_2d_SK, target_S), margin=config.margin)
        case "relative":
            both = picked(log_2d_SK, target_S), picked(log_fused_SK, target_S)
            return relative(*both, margin=config.margin)
        case "within-class":
            return within_class(log_2d_SK, log_fused_SK, target_S, class_SK, margin=config.margin)


def _passes(scores: Scores, batch: Batch, log_2d_SK: Tensor | None) -> Passes:
    """Without the sentences of the second pass, and without the rooms seen otherwise."""
    rows, rooms = len(batch.target_R), len(batch.class_ids_GK)
    anchors, what = scores.anchor_log_probs_RHK, scores.what_GKD
    return Passes(
        scores.log_probs_RK[:rows],
        None if anchors is None else anchors[:rows],
        None if what is None else what[:rooms],
        log_2d_SK,
    )


def _mean(values_R: Tensor, weight_R: Tensor) -> Tensor:
    return (values_R * weight_R).sum() / weight_R.sum().clamp(min=1e-6)
