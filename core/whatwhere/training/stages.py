"""The stages of one run: scenes, tower, features, grounder, figures.

Every stage can be repeated and gives the same, so a run that was ended anywhere goes on from its
last checkpoint and ends as it would have.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from whatwhere.demo.facts import WHAT, WHERE
from whatwhere.demo.families import CAUSAL_TWIN
from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.evaluation.grounding import AccuracyRow, accuracy_rows
from whatwhere.models.adapter_link import LINK, link_text
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.registry import model_folder
from whatwhere.models.weights import fill, read_weights
from whatwhere.training.checkpoints import checkpoints, read_checkpoint, write_checkpoint
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import (
    DataSet,
    to_practise_on,
    to_report_on,
    to_train_on,
    to_watch,
)
from whatwhere.training.distributed import Ranks
from whatwhere.training.followed_run import FollowedRun, last_words
from whatwhere.training.loop import GrounderTraining, NotFiniteError, StepMetrics
from whatwhere.training.mixed_sampler import mixed, practice
from whatwhere.training.model_folder import write_card
from whatwhere.training.probe import Probe
from whatwhere.training.probe_cases import ProbeCases, probe_cases
from whatwhere.training.run_files import CONTROL, PROBE
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.samples import balanced
from whatwhere.training.spatial_trainee import SpatialTrainee
from whatwhere.training.trainee import Trainee
from whatwhere.training.trainees import trainee_of
from whatwhere.training.wishes import STOP, Wish

Report = Callable[[str], None]
_PARTS = {"where": WHERE, "what": WHAT}
_LOG_EVERY = 10
_REPORT_EVERY = 50


class Stopped(SystemExit):
    """The wish to stop was granted; the run folder reads "stopped"."""


class Stages:
    """The stages of one run, in order."""

    def __init__(
        self,
        config: TrainConfig,
        folder: RunFolder | FollowedRun,
        report: Report,
        ranks: Ranks,
        *,
        workers: int,
    ) -> None:
        self.config, self.folder, self.report, self.workers = config, folder, report, workers
        self.ranks = ranks
        ranks.last_words = lambda number: last_words(folder.path, number)
        self.seconds: dict[str, float] = {}
        self.doing, self.step = "", 0
        self.link = ""
        self._cases: ProbeCases | None = None

    def to_the_end(self) -> Path:
        """All of them; returns the model's folder.

        Raises:
            Stopped: the user wished so; what was done is saved.
            RunError: a loss became NaN, or another rank is gone.
            OSError: the disk is full, or refuses a file.
        """
        config = self.config
        started = time.monotonic()
        with self._stage("scenes"):
            dataset = to_train_on(config, self._told)
            watched = to_watch(config, self._told)
            hard = to_practise_on(config, dataset)
        trainee = self._trainee(dataset)
        network = trainee.network
        saved = checkpoints(self.folder.path)
        with self._stage("features"):
            samples = trainee.samples(dataset)
            if config.balance_shortcut:
                samples = balanced(samples)
            probe = Probe(
                trainee.watched(watched),
                trainee.twins(watched, CAUSAL_TWIN[config.family]),
                trainee.choose,
            )
            self._cases = self._gathered(probe, watched)
            sampler = trainee.sampler(samples)
            if hard is not None:
                sampler = mixed(sampler, practice(trainee, hard, config), config)
        training = GrounderTraining(
            network,
            sampler,
            config,
            num_attributes=trainee.num_attributes,
            ranks=self.ranks,
            lessons=trainee.lessons(samples),
        )
        if saved:
            training.restore(*read_checkpoint(saved[-1]))
            self.folder.cut_metrics_after(training.step)
            self.report(f"going on from step {training.step}")
        with self._stage("grounder", together=True):
            self._grounder(training, probe, trainee)
        self.ranks.part()
        model = self.folder.path / "model"
        if not self.ranks.is_first:
            return model
        network.eval()
        network.to("cpu")
        trainee.write(model, trained_on=self._trained_on())
        with self._stage("test", step=config.steps, together=True):
            rows, name = self._figures(trainee, model, probe)
        self.seconds["total"] = time.monotonic() - started
        write_card(
            model,
            config,
            rows,
            split=name,
            network=network,
            kind=trainee.kind,
            seconds=self.seconds,
        )
        overall = ", ".join(f"{m} {r.value:.1%}" for m, r in rows[0].accuracy.items())
        self.report(f"{name}: {overall}")
        self.report(f"model: {model}")
        return model

    @contextmanager
    def _stage(self, name: str, *, step: int = 0, together: bool = False) -> Iterator[None]:
        """A stage; the other ranks find what rank 0 has made, unless they make it together."""
        with contextlib.nullcontext() if together else self.ranks.first():
            self._granted(step)
            self.doing, self.step = name, step
            self.folder.beat(step, self.config.steps, name)
            started = time.monotonic()
            yield
        self.seconds[name] = time.monotonic() - started
        self.report(f"{name}: {self.seconds[name]:.0f} s")

    def _told(self, line: str) -> None:
        """Pass on what a long stage says of itself; it can be paused and stopped there."""
        self.report(line)
        self.folder.beat(self.step, self.config.steps, self.doing)
        self._granted(self.step)

    def _trainee(self, dataset: DataSet) -> Trainee[Any]:
        """The kind of model that the run starts from; from scratch, its tower learns first."""
        trainee = trainee_of(self.config, dataset, workers=self.workers, report=self._told)
        if isinstance(trainee, SpatialTrainee) and not self.config.base:
            with self._stage("tower"):
                trainee.teach_tower(dataset, self.folder.path / "tower", self._told_of_tower)
        return trainee

    def _told_of_tower(self, step: int, steps: int, losses: dict[str, float]) -> None:
        self.folder.beat(step, steps, "tower")
        self._granted(0)
        self.report(_line("tower", step, steps, losses))

    def _grounder(self, training: GrounderTraining, probe: Probe, trainee: Trainee[Any]) -> None:
        config, steps = self.config, self.config.steps
        if training.step == 0:
            self._look(training, probe)
        while training.step < steps:
            self._granted(training.step, lambda: self._save(training, trainee), together=True)
            try:
                metrics = training.take_step()
            except NotFiniteError as error:
                if self.ranks.is_first and error.batch:
                    save_file(error.batch.tensors(), self.folder.path / "failed-batch.safetensors")
                raise
            step = training.step
            self.folder.beat(step, steps, "grounder")
            if step % _LOG_EVERY == 0 or step == steps:
                self._log(metrics)
            if step % config.evaluate_every == 0 or step == steps:
                self._look(training, probe)
            if step % config.checkpoint_every == 0 or step == steps:
                self._save(training, trainee)

    def _look(self, training: GrounderTraining, probe: Probe) -> None:
        if not self.ranks.is_first:
            return
        look = probe.look(training.network)
        look.write(self.folder.path / PROBE / f"step-{training.step:06d}.npz")
        metrics = look.metrics()
        if self._cases is not None:
            metrics |= self._cases.write(training.step, look)
        self.folder.log({"step": training.step, "stage": "probe", **metrics})
        shown = {n.removeprefix("probe/"): v for n, v in metrics.items() if "accuracy" in n}
        self.report(_line("probe", training.step, self.config.steps, shown))

    def _gathered(self, probe: Probe, watched: DataSet) -> ProbeCases | None:
        """A run whose scans are gone since they were read goes on, and says what it cannot keep."""
        if not self.ranks.is_first:
            return None
        try:
            return probe_cases(
                probe,
                watched,
                self.folder.path,
                twin_kind=CAUSAL_TWIN[self.config.family],
                checkpoint_every=self.config.checkpoint_every,
                steps=self.config.steps,
                report=self._told,
            )
        except (BrokenFileError, MissingFileError, SceneError) as error:
            self.report(f"bias over training is not kept: {error}")
            return None

    def _log(self, metrics: StepMetrics) -> None:
        self.folder.log({"step": metrics.step, "stage": "grounder", **metrics.values})
        if metrics.step % _REPORT_EVERY == 0:
            self.report(_line("grounder", metrics.step, self.config.steps, metrics.values))

    def _save(self, training: GrounderTraining, trainee: Trainee[Any]) -> None:
        if not self.ranks.is_first:
            return
        config = self.config
        tensors, state = training.checkpoint()
        texts = trainee.texts(trained_on=self._trained_on())
        if config.lora_rank:
            # Adapters are a model beside the one that they were trained on.
            texts[LINK] = self._link()
        write_checkpoint(self.folder.path, training.step, tensors, state, texts=texts)

    def _link(self) -> str:
        if not self.link:
            self.report(f"hashing {self.config.base}, which the adapters belong to")
            rank, alpha = self.config.lora_rank, self.config.lora_alpha
            self.link = link_text(model_folder(self.config.base), rank=rank, alpha=alpha)
        return self.link

    def _granted(
        self, step: int, save: Callable[[], None] = lambda: None, *, together: bool = False
    ) -> None:
        """Do what the user wishes: pause until told to go on, or save and leave.

        Rank 0 hears the user; where they step together, all do the same at the same step.
        """
        if not (together or self.ranks.is_first):
            return
        wish = self._agreed() if together else self.folder.wish()
        if wish == "go":
            return
        if step:
            save()
        if wish == "pause":
            self.report(f"paused after step {step}")
            wish = self.folder.wait_while_paused(step, self.config.steps)
            if (self.ranks.wish_of_first(wish) if together else wish) == "go":
                return
        self.report(f"stopped after step {step}")
        raise Stopped(0)

    def _agreed(self) -> Wish:
        own = self.folder.wish()
        wish = self.ranks.agreed(own)
        if self.ranks.is_first and wish == "stop" != own:
            # Another rank was sent a signal; the folder hears of it as of any wish.
            (self.folder.path / CONTROL).mkdir(exist_ok=True)
            (self.folder.path / CONTROL / STOP).touch()
            self.folder.wish()
        return wish

    def _figures(
        self, trainee: Trainee[Any], model: Path, probe: Probe
    ) -> tuple[list[AccuracyRow], str]:
        # What is measured is what was written, rounded weights and all.
        network = trainee.network
        fill(network, read_weights(model), folder=model)
        if self.config.test_rooms:
            dataset = to_report_on(self.config, self._told)
            table = trainee.choose(network, trainee.samples(dataset), MODALITIES)
            return accuracy_rows(table, _PARTS), dataset.split
        return accuracy_rows(probe.look(network).table, _PARTS), "probe"

    def _trained_on(self) -> dict[str, str]:
        if self.config.data:
            return {"what": Path(self.config.data).name}
        return {"what": "procedural demo rooms", "scene_prefix": "room"}


def _line(doing: str, step: int, steps: int, values: Mapping[str, float]) -> str:
    shown = "  ".join(f"{name} {value:.3f}" for name, value in values.items())
    return f"{doing} {step}/{steps}  {shown}"
