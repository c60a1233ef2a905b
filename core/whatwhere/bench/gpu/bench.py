"""What real sizes cost on a GPU: cold, next sentence, modalities, memory against plan, training.

In one run, beside the ceiling of the device's matrix product, so that figures compare. The raw
output, every repeat of every figure, is kept as JSON.
"""

import gc
import json
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch

from whatwhere.bench.allocated import allocated_at_most
from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.gpu.cases import Case, cases
from whatwhere.bench.gpu.ceiling import ceiling_tflops, tower_tflop
from whatwhere.bench.gpu.scan import boxes, write_scan
from whatwhere.bench.gpu.steps import training_figures
from whatwhere.bench.gpu.subject import Subject, default_report, sentence
from whatwhere.bench.machine import machine
from whatwhere.errors import NotSupportedError
from whatwhere.files import replacing
from whatwhere.models.frame_vlm.encoding import look
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.spatial_vlm.views import collect_views
from whatwhere.scenes.scene import Scene

_MODALITIES: tuple[Modality, ...] = ("fused", "2d", "3d")
_AT_ONCE = 32
_REPEATS = {True: (2, 3), False: (5, 30)}
"""Small or not -> repeats of what is slow, and of what is quick."""


def run(
    *, device: str = "cuda:0", small: bool = False, report: Path | None = None, only: str = ""
) -> Figures:
    """Measure every case.

    Args:
        device: of torch; a GPU, or the CPU for small cases.
        small: the same code with small networks, where there is no GPU.
        report: folder that gets the raw output; None takes the user's data.
        only: cases whose name holds this.

    Raises:
        NotSupportedError: there is no such GPU.
    """
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise NotSupportedError(
            "this needs a CUDA device, and torch finds none here",
            remedy="Run it on a machine with an NVIDIA GPU, or see that it works with "
            "--device cpu --small",
        )
    figures: Figures = {}
    raw: dict[str, Any] = {"machine": machine(), "device": _described(device), "cases": {}}
    ceiling, samples = ceiling_tflops(device, small=small)
    figures["matrix product"] = ceiling
    raw["matrix product, TFLOP/s"] = samples
    for case in cases(small=small):
        if only in case.name:
            found, measured = _case(case, device, ceiling, small=small)
            figures |= {f"{case.name}: {name}": figure for name, figure in found.items()}
            raw["cases"][case.name] = measured
    raw["figures"] = {name: figure.as_json() for name, figure in figures.items()}
    _keep(raw, report or default_report())
    return figures


def _case(
    case: Case, device: str, ceiling: Figure, *, small: bool
) -> tuple[Figures, dict[str, Any]]:
    slow, quick = _REPEATS[small]
    subject = Subject.of(case, device)
    figures: Figures = {}
    raw: dict[str, Any] = {"parameters": sum(p.numel() for p in subject.network.parameters())}
    sizes = ((64, 48), (32, 24)) if small else ((1296, 968), (640, 480))
    for count in case.num_frames:
        is_last = count == case.num_frames[-1]
        with tempfile.TemporaryDirectory() as folder:
            scene = write_scan(
                Path(folder) / "round0000_00",
                num_frames=count,
                color_size=sizes[0],
                depth_size=sizes[1],
            )
            raw[f"{count} frames"] = times = _Times(subject, scene).measure(slow, quick)
            peak, planned = _peak(subject, scene)
        goals = case.goals if is_last else None
        at_most = (goals.cold_ms, goals.prefix_ms, goals.sentence_ms) if goals else (None,) * 3
        of = f"{count} frames"
        figures |= {
            f"{of}, files to a grounding": Figure.median(times["cold, from files"], "ms"),
            f"{of}, decoded to a grounding": Figure.median(
                times["cold, decoded"], "ms", at_most=at_most[0]
            ),
            f"{of}, tower": Figure.median(times["tower"], "ms"),
            f"{of}, prefix of a modality": Figure.median(times["prefix"], "ms", at_most=at_most[1]),
            f"{of}, next sentence": Figure.median(times["sentence"], "ms", at_most=at_most[2]),
            f"{of}, next sentence, 3 modalities": Figure.median(times["modalities"], "ms"),
            f"{of}, {_AT_ONCE} sentences at once": Figure.median(times["at once"], "ms"),
        }
        raw[f"{of}, bytes"] = {"peak": peak, "planned": planned}
        most = goals.peak_bytes if goals else None
        figures[f"{of}, peak"] = Figure(peak / 1e9, "GB", 1, at_most=most / 1e9 if most else None)
        figures[f"{of}, planned / peak"] = Figure(
            planned / peak, "x", 1, at_most=None if small else 1.15
        )
        reached = tower_tflop(subject, count) / (figures[f"{of}, tower"].value / 1000)
        share = 100 * reached / ceiling.value
        figures[f"{of}, tower, share of the matrix product"] = Figure(share, "%", slow)
    if case.trains:
        found, steps = training_figures(subject, small=small)
        figures |= found
        raw["training"] = steps
    del subject
    _clear(device)
    return figures, raw


