"""Running a network over a split: what it chooses in each modality, for every sentence.

Shapes: M sentences, R of them in one pass, K candidates.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.spatial_vlm.model import SentenceTensors
from whatwhere.objectives.in_class import log_probs_in_class, picked
from whatwhere.training.losses import Network
from whatwhere.training.samples import Samples

_ROWS_PER_PASS = 512
# Equal tokens may come out of a matrix product unequal in the last bit.
_TIE_NATS = 1e-5

Choose = Callable[[Any, Any, Sequence[Modality]], ChoiceTable]
"""Called with a network, samples of its kind, and modalities; those it lacks may be left out."""


def choose(network: Network, samples: Samples, modalities: Sequence[Modality]) -> ChoiceTable:
    """Run a split in several modalities.

    Equal best candidates share the choice, which is what breaking ties at random comes to on
    average: a model that sees nothing scores 1 / K exactly, whatever the order of its candidates.
    """
    was_training = network.training
    network.eval()
    everything = torch.arange(len(samples.target_M))
    class_MK = samples.of_class(everything)
    hits: dict[str, NDArray[np.float64]] = {}
    class_hits: dict[str, NDArray[np.float64]] = {}
    chosen: dict[str, NDArray[np.int64]] = {}
    log_p_in_class: dict[str, NDArray[np.float64]] = {}
    every: dict[str, NDArray[np.float32]] = {}
    for modality in modalities:
        passes = torch.split(everything, _ROWS_PER_PASS)
        log_probs = torch.cat([_log_probs(network, samples, rows, modality) for rows in passes])
        best = (log_probs >= log_probs.amax(1, keepdim=True) - _TIE_NATS).float()
        shares = best / best.sum(1, keepdim=True)
        hits[modality] = shares.gather(1, samples.target_M[:, None])[:, 0].double().numpy()
        class_hits[modality] = (shares * class_MK).sum(1).double().numpy()
        chosen[modality] = log_probs.argmax(1).numpy()
        given_class = picked(log_probs_in_class(log_probs, class_MK), samples.target_M)
        log_p_in_class[modality] = given_class.double().numpy()
        every[modality] = log_probs.numpy()
    network.train(was_training)
    counts = samples.scenes.mask_GK[samples.scene_M].sum(1)
    return ChoiceTable(
        scenes=samples.scene_M.numpy(),
        skills=samples.skills,
        num_candidates=np.asarray(counts),
        num_lookalikes=samples.lookalikes_M.numpy(),
        hits=hits,
        class_hits=class_hits,
        chosen=chosen,
        log_p_in_class=log_p_in_class,
        log_probs=every,
    )


def _log_probs(network: Network, samples: Samples, rows: Tensor, modality: Modality) -> Tensor:
    """(R, K)."""
    device = next(network.parameters()).device
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
    scenes = samples.asked.rows(used + offset)
    with torch.inference_mode():
        scores: Tensor = network(scenes.to(device), sentences.to(device)).log_probs_RK
    return scores.float().cpu()
