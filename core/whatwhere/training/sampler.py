"""Drawing batches: which sentences, what each may perceive, and how the rooms are disturbed.

Everything is drawn from a generator seeded by (seed, step), so that a step can be repeated
without running the ones before it, and whatever the size of the parts it is computed in.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.models.spatial_vlm.model import SceneTensors, SentenceTensors
from whatwhere.models.words import Words
from whatwhere.training.batches import Batch, SecondPass
from whatwhere.training.config import TrainConfig
from whatwhere.training.rearranged import with_dealt_looks, with_dealt_places
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
    appearance_noise: float
    exchange_share: float
    ablated_share: float
    second_pass_every: int
    left_id: int
    right_id: int
    unknown_id: int
    lost_words: float = 0.01


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
        appearance_noise=config.appearance_noise,
        exchange_share=config.exchange_share,
        ablated_share=config.ablated_share,
        second_pass_every=config.second_pass_every if config.has_second_pass else 0,
        left_id=ids("left") or words.unknown_id,
        right_id=ids("right") or words.unknown_id,
        unknown_id=words.unknown_id,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a batch was made of.

    Attributes:
        rooms_G: its rooms, among those of the split.
        rows_R: its sentences, among those of the split.
        flip_G3: 1, or -1 where an axis of a room is mirrored.
        scenes: as the batch has them.
    """

    rooms_G: Tensor
    rows_R: Tensor
    flip_G3: Tensor
    scenes: SceneTensors


