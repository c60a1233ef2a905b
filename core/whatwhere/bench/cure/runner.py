"""Training the arms, one process per core, each run kept the moment it is done."""

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from whatwhere.bench.cure.arms import (
    SHORTCUT,
    TEST_ROOMS,
    TRAIN_ROOMS,
    VAL_ROOMS,
    Arm,
    Run,
    planned,
)
from whatwhere.bench.cure.cases import ASKED, FOLLOWED, Answers, Cases, settings_of, write_arrays
from whatwhere.bench.cure.same_settings import train_alike
from whatwhere.demo.families import CAUSAL_TWIN
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.palette import COLOURS
from whatwhere.jobs.pools import end_with_parent
from whatwhere.models.registry import load_spatial_grounder
from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.words import Words
from whatwhere.training.choices import choose
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.datasets import to_report_on, to_train_on, to_watch
from whatwhere.training.features import Reader
from whatwhere.training.loop import GrounderTraining
from whatwhere.training.model_folder import write_model
from whatwhere.training.sampler import spatial_sampler
from whatwhere.training.samples import Samples, balanced
from whatwhere.training.twins import TwinSamples, twin_answers, twin_choices

Report = Callable[[str], None]
_TOWER_OF = "default"


def rows_path(report: Path, run: Run) -> Path:
    """Where a run's answers are kept."""
    return report / "rows" / f"{run.name}.npz"


def cases_path(report: Path, family: str) -> Path:
    """Where a family's cases are kept."""
    return report / "rows" / f"cases-{family}.npz"


def is_kept(report: Path, run: Run) -> bool:
    """Whether a run's answers are kept, and were made with the settings of today."""
    return _were_made_with(config_of(run), rows_path(report, run))


def _were_made_with(config: TrainConfig, rows: Path) -> bool:
    stored = settings_of(rows)
    return stored is not None and train_alike(json.loads(stored), config)


def run_all(
    runs: Sequence[Run], report: Path, models: Path, *, minutes: float | None, say: Report
) -> None:
    """Train every run that is not kept yet, until the time is up.

    Args:
        runs: in the order of their importance.
        report: folder of the rows; a run whose rows are there is not repeated.
        models: folder that keeps the trained models.
        minutes: no run is started after this; None for no limit.
        say: told what is being done.
    """
    for wanted in runs:
        _take_over(wanted, report, models)
    open_runs = [run for run in runs if not is_kept(report, run)]
    say(f"{len(runs) - len(open_runs)} of {len(runs)} runs are kept, {len(open_runs)} to go")
    started = time.monotonic()
    cores = os.cpu_count() or 1
    # One at a time first: the data and the features that all share are made once.
    for family in dict.fromkeys(run.arm.family for run in open_runs):
        for is_fair in (False, True):
            some = [r for r in open_runs if (r.arm.family, r.arm.is_fair) == (family, is_fair)]
            if some and not _is_late(started, minutes):
                prepare(some[0].arm, report, say)
    with ProcessPoolExecutor(
        cores, mp_context=get_context("spawn"), initializer=end_with_parent
    ) as pool:
        waiting, going = list(open_runs), dict[Future[str], Run]()
        while (waiting and not _is_late(started, minutes)) or going:
            while waiting and len(going) < cores and not _is_late(started, minutes):
                run = _next(waiting, models)
                if run is None:
                    break
                waiting.remove(run)
                going[pool.submit(train_one, run, report, models)] = run
            if not going:
                break
            for future in wait(going, return_when=FIRST_COMPLETED).done:
                del going[future]
                say(f"{future.result()}  ({(time.monotonic() - started) / 60:.0f} min)")


def _take_over(run: Run, report: Path, models: Path) -> None:
    """A run with the very settings of a kept one is that one: its numbers would be the same."""
    if is_kept(report, run) or run.arm.base:
        return
    config = config_of(run)
    for other in planned():
        path = rows_path(report, other)
        if not other.arm.base and other != run and _were_made_with(config, path):
            shutil.copyfile(path, rows_path(report, run))
            if (models / other.name).exists():
                shutil.copytree(models / other.name, models / run.name, dirs_exist_ok=True)
            return


def train_one(run: Run, report: Path, models: Path) -> str:
    """Train one run in this process, keep its answers and its model; returns a line to print."""
    torch.set_num_threads(1)
    torch.manual_seed(run.seed)
    started = time.monotonic()
    config = config_of(run)
    reader, words = _reader(lambda line: None)
    network = _network(words, run, models)
    samples = reader.samples(to_train_on(config, reader.report))
    if config.balance_shortcut:
        samples = balanced(samples)
    training = GrounderTraining(
        network,
        spatial_sampler(samples, config, words),
        config,
        num_attributes=(len(CLASS_NAMES), len(COLOURS)),
    )
    while training.step < config.steps:
        training.take_step()
    network.eval()
    model = models / run.name
    write_model(model, network, words, trained_on={"what": f"{run.name} of the cure"})
    answers = {
        split: answers_on(network, *_split(reader, _look_at(config), split))
        for split in ("val_biased", "test")
    }
    write_arrays(rows_path(report, run), answers, settings=config.model_dump_json())
    return f"{run.name}: {(time.monotonic() - started) / 60:.1f} min"


