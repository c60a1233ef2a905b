"""The benches by name; each is a module, or several, with a `run()` that returns `Figures`.

Those of the window lie in the app and are found by string, so the core stays free of Qt.
"""

from importlib import import_module

from whatwhere.bench.figures import Figures
from whatwhere.errors import NotSupportedError

BENCHES: dict[str, tuple[str, ...]] = {
    "host": ("whatwhere.bench.host",),
    "start": ("whatwhere.bench.start", "whatwhere_app.bench.start"),
    "stall": ("whatwhere_app.bench.stall",),
}
"""Name -> modules with `run() -> Figures`, whose figures are put together."""


def run_bench(name: str) -> Figures:
    """Run one of `BENCHES`.

    Raises:
        NotSupportedError: what it measures is not installed.
    """
    figures: Figures = {}
    for module in BENCHES[name]:
        try:
            figures |= import_module(module).run()
        except ModuleNotFoundError as error:
            raise NotSupportedError(
                f'the bench "{name}" needs {error.name}, which is not installed',
                remedy='Install the explorer with pip install "whatwhere[app]"',
            ) from error
    return figures
