"""Training batches: which sentences, what each may perceive, and how the rooms are disturbed.

Everything is drawn from a generator seeded by (seed, step), so that a step can be repeated
without running the ones before it.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.models.spatial_vlm.model import SceneTensors, SentenceTensors
from whatwhere.training.samples import Samples


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How batches are drawn; see `TrainConfig` for the meaning of the shares."""

    seed: int
    rooms_per_step: int
    sentences_per_room: int
    drop_geometry: float
    drop_appearance: float
    box_noise_m: float
    left_id: int
    right_id: int
    unknown_id: int


@dataclass(slots=True)
class Batch:
    """One step's worth.

    Shapes: G rooms, R sentences, K candidates, A anchors.
    """

    scenes: SceneTensors
    sentences: SentenceTensors
    target_R: Tensor
    anchors_RA: Tensor
    class_ids_GK: Tensor
    colour_ids_GK: Tensor


class BatchSampler:
    """Draws batches from `Samples`."""

    def __init__(self, samples: Samples, plan: BatchPlan) -> None:
        self.samples, self.plan = samples, plan
        scenes = samples.scene_M.numpy()
        self.sentences_of = [np.flatnonzero(scenes == g) for g in range(samples.num_scenes)]
        self.rooms = np.array([g for g, found in enumerate(self.sentences_of) if len(found)])

    def batch(self, step: int) -> Batch:
        """The batch of one step, always the same for the same seed and step."""
        plan, samples = self.plan, self.samples
        generator = np.random.default_rng([plan.seed, step])
        num_rooms = min(plan.rooms_per_step, len(self.rooms))
        rooms = generator.choice(self.rooms, num_rooms, replace=False)
        picks = np.concatenate(
            [generator.choice(self.sentences_of[g], plan.sentences_per_room) for g in rooms]
        )
        local = np.repeat(np.arange(num_rooms), plan.sentences_per_room)
        mirrored = generator.random(num_rooms) < 0.5
        index, chosen = torch.from_numpy(rooms), torch.from_numpy(picks)
        drawn = generator.random(len(picks))
        without_geometry = drawn < plan.drop_geometry
        without_appearance = drawn > 1 - plan.drop_appearance
        length = samples.length_M[chosen]
        token_ids = self._words(chosen, mirrored[local], generator)[:, : int(length.max())]
        return Batch(
            scenes=self._scenes(index, mirrored, generator),
            sentences=SentenceTensors(
                scene_R=torch.from_numpy(local),
                token_ids_RW=token_ids,
                word_mask_RW=torch.arange(token_ids.shape[1]) < length[:, None],
                ground_R=length - 1,
                appearance_R=torch.from_numpy(~without_appearance).float(),
                geometry_R=torch.from_numpy(~without_geometry).float(),
            ),
            target_R=samples.target_M[chosen],
            anchors_RA=samples.anchors_MA[chosen],
            class_ids_GK=samples.class_ids_GK[index],
            colour_ids_GK=samples.colour_ids_GK[index],
        )

    def _scenes(
        self, index: Tensor, mirrored: NDArray[np.bool_], generator: np.random.Generator
    ) -> SceneTensors:
        """The rooms, mirrored in x where said, in y by chance, with noisy boxes."""
        scenes = self.samples.scenes.rows(index)
        shape = scenes.centers_m_GK3.shape
        flip = np.ones((len(index), 1, 3), np.float32)
        flip[:, 0, 0] = np.where(mirrored, -1, 1)
        flip[:, 0, 1] = np.where(generator.random(len(index)) < 0.5, -1, 1)
        noise = generator.normal(0, self.plan.box_noise_m, shape).astype(np.float32)
        growth = generator.normal(1, 0.05, shape).clip(0.8, 1.2).astype(np.float32)
        return replace(
            scenes,
            centers_m_GK3=scenes.centers_m_GK3 * torch.from_numpy(flip) + torch.from_numpy(noise),
            sizes_m_GK3=scenes.sizes_m_GK3 * torch.from_numpy(growth),
        )

    def _words(
        self, chosen: Tensor, mirrored: NDArray[np.bool_], generator: np.random.Generator
    ) -> Tensor:
        """Tokens, left and right exchanged in mirrored rooms, a few words made unknown."""
        plan = self.plan
        tokens = self.samples.token_ids_MW[chosen].clone()
        flipped = torch.from_numpy(mirrored)[:, None]
        left, right = tokens == plan.left_id, tokens == plan.right_id
        tokens[left & flipped] = plan.right_id
        tokens[right & flipped] = plan.left_id
        last = torch.arange(tokens.shape[1]) >= self.samples.length_M[chosen][:, None] - 1
        lost = torch.from_numpy(generator.random(tuple(tokens.shape)) < 0.01)
        tokens[lost & ~last] = plan.unknown_id
        return tokens
