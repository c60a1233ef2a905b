"""The sentences that a `geometry_vlm` learns in one step, drawn from (seed, step).

Every sentence is a pass of its own over its scene: what is kept for the way back is that of one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from whatwhere.models.geometry_vlm.encoding import shuffled
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.grounder import Modality
from whatwhere.training.config import TrainConfig
from whatwhere.training.distributed import Ranks
from whatwhere.training.said_boxes import Hinge, SaidBox, said_log_probs, said_parts
from whatwhere.training.said_samples import SaidSamples

_WHAT_WEIGHT = 0.2
"""Of the form of the answer in the 2D pass, beside the hinge."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A sentence in one step.

    Attributes:
        row: in the split.
        modality: that it is learned in.
        is_second: whether the hinge is asked for as well.
        is_shuffled: against which 2D pass.
    """

    row: int
    modality: Modality
    is_second: bool
    is_shuffled: bool


class SaidLessons:
    """See `Lessons`.

    Args:
        network: that learns.
        samples: of the training split.
        config: what is drawn, weights and margin.
    """

    def __init__(self, network: GeometryVLM, samples: SaidSamples, config: TrainConfig) -> None:
        self.network, self.samples, self.config = network, samples, config
        scenes = samples.scene_M.numpy()
        can_be_said = np.array([bool(ids) for ids, _ in samples.answers])
        self.sentences_of = {
            scene: rows
            for scene in range(samples.num_scenes)
            if len(rows := np.flatnonzero((scenes == scene) & can_be_said))
        }

    def backward(
        self, step: int, ramped: float, ranks: Ranks, backward: Callable[[Tensor], object]
    ) -> dict[str, float]:
        """See `Lessons.backward`."""
        drawn = self._drawn(step, with_2d=ramped > 0)
        self._hold(step)
        config = self.config
        num_second = max(1, sum(item.is_second for item in drawn))
        found = {"alignment": 0.0, "total": 0.0}
        for item in drawn[ranks.number :: ranks.count]:
            parts = self._parts(item, step)
            shares = {
                name: part / (len(drawn) if name == "alignment" else num_second)
                for name, part in parts.items()
            }
            total = shares["alignment"]
            if item.is_second:
                pushed = config.pseudo_label_weight * shares["pseudo_label"]
                total = total + ramped * (pushed + _WHAT_WEIGHT * shares["what_keeper"])
            backward(total)
            for name, value in {**shares, "total": total}.items():
                found[name] = found.get(name, 0.0) + float(value.detach())
        return found

    def _parts(self, item: _Drawn, step: int) -> dict[str, Tensor]:
        sample, hinge = self._sample(item.row, step), self.config.pseudo_label
        if not item.is_second:
            return {"alignment": -said_log_probs(self.network, sample, item.modality).mean()}
        reading: Hinge = "absolute" if hinge == "absolute" else "relative"
        return said_parts(
            self.network,
            sample,
            margin=self.config.margin,
            hinge=reading,
            against_shuffled=item.is_shuffled,
        )

    def _sample(self, row: int, step: int) -> SaidBox:
        samples, network = self.samples, self.network
        number = int(samples.scene_M[row])
        scene = samples.store.scene(number)
        features = scene.features.to(next(network.parameters()).device)
        prompt = network.config.frame_prompt
        ids, is_where_A = samples.answers[row]
        return SaidBox(
            features=features,
            mixed_up=shuffled(features, f"{samples.scene_ids[number]} {step}"),
            labels=[samples.words.encode(prompt, str(index)) for index in range(scene.num_frames)],
            prompt_ids=samples.prompt_ids[row],
            answer_ids=ids,
            is_where_A=is_where_A,
        )

    def _drawn(self, step: int, *, with_2d: bool) -> list[_Drawn]:
        """Scene by scene; sentences that 2D is kept from are learned with everything."""
        config, generator = self.config, np.random.default_rng([self.config.seed, step, 6])
        every = config.second_pass_every if config.pseudo_label != "none" else 0
        hinges = with_2d and every > 0 and step % every == 0
        found = []
        for scene in self._scenes(step):
            for row in generator.choice(self.sentences_of[scene], config.sentences_per_room):
                drop, dealt = generator.random(2)
                modality = self._modality(float(drop))
                about_places = bool(self.samples.spatial_M[row])
                found.append(
                    _Drawn(
                        int(row),
                        modality,
                        hinges and modality == "fused" and about_places,
                        bool(dealt < config.ablated_share)
                        and "shuffled" not in self.network.lacking,
                    )
                )
        return found

    def _modality(self, drawn: float) -> Modality:
        if drawn < self.config.drop_geometry:
            return "2d"
        if drawn > 1 - self.config.drop_appearance and "3d" not in self.network.lacking:
            return "3d"
        return "fused"

    def _scenes(self, step: int) -> list[int]:
        generator = np.random.default_rng([self.config.seed, step])
        scenes = sorted(self.sentences_of)
        count = min(self.config.rooms_per_step, len(scenes))
        drawn: list[int] = generator.choice(scenes, count, replace=False).tolist()
        return drawn

    def _hold(self, step: int) -> None:
        """Those of the next step are read while this one is computed."""
        self.samples.store.hold([*self._scenes(step), *self._scenes(step + 1)])
