"""Everything that can go wrong for a reason the user can act on.

Each class is one cause. The sentence (what, which file, what to do next) is built here, so that
the command line, the window and the log all show the same words.
"""

from pathlib import Path
from typing import Any


class WhatWhereError(Exception):
    """A known fault: `str(error)` is a sentence for the user.

    Attributes:
        exit_code: what the command line returns (3 bad input, 4 not supported).
        fault: what is wrong, without a full stop.
        remedy: the next step, an imperative sentence without a full stop.
        path: the file or folder at fault, if there is one.
    """

    exit_code = 3

    def __init__(self, fault: str, *, remedy: str, path: Path | str | None = None) -> None:
        self.fault = fault
        self.remedy = remedy
        self.path = None if path is None else Path(path)
        where = "" if path is None else f"{path}: "
        super().__init__(f"{where}{fault}. {remedy}.")

    def __reduce__(self) -> tuple[Any, ...]:
        # A pool's worker sends its error by pickle, which would call `__init__` with the sentence.
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(
    kind: type[WhatWhereError], args: tuple[Any, ...], values: dict[str, Any]
) -> WhatWhereError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(values)
    return error


class MissingFileError(WhatWhereError):
    """A file or folder that is needed does not exist."""

    def __init__(self, path: Path | str, *, what: str, remedy: str) -> None:
        super().__init__(f"{what} not found", remedy=remedy, path=path)


class BrokenFileError(WhatWhereError):
    """A file exists but its content is not what its format promises."""

    def __init__(
        self, path: Path | str, fault: str, *, remedy: str = "Export or download the file again"
    ) -> None:
        super().__init__(fault, remedy=remedy, path=path)


class RefusedPathError(WhatWhereError):
    """The system refuses to read, write or make a file or folder."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(
            f"the system refuses it ({reason})",
            remedy="Check the path, its permissions and the space on its disk, or name another",
            path=path,
        )


class SceneError(WhatWhereError):
    """A scene was read but cannot be used for what was asked (no frames, no candidates, ...)."""


class ExpressionError(WhatWhereError):
    """A sentence cannot be grounded (it is empty, for instance)."""


class ModelError(WhatWhereError):
    """A model folder cannot be loaded, or is not a form we accept."""


class ConfigError(WhatWhereError):
    """A training or program setting is unknown or out of range."""


class CheckpointError(WhatWhereError):
    """A checkpoint cannot be written; the run's earlier ones are as they were."""


class RunError(WhatWhereError):
    """A training run cannot be found, started or steered."""


class NotSupportedError(WhatWhereError):
    """The model or the program cannot do what was asked, and says so instead of guessing."""

    exit_code = 4


class StoreError(WhatWhereError):
    """The store of annotations cannot take or give what was asked; what it holds is untouched."""


class StoreUnavailableError(StoreError):
    """The store cannot be written just now (locked, full, out of reach); trying again may help."""


class ConflictError(StoreError):
    """Somebody else has changed in the meantime what a change was made from."""


class RegionError(WhatWhereError):
    """An outline on a frame encloses nothing, or nothing can be said of where that is in 3D."""


class RequestError(WhatWhereError):
    """A request to a child process lacks something, or gives it in a form nobody can use."""


class MemoryFullError(WhatWhereError):
    """A model needs more memory than there is; what was loaded before still is."""


class FrameError(WhatWhereError):
    """What came through a pipe to a child process is not one of our frames, or is too large."""

    exit_code = 1


class InternalError(WhatWhereError):
    """A bug of ours: the sentence says where the traceback lies."""

    exit_code = 1

    def __init__(self, fault: str, *, log_path: Path | None = None) -> None:
        log = "" if log_path is None else f" with the end of {log_path}"
        super().__init__(fault, remedy=f"This is a bug of WhatWhere; please report it{log}")
        self.path = log_path


class WorkerDiedError(WhatWhereError):
    """A child process ended before it answered.

    Args:
        what: which child ("The grounder host").
        reason: "signal 9 (SIGKILL)" or "exit status 1".
        last_lines: the end of its log.
    """

    exit_code = 1

    def __init__(self, what: str, reason: str, last_lines: str = "") -> None:
        self.reason = reason
        self.last_lines = last_lines
        said = last_lines.strip().splitlines()[-1:]
        last_words = f". Its last words: {said[0].strip().rstrip('.')}" if said else ""
        remedy = "Restart it and ask again"
        if "SIGKILL" in reason:
            remedy += "; when memory runs out, the system ends programs like this: close others"
        super().__init__(f"{what} died: {reason}{last_words}", remedy=remedy)


class ProgramEndedError(ModelError):
    """A model that is somebody else's program hung or wrote rubbish and was ended.

    The host that asked it lives, and starts it anew with the next question.
    """


class Cancelled(WhatWhereError):
    """The user cancelled: no fault, and nothing already made is lost."""

    exit_code = 0

    def __init__(self, what: str = "The request") -> None:
        super().__init__(f"{what} was cancelled", remedy="Ask again when you like")
