"""Second stage: teach the grounder to choose, on features of the frozen tower.

One object holds what a run is made of; each `take_step` is a pure function of (weights, optimiser,
seed, step), so a run that is resumed from a checkpoint gives the numbers it would have given.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol, cast

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from torch import Tensor

from whatwhere.errors import RunError
from whatwhere.models.weights import tied_names
from whatwhere.training.batches import Batch
from whatwhere.training.config import TrainConfig
from whatwhere.training.distributed import Ranks
from whatwhere.training.learned import learned_state, load_learned_state
from whatwhere.training.losses import (
    AttributeHeads,
    Learner,
    Losses,
    Network,
    losses,
    objectives,
    passes,
    ramp,
)
from whatwhere.training.schedule import one_cycle
from whatwhere.training.shares import together

_ADAPTERS = "adapters"

Tensors = dict[str, dict[str, Tensor]]
"""Group -> name -> tensor, as a checkpoint stores them."""


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """What one step reports: the losses by name, the learning rate, the norm of the gradient."""

    step: int
    values: dict[str, float]


class NotFiniteError(RunError):
    """A loss became NaN or infinite; `batch` is what it came from, if from a batch."""

    def __init__(self, step: int, name: str, batch: Batch | None) -> None:
        super().__init__(
            f"the loss {name} is not a number after {step} steps",
            remedy="Lower lr, or look at the batch that is kept beside the checkpoints"
            if batch
            else "Lower lr",
        )
        self.batch = batch


class Sampler(Protocol):
    """Draws batches."""

    def batch(self, step: int) -> Batch:
        """The batch of one step, always the same for the same step."""


class Lessons(Protocol):
    """What is learned in words in the same steps, beside what the sampler draws or in its place."""

    def backward(
        self, step: int, ramped: float, ranks: Ranks, backward: Callable[[Tensor], object]
    ) -> dict[str, float]:
        """Leave the gradient of one step, and say this rank's share of its losses by name.

        Args:
            step: drawn for.
            ramped: weight of what 2D is kept from, from `whatwhere.training.losses.ramp`.
            ranks: each takes some; their shares add up.
            backward: of a loss; called as often as is convenient.
        """


class GrounderTraining:
    """What a run trains of a network, step by step.

    Args:
        network: trained in place, but for what needs no gradient, and but for the tower of a
            `spatial_vlm`, which is frozen and already applied in what is sampled.
        sampler: of the training split; None where all is learned in words.
        config: of the run.
        num_attributes: number of classes and of colours.
        ranks: the processes that train together; None is this one alone.
        lessons: what is learned in words in the same steps.
    """

    def __init__(
        self,
        network: Learner,
        sampler: Sampler | None,
        config: TrainConfig,
        *,
        num_attributes: tuple[int, int],
        ranks: Ranks | None = None,
        lessons: Lessons | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self.ranks = ranks or Ranks()
        self.network, self.config, self.step = network, config, 0
        self.heads = AttributeHeads(network.width, *num_attributes)
        on_cpu = config.device == "cpu" or not torch.cuda.is_available()
        self.accelerator = Accelerator(cpu=on_cpu, mixed_precision="no" if on_cpu else "bf16")
        self.network.to(self.accelerator.device)
        self.heads.to(self.accelerator.device)
        self.trained = {
            name: parameter
            for prefix, module in (("", network), ("heads.", self.heads))
            for name, parameter in module.named_parameters(prefix.rstrip("."))
            if parameter.requires_grad and not name.startswith("tower.")
        }
        # What is frozen, all have read from the same files.
        self.ranks.start_alike(self.trained.values())
        matrices = [p for p in self.trained.values() if p.ndim >= 2]
        vectors = [p for p in self.trained.values() if p.ndim < 2]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": config.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=config.lr,
            betas=(0.9, 0.98),
        )
        self.sampler, self.lessons = sampler, lessons
        network.train()

    def take_step(self) -> StepMetrics:
        """One step of the optimiser.

        Raises:
            NotFiniteError: a loss is NaN or infinite; the weights are as before.
        """
        config, step = self.config, self.step
        rate = config.lr * one_cycle(step, config.steps, warmup=config.warmup_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if config.lora_dropout:
            # What an adapter drops is drawn anew, so that a resumed run drops the same.
            torch.manual_seed(hash((config.seed, step, self.ranks.number)))
        batch = None if self.sampler is None else self.sampler.batch(step)
        parts = [] if batch is None else batch.parts(config.micro_batches)
        self.optimizer.zero_grad(set_to_none=True)
        sums = self._backward(parts, ramp(step, config))
        norm = torch.nn.utils.clip_grad_norm_(list(self.trained.values()), 1.0)
        if not torch.isfinite(norm):
            raise NotFiniteError(step, "gradient", parts[0] if parts else None)
        self.optimizer.step()
        self.step += 1
        values = {f"loss/{name}": value for name, value in sums.items()}
        return StepMetrics(self.step, {**values, "lr": rate, "grad_norm": float(norm)})

    def _backward(self, parts: Sequence[Batch], ramped: float) -> dict[str, float]:
        """Leave the gradient of a batch, and say its losses by name; the same on all ranks.

        Each rank takes as many parts as the others; of what remains, each computes some rooms.
        """
        number, count = self.ranks.number, self.ranks.count
        num_dealt = len(parts) // count * count
        sums: dict[str, Tensor] = {}
        broken = -1
        for index in [*range(num_dealt, len(parts)), *range(number, num_dealt, count)]:
            is_shared = index >= num_dealt
            with self.accelerator.autocast():
                found = self._losses(parts[index], ramped, is_shared=is_shared)
            for name, value in {**found.parts, "total": found.total}.items():
                if self.ranks.is_first or not is_shared:
                    sums[name] = sums.get(name, 0) + value.detach() / len(parts)
            if not torch.isfinite(found.total):
                broken = index
                break
            self.accelerator.backward(found.total / len(parts))
            if is_shared and not self.ranks.is_first:
                # It came from the same on all ranks, and is to count once.
                self.heads.zero_grad(set_to_none=True)
        said = {name: float(value) for name, value in sums.items()}
        if self.lessons is not None and broken < 0:
            with self.accelerator.autocast():
                said |= self.lessons.backward(
                    self.step, ramped, self.ranks, self.accelerator.backward
                )
        summed = self.ranks.summed(said)
        broken = self.ranks.highest(broken)
        wrong = next((name for name, value in summed.items() if not isfinite(value)), "")
        if wrong or broken >= 0:
            found_in = parts[max(0, broken)] if parts else None
            raise NotFiniteError(self.step, wrong or "total", found_in)
        self.ranks.add_gradients(self.trained.values())
        return summed

    def _losses(self, part: Batch, ramped: float, *, is_shared: bool) -> Losses:
        """Of a part of the batch, of which each rank may compute some rooms."""
        whole = part.to(self.accelerator.device)
        # What has batches chooses among candidates.
        network = cast("Network", self.network)
        if not is_shared:
            return losses(network, self.heads, whole, self.config, ramped=ramped)
        share = part.share(self.ranks.number, self.ranks.count)
        own = passes(network, share.batch.to(self.accelerator.device), self.config, ramped=ramped)
        seen = together(own, share, part, self.ranks, has_2d=ramped > 0)
        return objectives(seen, self.heads, whole, self.config, ramped)

    def checkpoint(self) -> tuple[Tensors, dict[str, Any]]:
        """What `restore` needs, on the CPU."""
        moments: dict[str, Tensor] = {}
        for name, parameter in self.trained.items():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                moments[f"{name}/{key}"] = _kept(value)
        tensors: Tensors = {
            **self._weights(),
            "heads": {name: _kept(value) for name, value in self.heads.state_dict().items()},
            "optimizer": moments,
            "rng": {"torch": torch.get_rng_state()},
        }
        return tensors, {"step": self.step}

    def _weights(self) -> Tensors:
        """All of the network, so that a checkpoint is a model; of adapters, what learns alone."""
        if self.config.lora_rank:
            learned = learned_state(self.network)
            return {_ADAPTERS: {name: _kept(value) for name, value in learned.items()}}
        tied = tied_names(self.network)
        weights = self.network.state_dict().items()
        return {"model": {name: _kept(value) for name, value in weights if name not in tied}}

    def restore(self, tensors: Tensors, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a run with the same configuration."""
        if _ADAPTERS in tensors:
            load_learned_state(self.network, tensors[_ADAPTERS])
        else:
            self.network.load_state_dict(tensors["model"], strict=not tied_names(self.network))
        self.heads.load_state_dict(tensors["heads"])
        for name, parameter in self.trained.items():
            found = {
                key.removeprefix(f"{name}/"): value
                for key, value in tensors["optimizer"].items()
                if key.rpartition("/")[0] == name
            }
            if found:
                # AdamW counts its steps on the CPU, wherever the parameters are.
                self.optimizer.state[parameter] = {
                    key: value if key == "step" else value.to(parameter.device)
                    for key, value in found.items()
                }
        torch.set_rng_state(tensors["rng"]["torch"])
        self.step = int(state["step"])


def _kept(value: Tensor) -> Tensor:
    return value.detach().to("cpu", copy=True).contiguous()