class _Times:
    """Milliseconds of every repeat, by what was done."""

    def __init__(self, subject: Subject, scene: Scene) -> None:
        self.subject, self.scene = subject, scene
        self.proposals = boxes()
        config = subject.case.config
        self._views = collect_views(
            scene, image_size=config.image_size, max_frames=config.max_frames
        )

    def measure(self, slow: int, quick: int) -> dict[str, list[float]]:
        """The first of each is not counted: libraries set themselves up."""
        clock = self.subject.milliseconds
        found: dict[str, list[float]] = {"cold, from files": [], "tower": [], "cold, decoded": []}
        for _ in range(slow + 1):
            grounder = self.subject.grounder()
            found["cold, from files"].append(clock(partial(self._cold, grounder)))
            found["tower"].append(clock(self._tower))
            found["cold, decoded"].append(clock(self._decoded))
        grounder = self.subject.grounder()
        encoding = grounder.encode(self.scene, self.proposals)

        def prefix(modality: Modality) -> None:
            grounder.forget_prefixes()
            with torch.inference_mode():
                grounder.prefix(encoding, SENSES[modality])

        found["prefix"] = [clock(partial(prefix, m)) for m in _MODALITIES * (1 + slow)]
        grounder.ground(encoding, sentence(0), _MODALITIES)

        def asked(modalities: tuple[Modality, ...]) -> list[float]:
            ask = grounder.ground
            return [
                clock(partial(ask, encoding, sentence(n), modalities)) for n in range(quick + 1)
            ]

        found["sentence"], found["modalities"] = asked(("fused",)), asked(_MODALITIES)
        texts = [sentence(number) for number in range(_AT_ONCE)]
        found["at once"] = [
            clock(lambda: grounder.log_probs(encoding, texts, SENSES["fused"]))
            for _ in range(slow + 1)
        ]
        return {name: times[1:] for name, times in found.items()}

    def _cold(self, grounder: FrameGrounder) -> None:
        grounder.ground(grounder.encode(self.scene, self.proposals), sentence(1), ("fused",))

    def _tower(self) -> None:
        look(self.subject.network.backbone, self._views.images)

    def _decoded(self) -> None:
        """As from files, but of pictures that are in memory."""
        grounder = self.subject.grounder()
        features = look(self.subject.network.backbone, self._views.images)
        grounder.saw(self.scene, self._views, features)
        self._cold(grounder)


def _peak(subject: Subject, scene: Scene) -> tuple[int, int]:
    """The most that tensors took of the device, the weights included, and what was planned."""
    proposals = boxes()

    def work() -> None:
        grounder = subject.grounder()
        grounder.ground(grounder.encode(scene, proposals), sentence(2), _MODALITIES)

    _clear(subject.device)
    if subject.device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(subject.device)
        work()
        peak = int(torch.cuda.max_memory_allocated(subject.device))
    else:
        held = sum(t.numel() * t.element_size() for t in subject.network.parameters())
        peak = held + allocated_at_most(work)
    planned = subject.planned_bytes(
        num_frames=len(scene.frames),
        num_candidates=len(proposals),
        num_modalities=len(_MODALITIES),
    )
    return peak, planned


def _described(device: str) -> dict[str, Any]:
    if not device.startswith("cuda"):
        return {"name": device}
    found = torch.cuda.get_device_properties(device)
    return {
        "name": found.name,
        "memory_bytes": found.total_memory,
        "capability": f"{found.major}.{found.minor}",
        "cuda": torch.version.cuda,
    }


def _clear(device: str) -> None:
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def _keep(raw: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    with replacing(folder / f"gpu-{now}.json") as path:
        path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
