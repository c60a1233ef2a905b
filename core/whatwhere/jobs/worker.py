"""The child process: `python -m whatwhere.jobs.worker MODULE:FUNCTION [ARGUMENT ...]`.

The entry is loaded from its name, so this package lies below the code it runs. It is called with
the `Connection` to the owner and the arguments, and returns when there are no more requests.
"""

import faulthandler
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from whatwhere.errors import WhatWhereError
from whatwhere.jobs.connection import Connection

Entry = Callable[..., None]


def main(arguments: Sequence[str]) -> int:
    """Run one entry as a child process; the exit status comes back."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who closes our stdin
    return run_entry(arguments[0], arguments[1:])


def run_entry(entry: str, arguments: Sequence[str] = ()) -> int:
    """Run `MODULE:FUNCTION` over this process's stdin and stdout; the exit status comes back."""
    faulthandler.enable(all_threads=False)  # a crash in C leaves its Python stack in the log
    connection = Connection.over_standard_streams()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        load_entry(entry)(connection, *arguments)
    except WhatWhereError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def load_entry(entry: str) -> Entry:
    """The function that "package.module:function" names."""
    module, _, function = entry.partition(":")
    return cast("Entry", getattr(import_module(module), function))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
