"""Following one `metrics.jsonl`; torch-free."""

from pathlib import Path
from typing import Any

from whatwhere.training.metric_lines import lines_from_end, parsed

_NOT_METRICS = frozenset({"time", "step"})
_LAST_VALUES_BYTES = 2**16


def last_values(path: Path) -> dict[str, float | None]:
    """Latest value of each metric in the last 64 KiB; None where it was not finite."""
    values: dict[str, float | None] = {}
    try:
        size = path.stat().st_size
        for end, line in lines_from_end(path):
            if size - end > _LAST_VALUES_BYTES:
                break
            for name, value in parsed(line).items():
                if name not in _NOT_METRICS and (value is None or isinstance(value, int | float)):
                    values.setdefault(name, value)
    except OSError:
        return values
    return dict(sorted(values.items()))


class MetricLog:
    """A follower of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tail(self, n: int) -> list[dict[str, Any]]:
        """The last lines, oldest first."""
        found: list[dict[str, Any]] = []
        for _, line in lines_from_end(self.path):
            if len(found) == n:
                break
            found.append(parsed(line))
        return found[::-1]
