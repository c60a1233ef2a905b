"""`whatwhere train`: train a model from a configuration or a preset."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.training.config import read_config
from whatwhere.training.peers import Peer
from whatwhere.training.rank_processes import MEET_IN, end_with_rank_0, rank, started_ranks
from whatwhere.training.wishes import early_sigterm_kept


def train(
    config: Annotated[str, typer.Argument(help="A preset's name or a TOML file.")],
    base: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="Fine-tune this model: a name or a folder."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="DIR", help="The run folder to make.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint of the run in --run.")
    ] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            min=1, help="Train on this many processes: one per GPU of this machine, or on its CPU."
        ),
    ] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a model; its folder is made inside the run folder."""
    overrides = parse_changes(changes or [])
    # Refused at once: what trains takes seconds to import.
    read_config(config, {**overrides, **({"base": base} if base else {})})
    end_with_rank_0()

    with early_sigterm_kept(), stdout_kept_clean(), _other_ranks(processes) as started:
        from whatwhere.training.launch import train as train_model

        folder = train_model(
            config,
            base=base,
            run=run,
            resume=resume,
            overrides=overrides,
            report=_report,
            started=started,
        )
    if rank():
        return
    if json:
        print_json({"model": str(folder), "run": str(folder.parent)})
    else:
        typer.echo(f"The model lies in {folder}")


@contextlib.contextmanager
def _other_ranks(processes: int) -> Iterator[tuple[Peer, ...]]:
    """The processes that train along with this one, where this one is to start them."""
    if processes == 1 or MEET_IN in os.environ:
        yield ()
        return
    command = [sys.executable, "-P", "-m", "whatwhere", *sys.argv[1:]]
    with started_ranks(processes, command) as started:
        yield started


def parse_changes(changes: Sequence[str]) -> dict[str, str]:
    """Settings by name, from "key=value" each.

    Raises:
        typer.BadParameter: one is not of that form.
    """
    pairs = [change.partition("=") for change in changes]
    for key, equals, _ in pairs:
        if not (key and equals):
            raise typer.BadParameter(f'"{key}{equals}" is no setting; write --set key=value')
    return {key: value for key, _, value in pairs}


def _report(line: str) -> None:
    # A terminal that was closed refuses the line; the run goes on, as its folder tells.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
