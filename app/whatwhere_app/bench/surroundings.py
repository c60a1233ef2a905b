"""What every bench of the window needs around it: a display, and settings of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from whatwhere.errors import NotSupportedError


@contextmanager
def bench_home() -> Iterator[str]:
    """A fresh folder for settings and logs, for this process and its children.

    Raises:
        NotSupportedError: there is no display.
    """
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise NotSupportedError(
            "the window cannot be measured without a display",
            remedy='Run it under xvfb-run -s "-screen 0 1600x1000x24 -noreset"',
        )
    before = os.environ.get("WHATWHERE_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WHATWHERE_HOME"] = home
        try:
            yield home
        finally:
            del os.environ["WHATWHERE_HOME"]
            if before is not None:
                os.environ["WHATWHERE_HOME"] = before
