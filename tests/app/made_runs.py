"""Training runs that nobody made: their looks at a probe set are made-up cases."""

from dataclasses import replace
from pathlib import Path

from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere.training.config import read_config, write_config
from whatwhere.training.run_files import probe_cases_folder


def write_look(run: Path, step: int, *, follows: float, num_cases: int = 120) -> None:
    """One look; the cases of all looks are of the same sentences."""
    made = made_cases(num_cases, follows=follows)
    facts = replace(
        made.facts,
        name=f"{run.name}-step-{step}",
        model=f"{run.name} step {step}",
        checkpoint_of=str(run),
        step=step,
    )
    write_cases(probe_cases_folder(run, step), facts, made.columns, made.texts)


def write_run(run: Path, *, num_cases: int = 120) -> Path:
    """A run of 40 steps that is cured: looked at three times."""
    for step, follows in ((0, 0.9), (20, 0.4), (40, 0.05)):
        write_look(run, step, follows=follows, num_cases=num_cases)
    write_config(read_config("plain", {"steps": "40"}), run / "config.toml")
    return run
