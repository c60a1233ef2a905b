"""Second stage: teach the grounder to choose, on features of the frozen tower."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.spatial_vlm.model import SentenceTensors, SpatialVLM
from whatwhere.models.words import Words
from whatwhere.objectives.alignment import alignment
from whatwhere.objectives.anchors import anchor_supervision
from whatwhere.training.batches import Batch, BatchPlan, BatchSampler
from whatwhere.training.config import TrainConfig
from whatwhere.training.samples import Samples
from whatwhere.training.tower_stage import one_cycle

_EVALUATION_ROWS = 512
# Equal tokens may come out of a matrix product unequal in the last bit.
_TIE_NATS = 1e-5


class _AttributeHeads(nn.Module):
    """Class and colour from the appearance terms; used in training only."""

    def __init__(self, width: int, num_classes: int, num_colours: int) -> None:
        super().__init__()
        self.classes = nn.Linear(width, num_classes)
        self.colours = nn.Linear(width, num_colours)

    def forward(self, what_GKD: Tensor, batch: Batch) -> Tensor:
        """Mean cross-entropy of both."""
        seen = batch.scenes.seen_GK
        what = what_GKD[seen]
        losses = [
            functional.cross_entropy(head(what), ids[seen], ignore_index=-1)
            for head, ids in (
                (self.classes, batch.class_ids_GK),
                (self.colours, batch.colour_ids_GK),
            )
        ]
        return torch.stack(losses).sum()


def batch_plan(config: TrainConfig, words: Words) -> BatchPlan:
    """The batches a configuration asks for."""
    ids = words.tokenizer.token_to_id
    return BatchPlan(
        seed=config.seed,
        rooms_per_step=config.rooms_per_step,
        sentences_per_room=config.sentences_per_room,
        drop_geometry=config.drop_geometry,
        drop_appearance=config.drop_appearance,
        box_noise_m=config.box_noise_m,
        left_id=ids("left") or words.unknown_id,
        right_id=ids("right") or words.unknown_id,
        unknown_id=words.unknown_id,
    )


def train_grounder(
    network: SpatialVLM,
    samples: Samples,
    config: TrainConfig,
    plan: BatchPlan,
    *,
    num_attributes: tuple[int, int],
    report: Callable[[int, dict[str, float]], None],
) -> None:
    """Train everything but the tower, in place.

    Args:
        network: its tower is frozen and already applied in `samples`.
        samples: the training split.
        config: of the run.
        plan: from `batch_plan`.
        num_attributes: number of classes and of colours.
        report: called with (step, metrics) every 50 steps and at the last.
    """
    torch.manual_seed(config.seed)
    heads = _AttributeHeads(network.config.width, *num_attributes)
    trained = [(n, p) for n, p in network.named_parameters() if not n.startswith("tower.")]
    trained += list(heads.named_parameters())
    matrices = [p for _, p in trained if p.ndim >= 2]
    vectors = [p for _, p in trained if p.ndim < 2]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=config.lr,
        betas=(0.9, 0.98),
    )
    sampler = BatchSampler(samples, plan)
    network.train()
    for step in range(config.steps):
        factor = one_cycle(step, config.steps, warmup=config.warmup_steps)
        for group in optimizer.param_groups:
            group["lr"] = config.lr * factor
        batch = sampler.batch(step)
        scores = network(batch.scenes, batch.sentences)
        targets = functional.one_hot(batch.target_R, scores.log_probs_RK.shape[1]).float()
        grounding = alignment(scores.log_probs_RK, targets).mean()
        with_geometry = batch.sentences.geometry_R
        anchors = anchor_supervision(scores.anchor_log_probs_RHK, batch.anchors_RA)
        anchor = (anchors * with_geometry).sum() / with_geometry.sum().clamp(min=1)
        attribute = heads(scores.what_GKD, batch)
        loss = grounding + config.anchor_weight * anchor + config.attribute_weight * attribute
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_([p for _, p in trained], 1.0)
        optimizer.step()
        if (step + 1) % 50 == 0 or step + 1 == config.steps:
            parts = {"grounding": grounding, "anchor": anchor, "attribute": attribute}
            report(step + 1, {f"loss/{name}": part.item() for name, part in parts.items()})
    network.eval()


def choose(network: SpatialVLM, samples: Samples, modalities: Sequence[Modality]) -> ChoiceTable:
    """Run a split in several modalities.

    Equal best candidates share the choice, which is what breaking ties at random comes to on
    average: a model that sees nothing scores 1 / K exactly, whatever the order of its candidates.
    """
    class_MK = samples.class_ids_GK[samples.scene_M]
    of_target = class_MK == class_MK.gather(1, samples.target_M[:, None])
    hits: dict[str, NDArray[np.float64]] = {}
    class_hits: dict[str, NDArray[np.float64]] = {}
    for modality in modalities:
        chosen = torch.cat(
            [
                _choices(network, samples, rows, modality)
                for rows in torch.split(torch.arange(len(class_MK)), _EVALUATION_ROWS)
            ]
        )
        hits[modality] = chosen.gather(1, samples.target_M[:, None])[:, 0].double().numpy()
        class_hits[modality] = (chosen * of_target).sum(1).double().numpy()
    counts = samples.scenes.mask_GK[samples.scene_M].sum(1)
    return ChoiceTable(
        scenes=samples.scene_M.numpy(),
        skills=samples.skills,
        num_candidates=np.asarray(counts),
        num_lookalikes=samples.lookalikes_M.numpy(),
        hits=hits,
        class_hits=class_hits,
    )


def _choices(network: SpatialVLM, samples: Samples, rows: Tensor, modality: Modality) -> Tensor:
    """(R, K): 1 on the chosen candidate, or equal shares on the tied ones."""
    senses = SENSES[modality]
    length = samples.length_M[rows]
    tokens = samples.token_ids_MW[rows][:, : int(length.max())]
    used, scene_R = torch.unique(samples.scene_M[rows], return_inverse=True)
    offset = samples.num_scenes if senses.shuffled else 0
    sentences = SentenceTensors(
        scene_R=scene_R,
        token_ids_RW=tokens,
        word_mask_RW=torch.arange(tokens.shape[1]) < length[:, None],
        ground_R=length - 1,
        appearance_R=torch.full((len(rows),), float(senses.appearance)),
        geometry_R=torch.full((len(rows),), float(senses.geometry)),
    )
    with torch.inference_mode():
        log_probs = network(samples.scenes.rows(used + offset), sentences).log_probs_RK
    best: Tensor = (log_probs >= log_probs.amax(1, keepdim=True) - _TIE_NATS).float()
    return best / best.sum(1, keepdim=True)
