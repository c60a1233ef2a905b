"""The grounder host as a child process, with the fake grounder in place of every model."""

import sys
from types import SimpleNamespace

import fake_grounder

# In place of the real registry, which would import transformers: seconds for nothing here.
sys.modules["whatwhere.models.registry"] = SimpleNamespace(
    load_grounder=lambda name, settings, **_: fake_grounder.FakeGrounder(name, settings.device)
)
sys.modules["whatwhere.models.planning"] = SimpleNamespace(plan_for=fake_grounder.plan_for)

from whatwhere.serving.grounder_host import run  # noqa: E402

__all__ = ["run"]