def answers_on(network: SpatialVLM, samples: Samples, twins: TwinSamples) -> Answers:
    """Ask a network every case."""
    table = choose(network, samples, ASKED)  # type: ignore[arg-type]
    choices = twin_choices(network, twins, FOLLOWED)  # type: ignore[arg-type]
    followed = twin_answers(choices, twins, table.chosen, table.scenes)
    return Answers(
        chosen=np.stack([table.chosen[m] for m in ASKED]),
        log_p=np.stack([table.log_p_in_class[m] for m in FOLLOWED]).clip(-60, 0),
        twin=np.stack([followed[m].twin for m in FOLLOWED]),
        placebo=np.stack([followed[m].placebo for m in FOLLOWED]),
    )


def prepare(arm: Arm, report: Path, say: Report) -> None:
    """Make the rooms and features that the runs of an arm share, and keep the cases."""
    reader, _ = _reader(say)
    config = config_of(Run(arm, 0))
    reader.samples(to_train_on(config, say))
    path = cases_path(report, arm.family)
    splits = {split: _split(reader, _look_at(config), split) for split in ("val_biased", "test")}
    if not path.exists():
        write_arrays(path, {split: _cases(*found) for split, found in splits.items()})


def config_of(run: Run) -> TrainConfig:
    """The configuration of a run, data and all."""
    arm = run.arm
    return read_config(
        arm.preset,
        {
            "seed": str(run.seed),
            "threads": "1",
            "device": '"cpu"',
            "train_rooms": str(TRAIN_ROOMS),
            "val_rooms": str(VAL_ROOMS),
            "test_rooms": str(TEST_ROOMS),
            "shortcut": "0.0" if arm.is_fair else str(SHORTCUT),
            "family": f'"{arm.family}"',
            **arm.overrides,
        },
    )


def _look_at(config: TrainConfig) -> TrainConfig:
    """All arms are looked at on the same rooms: those of the biased arm."""
    return config.model_copy(update={"shortcut": SHORTCUT})


def _split(reader: Reader, config: TrainConfig, split: str) -> tuple[Samples, TwinSamples]:
    if split == "val_biased":
        dataset = to_watch(config, reader.report)
    else:
        dataset = to_report_on(config, reader.report, twins=True)
    twins = reader.twins(dataset, CAUSAL_TWIN[config.family])
    assert twins is not None, "the demo rooms of both splits are made with twins"
    return reader.samples(dataset), twins


def _cases(samples: Samples, twins: TwinSamples) -> Cases:
    everything = torch.arange(len(samples.target_M))
    spatial = twins.twin.spatial_M.numpy()
    return Cases(
        scenes=samples.scene_M.numpy(),
        skills=samples.skills,
        target=samples.target_M.numpy(),
        of_class=samples.of_class(everything).numpy(),
        spatial=samples.spatial_M.numpy(),
        aligned=samples.aligned_M.numpy(),
        twin_rows=twins.rows.numpy()[spatial],
        pair=twins.pair[spatial],
    )


def _reader(say: Report) -> tuple[Reader, Words]:
    grounder = load_spatial_grounder(_TOWER_OF, device="cpu")
    workers = 1 if torch.get_num_threads() == 1 else os.cpu_count() or 1
    tower, words = grounder.network.tower, grounder.words
    return Reader(tower, words, CLASS_NAMES, COLOURS, workers, say), words


def _network(words: Words, run: Run, models: Path) -> SpatialVLM:
    """A new grounder on the shipped tower, or the model the run goes on from."""
    if run.arm.base:
        return load_spatial_grounder(models / _base(run).name, device="cpu").network
    shipped = load_spatial_grounder(_TOWER_OF, device="cpu").network
    config = read_config(run.arm.preset)
    torch.manual_seed(run.seed)
    network = SpatialVLM(
        SpatialVLMConfig(
            tower=shipped.config.tower,
            language_model={**config.language_model, "vocab_size": words.size},
            image_size=shipped.config.image_size,
            max_frames=config.max_frames,
        )
    )
    network.tower.load_state_dict(shipped.tower.state_dict())
    return network


def _base(run: Run) -> Run:
    return Run(Arm(run.arm.base, "", 0, "", family=run.arm.family), run.seed)


def _next(waiting: Sequence[Run], models: Path) -> Run | None:
    """The first run whose base, if it has one, is trained."""
    for run in waiting:
        if not run.arm.base or (models / _base(run).name / "model.safetensors").exists():
            return run
    return None


def _is_late(started: float, minutes: float | None) -> bool:
    return minutes is not None and time.monotonic() - started > 60 * minutes
