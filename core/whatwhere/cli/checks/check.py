"""The outcome of one check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes:
        name: what was looked at.
        ok: whether it works.
        detail: what was found.
        remedy: the next step as a sentence; "" when it works.
        needed: False for what the program can do without (a display, a GPU, the window).
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
