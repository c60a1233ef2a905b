"""METEOR of a corpus, by the program that all papers use (meteor-1.5.jar, from pycocoevalcap).

It is asked line by line: `SCORE ||| right answers ||| ... ||| own answer` gives a line of counts,
and `EVAL ||| counts ||| ...` a score for each and one for all of them together, which is no mean.
Loading its paraphrases takes longer than thousands of answers, so one program is asked everything.
"""

import importlib.util
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PACKAGE = "pycocoevalcap"
_AT_ONCE = 64
"""Answers whose counts fit into a pipe: more, and each side would wait for the other."""
_TIMEOUT_S = 1800.0
_OPTIONS = ("-", "-", "-stdio", "-l", "en", "-norm")
_FAILED = "METEOR's program failed; `java -version` must work, and 2 GB of memory be free"


def lacking_meteor() -> str | None:
    """Why METEOR cannot be computed here, or None."""
    if importlib.util.find_spec(_PACKAGE) is None:
        return 'METEOR needs pip install "whatwhere[qa]"'
    if not _jar().is_file():
        return f"METEOR needs {_jar().name}, which this copy of pycocoevalcap lacks"
    if shutil.which("java") is None:
        return "METEOR needs Java"
    return None


class Meteor:
    """A running program. One that fails costs this one number and not the others.

    Args:
        process: with pipes for input and output; None where it could not be started.

    Attributes:
        fault: why there is no score, "" as long as there is.
    """

    def __init__(self, process: subprocess.Popen[bytes] | None) -> None:
        self._process = process
        self.fault = "" if process is not None else _FAILED

    def score(self, said: Sequence[str], answers: Sequence[Sequence[str]]) -> float | None:
        """Of a whole corpus; 1 is full marks. None where the program failed.

        Args:
            said: n answers, words parted by blanks; an empty one scores nothing.
            answers: n lists of those that count as right, one at least in each.
        """
        if self._process is None or self.fault or not said:
            return None
        lines = [
            " ||| ".join(["SCORE", *map(_one_line, row), _one_line(own)])
            for own, row in zip(said, answers, strict=True)
        ]
        try:
            counts: list[str] = []
            for start in range(0, len(lines), _AT_ONCE):
                part = lines[start : start + _AT_ONCE]
                counts += self._asked(self._process, part, len(part))
            scores = self._asked(self._process, [" ||| ".join(["EVAL", *counts])], len(said) + 1)
            return float(scores[-1])
        except (OSError, ValueError):
            self.fault = _FAILED
            return None

    def _asked(
        self, process: subprocess.Popen[bytes], lines: Sequence[str], num_answers: int
    ) -> list[str]:
        """What the program answers; raises ValueError where it ends instead."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        process.stdin.flush()
        found = [process.stdout.readline().decode("utf-8", "replace") for _ in range(num_answers)]
        if not all(line.endswith("\n") for line in found):
            raise ValueError("the program ended")
        return [line.strip() for line in found]


@contextmanager
def meteor_program(command: Sequence[str] | None = None) -> Iterator[Meteor]:
    """The program, which ends with the block.

    Args:
        command: that starts it; None starts the jar.
    """
    try:
        process = subprocess.Popen(
            command or ["java", "-Xmx2G", "-jar", _jar().name, *_OPTIONS],
            cwd=None if command is not None else _jar().parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield Meteor(None)
        return
    timer = threading.Timer(_TIMEOUT_S, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield Meteor(process)
    finally:
        timer.cancel()
        process.kill()
        with suppress(OSError):  # what was not yet written to a program that ended
            process.communicate()


def _jar() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    return Path(places[0] if places else ".") / "meteor" / "meteor-1.5.jar"


def _one_line(text: str) -> str:
    return " ".join(text.replace("|||", " ").split())
