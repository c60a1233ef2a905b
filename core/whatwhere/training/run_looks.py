"""The looks of a run at its probe set, read from outside; torch-free."""

from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import ConfigError, MissingFileError, WhatWhereError
from whatwhere.evaluation.cases.store import FACTS, StoredCases, open_cases
from whatwhere.training.run_files import PROBE, PROBE_CASES


@dataclass(frozen=True, slots=True, eq=False)
class RunLooks:
    """The cases of a run at every step at which it was looked at.

    Attributes:
        run: its folder.
        looks: by step; all of the same sentences, row by row.
        faults: a sentence for each look that cannot be read.
    """

    run: Path
    looks: tuple[StoredCases, ...]
    faults: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """Of the looks."""
        return tuple(look.facts.step for look in self.looks)


def look_steps(run: Path) -> tuple[int, ...]:
    """The steps whose cases are kept, in order."""
    found = (run / PROBE / PROBE_CASES).glob(f"step-*/{FACTS}")
    names = [path.parent.name.removeprefix("step-") for path in found]
    return tuple(sorted(int(name) for name in names if name.isdecimal()))


def open_looks(run: Path, known: RunLooks | None = None) -> RunLooks:
    """Open the cases of every look.

    Args:
        run: its folder; it may go on meanwhile.
        known: what was opened before; only what has come since is read.

    Raises:
        MissingFileError: it has no such cases, as runs of older versions.
        ConfigError: its looks are of different sentences.
    """
    folder = run / PROBE / PROBE_CASES
    opened = {look.folder.name: look for look in (() if known is None else known.looks)}
    looks, faults = [], []
    for step in look_steps(run):
        path = folder / f"step-{step:06d}"
        try:
            looks.append(opened.get(path.name) or open_cases(path))
        except WhatWhereError as error:
            faults.append(str(error))
    if not looks:
        raise MissingFileError(
            folder,
            what="Cases of the looks at the probe set",
            remedy=faults[0]
            if faults
            else "Runs of older versions kept none: train again, or diagnose a checkpoint",
        )
    if len({(look.facts.split_hash, len(look.columns)) for look in looks}) > 1:
        raise ConfigError(
            f"{run.name}: the looks at its probe set are of different sentences",
            remedy="Diagnose its checkpoints on one split instead",
        )
    return RunLooks(run, tuple(looks), tuple(faults))
