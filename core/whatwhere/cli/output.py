"""What a command writes: one JSON document on stdout, or lines for people."""

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import typer


def print_json(document: Any) -> None:
    """The one JSON document of a command."""
    typer.echo(json.dumps(document, indent=1))


@contextlib.contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """While the work runs, what libraries print goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        yield
