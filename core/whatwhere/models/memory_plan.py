"""What a model would need in memory against what is free, before anything is loaded. Torch-free.

`planning.plan_for` makes one; the window and the command line read it, also from JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from whatwhere.models.load_settings import LoadSettings


@dataclass(frozen=True, slots=True)
class MemoryHint:
    """A change of the settings with which the model fits.

    Attributes:
        label: e.g. "16 frames", to stand behind "Fits with".
        changes: fields of `LoadSettings` and their values, for `LoadSettings.changed`.
        need_bytes: on the device, with these changes.
    """

    label: str
    changes: Mapping[str, Any]
    need_bytes: int

    @property
    def sentence(self) -> str:
        """E.g. "Fits with 16 frames"."""
        return f"Fits with {self.label}"

    def as_json(self) -> dict[str, Any]:
        """The inverse of `from_json`."""
        return {"label": self.label, "changes": dict(self.changes), "need_bytes": self.need_bytes}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """From a plan's JSON."""
        return cls(str(value["label"]), dict(value["changes"]), int(value["need_bytes"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """What one model needs with one choice of settings, against what is free now.

    Attributes:
        model: its name.
        settings: with nothing left to be chosen: device, dtype, frames and image size that it
            would be loaded with ("" and None where they mean nothing to this kind of model).
        parts: bytes on the device by name, largest first: "weights", "prefix cache", ...; their
            sum is the need. Empty where the need is not known.
        free_bytes: on the device, now; None where it cannot be told.
        total_bytes: of the device; None likewise.
        host_need_bytes: in the machine's own memory besides, when the device is a GPU; else 0.
        host_free_bytes: of it, now.
        hints: changes with which it fits, the least change first; empty where it fits already.
        notes: sentences on what the figures do not cover.
    """

    model: str
    settings: LoadSettings
    parts: Mapping[str, int]
    free_bytes: int | None
    total_bytes: int | None = None
    host_need_bytes: int = 0
    host_free_bytes: int = 0
    hints: tuple[MemoryHint, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def need_bytes(self) -> int:
        """On the device, at its peak."""
        return sum(self.parts.values())

    @property
    def fits(self) -> bool:
        """Whether there is room, as far as can be told."""
        on_device = self.free_bytes is None or self.need_bytes <= self.free_bytes
        return on_device and self.host_need_bytes <= max(self.host_free_bytes, 0)

    @property
    def sentence(self) -> str:
        """E.g. "mine needs 17.2 GB on cuda:0, of which 9.1 GB are free"."""
        if not self.parts:
            return f"What {self.model} needs is not known"
        where = self.settings.device
        on = "in memory" if where == "cpu" else f"on {where}"
        if self.need_bytes <= (self.free_bytes or self.need_bytes) and not self.fits:
            return (
                f"{self.model} needs {gigabytes(self.host_need_bytes)} in memory beside {where}, "
                f"of which {gigabytes(self.host_free_bytes)} are free"
            )
        free = "" if self.free_bytes is None else f", {gigabytes(self.free_bytes)} are free"
        return f"{self.model} needs {gigabytes(self.need_bytes)} {on}{free}"

    def as_json(self) -> dict[str, Any]:
        """As `whatwhere models plan --json` prints it and the host's `plan` request answers."""
        return {
            "model": self.model,
            "settings": self.settings.as_json(),
            "need_bytes": self.need_bytes,
            "free_bytes": self.free_bytes,
            "total_bytes": self.total_bytes,
            "host_need_bytes": self.host_need_bytes,
            "host_free_bytes": self.host_free_bytes,
            "fits": self.fits,
            "sentence": self.sentence,
            "parts": dict(self.parts),
            "hints": [hint.as_json() for hint in self.hints],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of `as_json`."""
        return cls(
            model=str(value["model"]),
            settings=LoadSettings.from_json(value["settings"]),
            parts={str(name): int(count) for name, count in value["parts"].items()},
            free_bytes=value["free_bytes"],
            total_bytes=value["total_bytes"],
            host_need_bytes=int(value["host_need_bytes"]),
            host_free_bytes=int(value["host_free_bytes"]),
            hints=tuple(MemoryHint.from_json(item) for item in value["hints"]),
            notes=tuple(value["notes"]),
        )


def gigabytes(num_bytes: int) -> str:
    """E.g. "17.2 GB", or "85 MB" below one; 1 GB is 10^9 bytes."""
    if num_bytes >= 10**9:
        return f"{num_bytes / 10**9:.1f} GB"
    return f"{num_bytes / 10**6:.0f} MB"
