"""From a configuration to a model: who trains it, in which folder, and who hears of it."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from whatwhere.errors import ConfigError, RefusedPathError
from whatwhere.models.registry import model_folder
from whatwhere.training.config import read_config
from whatwhere.training.followed_run import FollowedRun
from whatwhere.training.joining import joined
from whatwhere.training.peers import Peer
from whatwhere.training.rank_processes import num_ranks, rank
from whatwhere.training.run_files import RANKS
from whatwhere.training.run_folder import RunFolder, new_run_path
from whatwhere.training.stages import Report, Stages


def train(
    config_or_preset: str,
    *,
    base: str | Path | None = None,
    run: Path | None = None,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
    report: Report = print,
    started: Sequence[Peer] = (),
) -> Path:
    """Train a model and return its folder (`<run>/model`).

    Where several processes were started to train together, each calls this; the one of rank 0
    writes the folder and reports.

    Args:
        config_or_preset: a preset's name or a TOML file.
        base: model to start from, by name or folder; as the setting `base`.
        run: the run folder; a new one by default.
        resume: go on from the last checkpoint of the run in that folder.
        overrides: settings by name, as text.
        report: told what is being done.
        started: the other ranks, where this process has started them.

    Raises:
        ConfigError: the configuration is not valid, or the run folder is in use.
        ModelError: there is no such model to start from.
        SceneError: there is nothing to train on.
        RunError: a loss became NaN (the batch is kept in the run folder), or another rank is gone.
        CheckpointError: a checkpoint cannot be written.
        RefusedPathError: another file cannot be read or written, as on a full disk.
    """
    changes = dict(overrides or {})
    if base is not None:
        changes["base"] = str(base)
    config = read_config(config_or_preset, changes)
    if config.base:
        model_folder(config.base)
    if resume and run is None:
        raise ConfigError("no run is named", remedy="Say which with --run DIR")
    cores = os.cpu_count() or 1
    # One core is left to the window.
    shared = max(1, (cores - 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    torch.set_num_threads(config.threads or shared)
    torch.manual_seed(config.seed)
    if rank():
        with joined(config.device, give_up=lambda reason: None) as ranks:
            path = Path(ranks.told(""))
            with FollowedRun(path, ranks.number) as followed:
                return Stages(config, followed, lambda line: None, ranks, workers=1).to_the_end()
    with RunFolder(run or new_run_path(config.name), config, resume=resume) as folder:
        try:
            report(f"run folder: {folder.path}")
            if num_ranks() > 1:
                shutil.rmtree(folder.path / RANKS, ignore_errors=True)
            with joined(config.device, started=started, give_up=folder.give_up) as ranks:
                ranks.told(str(folder.path.absolute()))
                return Stages(config, folder, report, ranks, workers=cores).to_the_end()
        except OSError as error:  # most often a full disk
            where = error.filename or folder.path
            raise RefusedPathError(where, error.strerror or str(error)) from error
