"""From a configuration to a model folder: rooms, tower, grounder, figures."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch

from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.facts import WHAT, WHERE
from whatwhere.evaluation.grounding import accuracy_rows
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.weights import fill, read_weights
from whatwhere.models.words import Words
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.grounder_stage import batch_plan, choose, train_grounder
from whatwhere.training.model_folder import write_card, write_model
from whatwhere.training.rooms import Room, read_rooms, sentence_path
from whatwhere.training.run_folder import RunFolder, new_run_path
from whatwhere.training.samples import Samples, make_samples
from whatwhere.training.tower_stage import TowerSchedule, train_tower

Report = Callable[[str], None]
_FRAMES, _SIZE = 8, (128, 128)
_PARTS = {"where": WHERE, "what": WHAT}
_TRAINED_ON = {"what": "procedural demo rooms", "scene_prefix": "room"}


def train(
    config_or_preset: str,
    *,
    run: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    report: Report = print,
) -> Path:
    """Train a model and return its folder (`<run>/model`).

    Raises:
        ConfigError: the configuration is not valid, or the run folder is in use.
    """
    config = read_config(config_or_preset, overrides)
    cores = os.cpu_count() or 1
    torch.set_num_threads(config.threads or cores)
    torch.manual_seed(config.seed)
    with RunFolder(run or new_run_path(config.name), config) as folder:
        report(f"run folder: {folder.path}")
        return _Training(config, folder, report, workers=cores).run()


class _Training:
    """The stages of one run, in order."""

    def __init__(
        self, config: TrainConfig, folder: RunFolder, report: Report, *, workers: int
    ) -> None:
        self.config, self.folder, self.report, self.workers = config, folder, report, workers
        self.seconds: dict[str, float] = {}

    def run(self) -> Path:
        started = time.monotonic()
        with self._stage("rooms"):
            counts = {
                "train": self.config.train_rooms,
                "val": self.config.val_rooms,
                "test": self.config.test_rooms,
            }
            data = {split: self._generate(split, count) for split, count in counts.items()}
        description = json.loads((data["train"] / "dataset.json").read_text())
        classes, colours = description["classes"], description["colours"]
        network, words = self._build(sentence_path(data["train"], "train"))
        with self._stage("reading"):
            rooms = {split: self._read(path, split, network) for split, path in data.items()}
        with self._stage("tower"):
            self._train_tower(network, rooms["train"], classes, colours)
        encode = partial(make_samples, words=words, classes=classes, colours=colours)
        with self._stage("features"):
            samples = {split: encode(rooms[split], network.tower) for split in ("train", "val")}
        with self._stage("grounder"):
            self._train_grounder(network, words, samples, (len(classes), len(colours)))
        model = self.folder.path / "model"
        write_model(model, network, words, trained_on=_TRAINED_ON)
        with self._stage("test"):
            # What is measured is what was written, rounded weights and all.
            fill(network, read_weights(model), folder=model)
            test = encode(rooms["test"], network.tower)
            rows = accuracy_rows(choose(network, test, MODALITIES), _PARTS)
        self.seconds["total"] = time.monotonic() - started
        num_parameters = sum(p.numel() for p in network.parameters())
        write_card(model, self.config, rows, num_parameters=num_parameters, seconds=self.seconds)
        overall = ", ".join(f"{m} {r.value:.1%}" for m, r in rows[0].accuracy.items())
        self.report(f"test: {overall}")
        self.report(f"model: {model}")
        return model

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.folder.set_phase("running", doing=name)
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started
        self.report(f"{name}: {self.seconds[name]:.0f} s")

    def _generate(self, split: str, count: int) -> Path:
        path = self.folder.path / "data" / split
        write_dataset(
            path,
            num_scenes=count,
            seed=self.config.data_seed,
            split=split,
            shortcut=self.config.shortcut,
            frames=_FRAMES,
            size=_SIZE,
            workers=self.workers,
        )
        return path

    def _read(self, path: Path, split: str, network: SpatialVLM) -> list[Room]:
        rooms = read_rooms(
            path,
            split,
            image_size=_SIZE,
            grid=(network.tower.grid_height, network.tower.grid_width),
            max_frames=_FRAMES,
            workers=self.workers,
        )
        return list(rooms)

    def _build(self, sentences: Path) -> tuple[SpatialVLM, Words]:
        words = Words.from_texts(item.text for item in read_scanrefer(sentences).expressions)
        language_model = {**self.config.language_model, "vocab_size": words.size}
        network = SpatialVLM(
            SpatialVLMConfig(
                tower=self.config.tower,
                language_model=language_model,
                image_size=_SIZE,
                max_frames=self.config.max_frames,
            )
        )
        return network, words

    def _train_tower(
        self, network: SpatialVLM, rooms: list[Room], classes: list[str], colours: list[str]
    ) -> None:
        def report(step: int, steps: int, losses: dict[str, float]) -> None:
            self._metrics("tower", step, steps, losses)

        schedule = TowerSchedule(
            epochs=self.config.tower_epochs,
            rooms_per_step=self.config.tower_rooms_per_step,
            lr=self.config.tower_lr,
            seed=self.config.seed,
        )
        train_tower(
            network.tower, rooms, classes=classes, colours=colours, schedule=schedule, report=report
        )

    def _train_grounder(
        self,
        network: SpatialVLM,
        words: Words,
        samples: dict[str, Samples],
        num_attributes: tuple[int, int],
    ) -> None:
        config = self.config

        def report(step: int, metrics: dict[str, float]) -> None:
            if step % config.evaluate_every == 0:
                table = choose(network, samples["val"], ("fused", "2d", "3d"))
                metrics |= {f"val/{m}": float(hits.mean()) for m, hits in table.hits.items()}
                network.train()
            self._metrics("grounder", step, config.steps, metrics)

        plan = batch_plan(config, words)
        train_grounder(
            network, samples["train"], config, plan, num_attributes=num_attributes, report=report
        )

    def _metrics(self, stage: str, step: int, steps: int, metrics: dict[str, float]) -> None:
        self.folder.log({"stage": stage, "step": step, **metrics})
        self.folder.set_phase("running", step=step, steps=steps, doing=stage)
        shown = "  ".join(f"{name} {value:.3f}" for name, value in metrics.items())
        self.report(f"{stage} {step}/{steps}  {shown}")
