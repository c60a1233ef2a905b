"""The model of a recorded answer: found among those in use, started, or refused with the reason."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from whatwhere.errors import ConfigError, ModelError, NotSupportedError
from whatwhere.serving.diagnosis_facts import weights_hash
from whatwhere_app.services.grounder import GrounderService, HostState
from whatwhere_app.services.probed_models import ProbedModels
from whatwhere_app.workspace_values import RecordedModel


class Service:
    """A model's service, as far as it is needed here."""

    def __init__(self, model: str) -> None:
        self.state = HostState("off", model)
        self.did: list[str] = []

    async def load(self) -> None:
        self.did.append("load")

    async def close(self) -> None:
        self.did.append("close")


class Probed:
    """Two models in use, and those that are started."""

    def __init__(self, *models: str) -> None:
        self.in_use = [Service(model) for model in models]
        self.started: list[Service] = []
        self.models = ProbedModels(
            lambda: cast("tuple[GrounderService, ...]", tuple(self.in_use)), self._start
        )

    def _start(self, model: str) -> GrounderService:
        self.started.append(Service(model))
        return cast(GrounderService, self.started[-1])

    def of(self, model: RecordedModel) -> Any:
        return asyncio.run(self.models.service_of(model))


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RecordedModel]:
    """A model folder with a few bytes of weights, as a diagnosis remembers it."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))

    def write(name: str) -> RecordedModel:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "whatwhere_spatial_vlm"}')
        (folder / "model.safetensors").write_bytes(name.encode())
        return RecordedModel(name, str(folder), weights_hash(folder))

    return write


def test_a_model_in_use_is_asked_and_another_is_started_once(
    recorded: Callable[..., RecordedModel],
) -> None:
    one, other, third = (recorded(name) for name in ("one", "other", "third"))
    probed = Probed(one.asked, "default")
    assert probed.of(one) is probed.in_use[0]
    assert probed.in_use[0].did == ["load"]
    assert probed.of(other) is probed.of(other)
    assert [service.state.model for service in probed.started] == [other.asked]
    probed.of(third)
    assert probed.started[0].did == ["load", "load", "close"], "one of them at a time"
    asyncio.run(probed.models.close())
    assert probed.started[1].did == ["load", "close"]


def test_what_cannot_be_probed_says_why(recorded: Callable[..., RecordedModel]) -> None:
    model = recorded("one")
    probed = Probed("default")
    with pytest.raises(NotSupportedError, match="a file of answers cannot be asked"):
        probed.of(RecordedModel("theirs", "theirs.jsonl", ""))
    (Path(model.asked) / "model.safetensors").write_bytes(b"trained on")
    with pytest.raises(ConfigError, match="its weights are others by now"):
        probed.of(model)
    with pytest.raises(ModelError):
        probed.of(RecordedModel("gone", "gone", "0123"))
    assert probed.started == []
