"""Ten steps on as many processes as are asked for: `rank_steps.py COUNT FOLDER`.

Rank 0 leaves the weights and the losses in the folder. The network computes in float64: Adam
makes a full step of a gradient that is 0 but for rounding, and rounding is not what is asked about.
"""

import json
import os
import sys
from contextlib import nullcontext
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SceneTensors, SpatialVLM
from whatwhere.training.batches import Batch
from whatwhere.training.config import read_config
from whatwhere.training.distributed import Ranks
from whatwhere.training.joining import joined
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.rank_processes import MEET_IN, end_with_rank_0, started_ranks
from whatwhere.training.sampler import BatchPlan, BatchSampler
from whatwhere.training.samples import Samples

G, K, M, W = 6, 5, 40, 4
STEPS = 10
PRESETS = ("w2r2-within-class", "debias-product")
PLAN = BatchPlan(
    seed=0,
    rooms_per_step=5,
    sentences_per_room=4,
    drop_geometry=0.2,
    drop_appearance=0.2,
    box_noise_m=0.01,
    appearance_noise=0.1,
    exchange_share=0.5,
    ablated_share=0.5,
    second_pass_every=2,
    left_id=3,
    right_id=4,
    unknown_id=1,
)


class DoubleSampler:
    """The batches of another sampler, in float64."""

    def __init__(self, sampler: BatchSampler) -> None:
        self._sampler = sampler

    def batch(self, step: int) -> Batch:
        batch: Batch = doubled(self._sampler.batch(step))
        return batch


def main() -> None:
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    end_with_rank_0()
    starts = count > 1 and MEET_IN not in os.environ
    command = [sys.executable, *sys.argv]
    with (
        started_ranks(count, command) if starts else nullcontext(()) as started,
        joined("cpu", started=started, give_up=print) as ranks,
    ):
        torch.set_num_threads(1)
        for preset in PRESETS:
            take_steps(preset, folder, ranks)
        ranks.part()


def take_steps(preset: str, folder: Path, ranks: Ranks) -> None:
    changes = {"steps": str(STEPS), "ramp_from": "0", "ramp_to": "0.1", "warmup_steps": "0"}
    # Of two ranks, each takes a part of two rooms; of the third part, one room and none.
    config = read_config(preset, {**changes, "device": "cpu", "micro_batches": "3"})
    torch.manual_seed(ranks.number)  # rank 0's weights are to be everybody's
    samples = random_samples()
    network = random_network(samples)
    drawn = BatchSampler(samples, PLAN, soft_targets=config.alignment == "soft")
    training = GrounderTraining(
        network, DoubleSampler(drawn), config, num_attributes=(2, 2), ranks=ranks
    )
    training.heads.double()
    losses = [training.take_step().values for _ in range(STEPS)]
    if ranks.is_first:
        tensors = {name: p.detach().contiguous() for name, p in training.trained.items()}
        save_file(tensors, folder / f"{preset}.safetensors")
        (folder / f"{preset}.json").write_text(json.dumps(losses))


def doubled(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.double() if value.is_floating_point() else value
    if not is_dataclass(value):
        return value
    return replace(value, **{f.name: doubled(getattr(value, f.name)) for f in fields(value)})


def random_network(samples: Samples) -> SpatialVLM:
    channels = samples.scenes.appearance_GKC.shape[-1] - 2
    tower = {
        "model_type": "convnext",
        "hidden_sizes": [4, channels],
        "depths": [1, 1],
        "num_stages": 2,
        "patch_size": 4,
        "out_features": ["stage2"],
    }
    language_model = {
        "model_type": "qwen2",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "intermediate_size": 64,
        "vocab_size": 8,
    }
    config = SpatialVLMConfig(tower=tower, language_model=language_model, image_size=(32, 32))
    return SpatialVLM(config).double()


def random_samples() -> Samples:
    random = np.random.default_rng(0)
    tensor = lambda *shape: torch.from_numpy(random.normal(size=shape).astype(np.float32))  # noqa: E731
    whole = lambda high, *shape: torch.from_numpy(random.integers(0, high, shape))  # noqa: E731
    return Samples(
        scenes=SceneTensors(
            appearance_GKC=tensor(2 * G, K, 10),
            seen_GK=whole(4, 2 * G, K) > 0,
            centers_m_GK3=tensor(2 * G, K, 3),
            sizes_m_GK3=tensor(2 * G, K, 3).abs() + 0.1,
            room_half_m_G3=tensor(2 * G, 3).abs() + 1,
            mask_GK=torch.ones(2 * G, K, dtype=torch.bool),
        ),
        class_ids_GK=whole(2, G, K),
        colour_ids_GK=whole(3, G, K) - 1,
        scene_M=torch.arange(M) % G,
        token_ids_MW=torch.cat([whole(4, M, W - 1) + 4, torch.full((M, 1), 2)], dim=1),
        length_M=torch.full((M,), W),
        target_M=whole(K, M),
        anchors_MA=whole(K + 1, M, 2) - 1,
        skills=np.array(["near"] * M),
        lookalikes_M=torch.full((M,), 2),
        spatial_M=torch.arange(M) % 4 != 0,
        aligned_M=torch.arange(M) % 2,
        weight_M=torch.rand(M, generator=torch.Generator().manual_seed(0)) + 0.5,
    )


if __name__ == "__main__":
    main()
