"""An annotator killed two hundred times loses nothing that she was told is saved."""

import json
import subprocess
import sys

_SCRIPT = """
import json
from whatwhere.bench.store.bench import run
print(json.dumps({name: figure.value for name, figure in run(kills=200, num_cases=2_000).items()}))
"""


def test_nothing_acknowledged_is_lost_and_the_undo_list_is_whole() -> None:
    # In a process of its own: the bench forks, which a process with threads should not.
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["changes acknowledged before a kill"] > 200
    assert figures["of them lost"] == 0
    assert figures["stores whose history or file is broken"] == 0
    assert "filter by tag and model: how many" in figures
