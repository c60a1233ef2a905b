"""Drawing batches for a `frame_vlm`, by the same draws as for a `spatial_vlm`.

Shapes: G rooms of a batch, R sentences.
"""

from dataclasses import replace

import numpy as np
import torch

from whatwhere.training.batches import Batch
from whatwhere.training.config import TrainConfig
from whatwhere.training.frame_samples import FrameSamples
from whatwhere.training.frame_scenes import FrameScenes
from whatwhere.training.sampler import BatchPlan, BatchSampler, Drawn

_NO_WORD = -1


class FrameSampler:
    """Draws batches, and has the scenes of the next one read while this one is computed."""

    def __init__(self, samples: FrameSamples, config: TrainConfig) -> None:
        self.samples, self.seed = samples, config.seed
        self.draws = BatchSampler(samples, _plan(config), soft_targets=config.alignment == "soft")

    def batch(self, step: int) -> Batch:
        """The batch of one step, always the same for the same seed and step."""
        batch, drawn = self.draws.drawn(step)
        store = self.samples.sights.store
        store.hold([*drawn.rooms_G.tolist(), *self.draws.rooms_of(step + 1).tolist()])
        self._say_mirrored(batch, drawn)
        batch.scenes = self._scenes(batch, drawn, step)
        return batch

    def _say_mirrored(self, batch: Batch, drawn: Drawn) -> None:
        """Left and right are exchanged in what is said of rooms that are mirrored in x."""
        samples, num_rooms = self.samples, len(drawn.rooms_G)
        sentences, rows = batch.sentences, drawn.rows_R
        is_mirrored = drawn.flip_G3[sentences.scene_R % num_rooms, 0] < 0
        length = torch.where(is_mirrored, samples.mirrored_length_M[rows], samples.length_M[rows])
        ids = torch.where(
            is_mirrored[:, None], samples.mirrored_ids_MW[rows], samples.token_ids_MW[rows]
        )[:, : int(length.max())]
        told = {
            "token_ids_RW": ids,
            "word_mask_RW": torch.arange(ids.shape[1]) < length[:, None],
            "ground_R": length - 1,
        }
        batch.sentences = replace(sentences, **told)
        if batch.second is not None:
            again = batch.second.rows_S
            some = {name: tensor[again] for name, tensor in told.items()}
            batch.second.sentences = replace(batch.second.sentences, **some)

    def _scenes(self, batch: Batch, drawn: Drawn, step: int) -> FrameScenes:
        """The rooms, and the same as some sentences see them: with other looks, other places."""
        outline, num_rooms = drawn.scenes, len(drawn.rooms_G)
        versions = len(outline.mask_GK) // num_rooms
        dealt_G = torch.full((versions, num_rooms), -1)
        for column, room in enumerate(drawn.rooms_G.tolist() if batch.second else ()):
            seed = np.random.SeedSequence([self.seed, step, 4, room]).generate_state(1)
            dealt_G[-1, column] = int(seed[0])
        return replace(
            self.samples.sights,
            outline=outline,
            rooms_G=drawn.rooms_G.repeat(versions),
            flip_G3=drawn.flip_G3.repeat(versions, 1),
            dealt_G=dealt_G.flatten(),
        )


def _plan(config: TrainConfig) -> BatchPlan:
    return BatchPlan(
        seed=config.seed,
        rooms_per_step=config.rooms_per_step,
        sentences_per_room=config.sentences_per_room,
        drop_geometry=config.drop_geometry,
        drop_appearance=config.drop_appearance,
        box_noise_m=config.box_noise_m,
        appearance_noise=0.0,
        exchange_share=config.exchange_share,
        ablated_share=config.ablated_share,
        second_pass_every=config.second_pass_every if config.has_second_pass else 0,
        # A tokenizer of many pieces has no one id for "left": whole sentences are exchanged.
        left_id=_NO_WORD,
        right_id=_NO_WORD,
        unknown_id=_NO_WORD,
        lost_words=0.0,
    )
