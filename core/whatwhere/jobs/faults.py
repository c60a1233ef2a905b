"""Errors on their way through a pipe: a known fault arrives as what it was, a bug as ours."""

from pathlib import Path
from typing import Any

from whatwhere import errors
from whatwhere.errors import InternalError, WhatWhereError


def fault_to_wire(error: Exception) -> dict[str, Any]:
    """What travels of an error: its class name, fault, remedy and path; never the object."""
    if not isinstance(error, WhatWhereError):
        error = InternalError(f"{type(error).__name__}: {error}")
    return {
        "class": type(error).__name__,
        "fault": error.fault,
        "remedy": error.remedy,
        "path": error.path,
    }


def fault_from_wire(value: dict[str, Any], *, log_path: Path) -> WhatWhereError:
    """The error again; only classes of `whatwhere.errors` are ever built.

    Args:
        value: from `fault_to_wire`.
        log_path: where the sender's tracebacks go; named when the fault was a bug.
    """
    kind = getattr(errors, str(value["class"]), None)
    if not (isinstance(kind, type) and issubclass(kind, WhatWhereError)):
        kind = WhatWhereError
    if issubclass(kind, InternalError):
        return InternalError(value["fault"], log_path=log_path)
    error = kind.__new__(kind)
    # Subclasses take other arguments; these four facts are what all of them come down to.
    WhatWhereError.__init__(error, value["fault"], remedy=value["remedy"], path=value["path"])
    return error
