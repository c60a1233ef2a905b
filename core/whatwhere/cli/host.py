"""`whatwhere host`: the grounder host itself, for ssh and for other programs."""

import sys
from typing import Annotated

import typer

from whatwhere.jobs.worker import run_entry

_ENTRY = "whatwhere.serving.grounder_host:run"


def host(
    model: Annotated[
        str, typer.Argument(help="Load this model at once; else wait for a load request.")
    ] = "",
) -> None:
    """Answer requests in length-prefixed msgpack frames on stdin and stdout."""
    if sys.stdin.isatty():
        raise typer.BadParameter(
            "stdin is a terminal; this command is started by a program that talks in frames"
        )
    raise typer.Exit(run_entry(_ENTRY, [model] if model else []))
