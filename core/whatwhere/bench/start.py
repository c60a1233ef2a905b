"""How long `whatwhere info` takes as a process, from its start to its exit."""

import subprocess
import sys
import time
from collections.abc import Sequence

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room

_REPEATS = 9


def run() -> Figures:
    """The command on a demo room, in turns with the least that it stands on."""
    commands = {
        "imports": [sys.executable, "-c", "import typer, numpy"],
        "info": [sys.executable, "-m", "whatwhere.cli.main", "info", str(first_room())],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_REPEATS):
        for name, command in commands.items():
            seconds[name].append(_wall_s(command))
    info = Figure.median(seconds["info"], "s", at_most=0.6)
    imports = Figure.median(seconds["imports"], "s")
    return {
        "whatwhere info, as a process": info,
        "import typer, numpy, as a process": imports,
        "info / imports": Figure.ratio(info, imports),
    }


def _wall_s(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
