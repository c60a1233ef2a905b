"""The fixtures of the window's tests: a display, an event loop, a home, a host without a model."""

import importlib.util
from pathlib import Path

_APP = Path(__file__).parents[1] / "app" / "conftest.py"
_spec = importlib.util.spec_from_file_location("app_conftest", _APP)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

display, home, loop, until = _module.display, _module.home, _module.loop, _module.until
open_window = _module.open_window
only_this_thread_collects = _module.only_this_thread_collects

_STORES = Path(__file__).parents[1] / "core" / "annotations" / "conftest.py"
_stores_spec = importlib.util.spec_from_file_location("stores_conftest", _STORES)
assert _stores_spec is not None
assert _stores_spec.loader is not None
_stores = importlib.util.module_from_spec(_stores_spec)
_stores_spec.loader.exec_module(_stores)

_server, server = _stores._server, _stores.server
