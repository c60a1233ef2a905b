"""Cells and tables of the report, in Markdown; shares in percent."""

import numpy as np


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def cell(rate: object) -> str:
    """A rate with its interval, without its count."""
    return str(rate).split(" (n")[0]


def spread(values: list[float]) -> str:
    """Mean, and range over seeds."""
    mean, least, most = (shown(v) for v in (float(np.mean(values)), min(values), max(values)))
    return f"{mean} ({least} to {most})"


def shown(value: float) -> str:
    """In percent; never "-0.0"."""
    return f"{round(100 * value, 1) + 0.0:.1f}"
