"""The `whatwhere` command: which commands there are, and what their failures return.

A command's module is imported when the command is asked for, so that none pays for another.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.errors import InternalError, RefusedPathError, WhatWhereError

COMMANDS: dict[str, str] = {
    "open": "whatwhere.cli.open:open_explorer",
    "info": "whatwhere.cli.info:info",
    "ground": "whatwhere.cli.ground:ground",
    "answer": "whatwhere.cli.answer:answer",
    "probe": "whatwhere.cli.probe:probe",
    "scenes": "whatwhere.cli.scene_imports:scenes",
    "frames": "whatwhere.cli.frames:frames",
    "demo": "whatwhere.cli.demo:demo",
    "evaluate": "whatwhere.cli.evaluate:evaluate",
    "diagnose": "whatwhere.cli.diagnose:diagnose",
    "shortcuts": "whatwhere.cli.shortcuts:shortcuts",
    "train": "whatwhere.cli.train:train",
    "runs": "whatwhere.cli.runs:runs",
    "models": "whatwhere.cli.models:models",
    "predictions": "whatwhere.cli.predictions:predictions",
    "cases": "whatwhere.cli.cases:cases",
    "host": "whatwhere.cli.host:host",
    "bench": "whatwhere.cli.bench:bench",
    "doctor": "whatwhere.cli.doctor:doctor",
}
"""Name -> "module:function" or a group of commands, in the order of `whatwhere --help`."""


def main() -> int:
    """The console script: run the command line of this process; the exit code comes back."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--worker"]:  # a frozen bundle calls itself for its child processes
        from whatwhere.jobs import worker

        return worker.main(arguments[1:])
    try:
        command_line(arguments)(arguments, prog_name="whatwhere")
    except WhatWhereError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        return _report_refused(error)
    except Exception as error:  # noqa: BLE001  # the last place where a bug can be told to the user
        return _report_bug(error)
    return 0


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """The command line as far as these arguments need it: their command, or all of them."""
    app = typer.Typer(
        name="whatwhere",
        help="See why a 3D grounding model points where it points.",
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_whatwhere)
    for name in _commands_needed(arguments):
        module, _, function = COMMANDS[name].partition(":")
        loaded = getattr(import_module(module), function)
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name)
        else:
            app.command(name)(loaded)
    return app


def _commands_needed(arguments: Sequence[str]) -> Sequence[str]:
    if not arguments or arguments[0] == "--version":
        return []
    if arguments[0] in COMMANDS:
        return [arguments[0]]
    # Help lists all, and so does the complaint about a command that does not exist.
    return list(COMMANDS)


def _whatwhere(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """See why a 3D grounding model points where it points; without a command, the explorer."""
    if version:
        from importlib.metadata import version as installed_version

        typer.echo(f"whatwhere {installed_version('whatwhere')}")
    elif context.invoked_subcommand is None:
        from whatwhere.cli.open import open_explorer

        open_explorer()


def _report_refused(error: OSError) -> int:
    """A path that the user gave and the system refuses is bad input; anything else is a bug."""
    if error.filename is None:
        return _report_bug(error)
    _log_traceback(error)
    refused = RefusedPathError(os.fsdecode(error.filename), error.strerror or str(error))
    sys.stderr.write(f"{refused}\n")
    return refused.exit_code


def _report_bug(error: Exception) -> int:
    bug = InternalError(f"{type(error).__name__}: {error}", log_path=_log_traceback(error))
    sys.stderr.write(f"{bug}\n")
    return bug.exit_code


def _log_traceback(error: Exception) -> Path | None:
    """Where the traceback was written; None when it had to go to stderr."""
    from whatwhere.folders import state_folder

    try:
        log_path = state_folder() / "whatwhere.log"
        with log_path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {sys.argv[1:]}\n")
            log.writelines(traceback.format_exception(error))
    except OSError:
        traceback.print_exception(error)
        return None
    return log_path


if __name__ == "__main__":
    sys.exit(main())