class BatchSampler:
    """Draws batches from `Samples`."""

    def __init__(self, samples: Samples, plan: BatchPlan, *, soft_targets: bool = False) -> None:
        self.samples, self.plan, self.soft_targets = samples, plan, soft_targets
        scenes = samples.scene_M.numpy()
        self.sentences_of = [np.flatnonzero(scenes == g) for g in range(samples.num_scenes)]
        self.rooms = np.array([g for g, found in enumerate(self.sentences_of) if len(found)])
        looks = samples.scenes.appearance_GKC[samples.scenes.seen_GK]
        # Noise in the unit of each channel.
        self.spread_C = looks.std(dim=0) if plan.appearance_noise else looks.new_zeros(())

    def rooms_of(self, step: int) -> NDArray[np.int64]:
        """The rooms of one step, as `batch` draws them."""
        return self._rooms(np.random.default_rng([self.plan.seed, step]))

    def batch(self, step: int) -> Batch:
        """The batch of one step, always the same for the same seed and step."""
        return self.drawn(step)[0]

    def drawn(self, step: int) -> tuple[Batch, Drawn]:
        """The batch of one step, and what it was made of."""
        plan, samples = self.plan, self.samples
        generator = np.random.default_rng([plan.seed, step])
        rooms = self._rooms(generator)
        num_rooms = len(rooms)
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
        sentences = SentenceTensors(
            scene_R=torch.from_numpy(local),
            token_ids_RW=token_ids,
            word_mask_RW=torch.arange(token_ids.shape[1]) < length[:, None],
            ground_R=length - 1,
            appearance_R=torch.from_numpy(~without_appearance).float(),
            geometry_R=torch.from_numpy(~without_geometry).float(),
        )
        scenes, flip_G3 = self._scenes(index, mirrored, generator)
        batch = Batch(
            scenes=scenes,
            sentences=sentences,
            target_R=samples.target_M[chosen],
            targets_RK=self._targets(chosen),
            class_RK=samples.of_class(chosen),
            anchors_RA=samples.anchors_MA[chosen],
            class_ids_GK=samples.class_ids_GK[index],
            colour_ids_GK=samples.colour_ids_GK[index],
            weight_R=samples.weight_M[chosen],
        )
        fused = torch.from_numpy(~(without_geometry | without_appearance))
        about_places = fused & samples.spatial_M[chosen]
        if plan.exchange_share:
            scenes = self._exchange_looks(batch, scenes, about_places, step)
        if plan.second_pass_every and step % plan.second_pass_every == 0:
            scenes = self._add_second_pass(batch, scenes, about_places, step)
        return batch, Drawn(index, chosen, flip_G3, scenes)

    def _rooms(self, generator: np.random.Generator) -> NDArray[np.int64]:
        num_rooms = min(self.plan.rooms_per_step, len(self.rooms))
        rooms: NDArray[np.int64] = generator.choice(self.rooms, num_rooms, replace=False)
        return rooms

    def _scenes(
        self, index: Tensor, mirrored: NDArray[np.bool_], generator: np.random.Generator
    ) -> tuple[SceneTensors, Tensor]:
        """The rooms, mirrored in x where said, in y by chance, with noisy boxes."""
        scenes = self.samples.scenes.rows(index)
        shape = scenes.centers_m_GK3.shape
        flip = np.ones((len(index), 1, 3), np.float32)
        flip[:, 0, 0] = np.where(mirrored, -1, 1)
        flip[:, 0, 1] = np.where(generator.random(len(index)) < 0.5, -1, 1)
        noise = generator.normal(0, self.plan.box_noise_m, shape).astype(np.float32)
        growth = generator.normal(1, 0.05, shape).clip(0.8, 1.2).astype(np.float32)
        appearance = scenes.appearance_GKC
        if self.plan.appearance_noise:
            jitter = generator.normal(0, self.plan.appearance_noise, appearance.shape)
            appearance = appearance + torch.from_numpy(jitter.astype(np.float32)) * self.spread_C
        disturbed = replace(
            scenes,
            appearance_GKC=appearance,
            centers_m_GK3=scenes.centers_m_GK3 * torch.from_numpy(flip) + torch.from_numpy(noise),
            sizes_m_GK3=scenes.sizes_m_GK3 * torch.from_numpy(growth),
        )
        return disturbed, torch.from_numpy(flip[:, 0])

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
        lost = torch.from_numpy(generator.random(tuple(tokens.shape)) < plan.lost_words)
        tokens[lost & ~last] = plan.unknown_id
        return tokens

    def _targets(self, chosen: Tensor) -> Tensor:
        samples = self.samples
        target_R = samples.target_M[chosen]
        if not self.soft_targets:
            num_candidates = samples.scenes.mask_GK.shape[1]
            return torch.nn.functional.one_hot(target_R, num_candidates).float()
        return iou_targets(samples.scenes.rows(samples.scene_M[chosen]), target_R)

    def _exchange_looks(
        self, batch: Batch, rooms: SceneTensors, asked_R: Tensor, step: int
    ) -> SceneTensors:
        """`exchange_share` of the rows see the room with the looks of look-alikes dealt anew.

        Looks cannot be what such a sentence is about, so its target stays where it was. What
        else the looks may give away about the target, they then give away no more.
        """
        generator = np.random.default_rng([self.plan.seed, step, 3])
        sentences, num_rooms = batch.sentences, len(batch.class_ids_GK)
        both = rooms.joined(with_dealt_looks(rooms, batch.class_ids_GK, generator))
        batch.scenes = both
        drawn = torch.from_numpy(generator.random(len(asked_R)) < self.plan.exchange_share)
        sentences.scene_R = sentences.scene_R + num_rooms * (drawn & asked_R)
        return both

    def _add_second_pass(
        self, batch: Batch, scenes: SceneTensors, asked_R: Tensor, step: int
    ) -> SceneTensors:
        """For half of the rows (`ablated_share`) positions are shuffled, for the rest absent.

        So that "geometry is missing" is not the cue that is learned.
        """
        rows = asked_R.nonzero()[:, 0]
        if not len(rows):
            return scenes
        # A generator of its own: the first pass must not depend on whether there is a second.
        generator = np.random.default_rng([self.plan.seed, step, 2])
        sentences, num_rooms = batch.sentences, len(batch.class_ids_GK)
        rooms = scenes.rows(torch.arange(num_rooms))
        versions = scenes.joined(with_dealt_places(rooms, generator))
        batch.scenes = versions
        seen_R = sentences.scene_R[rows]
        shuffled = torch.from_numpy(generator.random(len(rows)) < self.plan.ablated_share)
        batch.second = SecondPass(
            rows,
            replace(
                sentences.rows(rows),
                scene_R=torch.where(shuffled, seen_R % num_rooms + len(scenes.mask_GK), seen_R),
                geometry_R=shuffled.float(),
            ),
        )
        return versions


def spatial_sampler(samples: Samples, config: TrainConfig, words: Words) -> BatchSampler:
    """What a `spatial_vlm` is trained on."""
    plan = batch_plan(config, words)
    return BatchSampler(samples, plan, soft_targets=config.alignment == "soft")


def iou_targets(scenes: SceneTensors, target_R: Tensor) -> Tensor:
    """(R, K): IoU of every candidate's box with the target's, 0 below 0.25.

    Args:
        scenes: one row per sentence.
        target_R: candidate index.
    """
    half = scenes.sizes_m_GK3 / 2
    low, high = scenes.centers_m_GK3 - half, scenes.centers_m_GK3 + half
    rows = torch.arange(len(target_R))
    overlap = (
        torch.minimum(high, high[rows, target_R][:, None])
        - torch.maximum(low, low[rows, target_R][:, None])
    ).clamp(min=0)
    shared = overlap.prod(-1)
    volume = scenes.sizes_m_GK3.prod(-1)
    iou = shared / (volume + volume[rows, target_R][:, None] - shared).clamp(min=1e-9)
    iou = iou * (iou >= 0.25) * scenes.mask_GK
    return iou.scatter(1, target_R[:, None], 1.0)
