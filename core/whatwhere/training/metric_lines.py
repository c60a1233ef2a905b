"""Finding places in `metrics.jsonl` from its end, where one is near."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BLOCK = 2**16


def last_line_end(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    for end, _ in lines_from_end(path):
        return end
    return 0


def end_of_step(path: Path, step: int) -> int:
    """Bytes up to the end of the last line that is of this step or of an earlier one.

    Lines without a step belong to the line before them.
    """
    size = last_line_end(path)
    for end, line in lines_from_end(path):
        found = parsed(line).get("step")
        if not isinstance(found, int):
            continue
        if found <= step:
            break
        size = end - len(line) - 1
    return size


def lines_from_end(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every whole line, last first, with the offset of its end; half a last line is left out."""
    with path.open("rb") as file:
        start = file.seek(0, 2)
        held, end = b"", None  # the line that is not whole yet, and where it ends
        while start > 0:
            size = min(_BLOCK, start)
            start -= size
            file.seek(start)
            data = file.read(size) + held
            held, *whole = data.split(b"\n")
            position = start + len(data)
            for line in reversed(whole):
                if end is not None:
                    yield end, line
                position -= len(line) + 1
                end = position + 1
        if end is not None:
            yield end, held


def parsed(line: bytes) -> dict[str, Any]:
    """A line's object; empty when it is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
