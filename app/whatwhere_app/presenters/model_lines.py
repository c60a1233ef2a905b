"""The Models panel's rows and sentences."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol

from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan, gigabytes
from whatwhere_app.model_values import ModelDetail, ModelRow, PlanShown
from whatwhere_app.services.grounder import HostState
from whatwhere_app.services.model_facts import ModelFacts
from whatwhere_app.workspace_values import AS_USUAL, ModelsInUse

_PHASES = {"starting": "starting", "loading": "loading", "died": "died"}


class Hosted(Protocol):
    """What is known of the process of a model in use."""

    @property
    def state(self) -> HostState:
        """Of the host."""

    @property
    def memory_bytes(self) -> int:
        """What it holds; 0 while there is none."""


def place_of(key: str, models: ModelsInUse) -> str:
    """The letter of the place that a model has, or nothing."""
    return "A" if key == models.first else "B" if key == models.second else ""


def row_of(facts: ModelFacts, models: ModelsInUse, hosts: Mapping[str, Hosted]) -> ModelRow:
    """One line of the list.

    Args:
        facts: of the model.
        models: that are in use.
        hosts: place -> whoever hosts the model there.
    """
    place = place_of(facts.key, models)
    host = hosts.get(place)
    return ModelRow(
        key=facts.key,
        place=place,
        name=facts.name,
        kind=facts.kind,
        size="" if facts.num_bytes is None else _size(facts.num_bytes),
        trained_on=facts.trained_on,
        state="not loaded" if host is None else state_of(host),
        is_fault=host is not None and host.state.phase == "died",
    )


def state_of(host: Hosted) -> str:
    """Loaded or not, where, and what it takes."""
    state = host.state
    if state.phase == "ready":
        return f"loaded · {state.device} · {gigabytes(host.memory_bytes)}"
    return _PHASES.get(state.phase, "not loaded")


def detail_of(facts: ModelFacts) -> ModelDetail:
    """What is told beside the list."""
    return ModelDetail(facts.name, facts.facts, facts.card)


def plan_shown(plan: MemoryPlan, settings: LoadSettings) -> PlanShown:
    """Need against free, what it is made of, and what would make it fit."""
    parts = [f"{name}  {gigabytes(count)}" for name, count in plan.parts.items()]
    sentence = " ".join(plan.notes) if not plan.parts and plan.notes else f"{plan.sentence}."
    return PlanShown(
        text=sentence,
        hint="\n".join((*parts, *plan.notes)) if plan.parts else "",
        is_tight=not plan.fits,
        changes=tuple(hint.sentence for hint in plan.hints),
        chosen=settings_line(settings),
    )


def settings_line(settings: LoadSettings) -> str:
    """What differs from how a model is usually loaded; "" for nothing."""
    words = {"max_frames": "frames", "image_size": "image size"}
    changed = [
        f"{words.get(item.name, item.name)} {getattr(settings, item.name)}"
        for item in fields(settings)
        if getattr(settings, item.name) != getattr(AS_USUAL, item.name)
    ]
    return f"To be loaded with {', '.join(changed)}." if changed else ""


def _size(num_bytes: int) -> str:
    """What is less than a megabyte is not shown as nothing."""
    return gigabytes(num_bytes) if num_bytes >= 10**6 else f"{num_bytes / 1000:.0f} kB"
