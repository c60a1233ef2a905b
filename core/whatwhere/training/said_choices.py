"""What a `geometry_vlm` says of a split: every box, and the candidate that it falls on.

Shapes: M sentences, K candidates.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.geometry.boxes import box_rows, iou
from whatwhere.models.geometry_vlm.box_text import in_world, parse_box
from whatwhere.models.geometry_vlm.encoding import shuffled
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.training.said_samples import SaidSamples, SaidScene

IOU = 0.25
_NONE = -1


def choose_said(
    network: GeometryVLM, samples: SaidSamples, modalities: Sequence[Modality]
) -> ChoiceTable:
    """Run a split in those modalities that the network has.

    A box hits the target at an IoU of 0.25 or more. What is chosen is the candidate that it
    overlaps most, or -1 where no box is said or none is overlapped so far: that counts as wrong.
    """
    was_training = network.training
    network.eval()
    has = [m for m in modalities if m not in network.lacking]
    class_MK = samples.of_class(torch.arange(len(samples.target_M))).numpy()
    target_M = samples.target_M.numpy()
    chosen: dict[str, NDArray[np.int64]] = {}
    hits: dict[str, NDArray[np.float64]] = {}
    class_hits: dict[str, NDArray[np.float64]] = {}
    ious: dict[str, NDArray[np.float64]] = {}
    for modality in has:
        overlap_MK = _overlaps(network, samples, modality)
        is_hit = overlap_MK >= IOU
        best = overlap_MK.argmax(1)
        chosen[modality] = np.where(is_hit.any(1), best, _NONE)
        ious[modality] = overlap_MK[np.arange(len(best)), target_M]
        hits[modality] = (ious[modality] >= IOU).astype(np.float64)
        class_hits[modality] = (is_hit & class_MK).any(1).astype(np.float64)
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
        ious=ious,
    )


def _overlaps(
    network: GeometryVLM, samples: SaidSamples, modality: Modality
) -> NDArray[np.float64]:
    """(M, K) IoU of what is said with every candidate."""
    found = np.zeros((len(samples.target_M), samples.scenes.mask_GK.shape[1]))
    senses, device = SENSES[modality], next(network.parameters()).device
    prompt = network.config.frame_prompt
    for number, scene_id in enumerate(samples.scene_ids):
        rows = (samples.scene_M == number).nonzero()[:, 0].tolist()
        if not rows:
            continue
        scene = samples.store.scene(number)
        features = scene.features.to(device)
        if senses.shuffled:
            features = shuffled(features, scene_id)
        labels = [samples.words.encode(prompt, str(index)) for index in range(scene.num_frames)]
        with torch.inference_mode():
            prefix = network.prefix(features, senses, labels)
            for row in rows:
                said, _ = network.say(
                    prefix, samples.prompt_ids[row], max_tokens=network.config.max_box_tokens
                )
                words = samples.words.decode(said)
                found[row, : len(scene.boxes_K6)] = _overlap(words, scene)
    return found


def _overlap(words: str, scene: SaidScene) -> NDArray[np.float64]:
    """(K,); zeros where no box is said."""
    try:
        said = parse_box(words, num_frames=scene.num_frames)
    except ValueError:
        return np.zeros(len(scene.boxes_K6))
    box = in_world(said, scene.poses_F44[said.frame].numpy())
    overlap: NDArray[np.float64] = iou(box_rows([box]), scene.boxes_K6.numpy())[0]
    return overlap
