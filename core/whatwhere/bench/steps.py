"""What a training step of each kind costs beside a plain one, and what checkpoints cost a run."""

import tempfile
import time
from pathlib import Path

import torch

from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.palette import COLOURS
from whatwhere.models.registry import load_spatial_grounder
from whatwhere.training.checkpoints import write_checkpoint
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.datasets import FRAMES, SIZE, DataSet
from whatwhere.training.features import Reader
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.sampler import spatial_sampler
from whatwhere.training.samples import Samples

_ROOMS, _ROUNDS = 24, 10
_KINDS = {
    "plain": ("plain", 1, None),
    "W2R2 within class, 2D pass every other step": ("w2r2-within-class", 2, 1.35),
    "W2R2 within class, 2D pass every step": ("w2r2-within-class", 1, 1.6),
    "W2R2 relative, 2D pass every other step": ("w2r2-relative", 2, 1.35),
    "debias-product, 2D pass every step": ("debias-product", 1, 1.6),
    "w2r2-plus, which needs no 2D pass": ("w2r2-plus", 1, 1.35),
}
"""Name -> preset, steps between 2D passes, goal as a multiple of a plain step."""


def run() -> Figures:
    """Take steps of every kind in turns, on one thread as a run does beside the window."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measured(Path(folder))
    finally:
        torch.set_num_threads(threads)


def _measured(folder: Path) -> Figures:
    trainings = _trainings(folder)
    seconds: dict[str, list[float]] = {name: [] for name in trainings}
    for _ in range(_ROUNDS + 1):
        for name, training in trainings.items():
            started = time.perf_counter()
            # Two steps, so that "every other step" is one of each.
            training.take_step()
            training.take_step()
            seconds[name].append((time.perf_counter() - started) / 2)
    medians = {
        name: Figure.median([1000 * s for s in all_s[1:]], "ms") for name, all_s in seconds.items()
    }
    figures: Figures = {"plain step, 128 sentences": medians["plain"]}
    for name, (_, _, goal) in _KINDS.items():
        if goal is not None:
            figures[f"{name} / plain"] = Figure.ratio(medians[name], medians["plain"], at_most=goal)
    return figures | _checkpoints(folder, trainings["plain"], medians["plain"])


def _trainings(folder: Path) -> dict[str, GrounderTraining]:
    write_dataset(
        folder / "rooms", num_scenes=_ROOMS, seed=0, split="train", frames=FRAMES, size=SIZE
    )
    found: dict[str, GrounderTraining] = {}
    samples: Samples | None = None
    for name, (preset, every, _) in _KINDS.items():
        grounder = load_spatial_grounder("default", device="cpu")
        network, words = grounder.network, grounder.words
        if samples is None:
            reader = Reader(network.tower, words, CLASS_NAMES, COLOURS, 1, lambda line: None)
            rooms = reader.rooms(DataSet(folder / "rooms", "train", FRAMES))
            samples = reader.look(rooms, "looking")
        changes = {"second_pass_every": str(every), "ramp_from": "0", "ramp_to": "1e-6"}
        config = read_config(preset, {**changes, "device": '"cpu"'})
        found[name] = GrounderTraining(
            network,
            spatial_sampler(samples, config, words),
            config,
            num_attributes=(len(CLASS_NAMES), len(COLOURS)),
        )
    return found


def _checkpoints(folder: Path, training: GrounderTraining, step: Figure) -> Figures:
    config: TrainConfig = training.config
    milliseconds = []
    for number in range(5):
        started = time.perf_counter()
        write_checkpoint(folder / "run", number, *training.checkpoint())
        milliseconds.append(1000 * (time.perf_counter() - started))
    checkpoint = Figure.median(milliseconds, "ms")
    share = 100 * checkpoint.value / (config.checkpoint_every * step.value)
    return {
        "checkpoint": checkpoint,
        f"checkpoints, share of a run (one per {config.checkpoint_every} steps)": Figure(
            share, "%", checkpoint.n, at_most=2
        ),
    }
