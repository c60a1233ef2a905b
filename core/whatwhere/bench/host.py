"""What a sentence costs on an encoded scene: at the grounder host, and through the pipe."""

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room
from whatwhere.jobs.client import WorkerClient

_REPEATS = 60
_WARM_UP = 5
_LOADS = 3
_SENTENCE = "the chair nearest the door"
_MODALITIES = {"one modality": ["fused"], "three modalities": ["fused", "2d", "3d"]}


def run() -> Figures:
    """Load, encode and ask a host of its own; one and three modalities are asked in turns."""
    with tempfile.TemporaryDirectory() as folder:
        log_path = Path(folder) / "host.log"
        return asyncio.run(_measure(str(first_room()), log_path))


@dataclass(slots=True)
class _Times:
    """Milliseconds of the repeats, by what was asked."""

    at_host: dict[str, list[float]] = field(default_factory=lambda: {m: [] for m in _MODALITIES})
    through_pipe: dict[str, list[float]] = field(
        default_factory=lambda: {m: [] for m in _MODALITIES}
    )
    ping: list[float] = field(default_factory=list)


async def _measure(scene: str, log_path: Path) -> Figures:
    async with await WorkerClient.start(
        "whatwhere.serving.grounder_host:run", name="The grounder host", log_path=log_path
    ) as worker:
        loads, encodes, num_frames = [], [], 1
        for _ in range(_LOADS):
            loads.append((await worker.request("load", {"model": "default"}))["load_ms"])
            encoded = await worker.request("encode", {"scene": scene})
            encodes.append(encoded["encode_ms"])
            num_frames = max(1, len(encoded["frames"]))
        times = await _ask_in_turns(worker, scene)
    return _figures(times) | {
        "model, loaded": Figure.median(loads, "ms"),
        f"scene, encoded ({num_frames} frames)": Figure.median(encodes, "ms"),
        "scene, encoded, per frame": Figure.median([ms / num_frames for ms in encodes], "ms"),
    }


async def _ask_in_turns(worker: WorkerClient, scene: str) -> _Times:
    times = _Times()
    for repeat in range(_WARM_UP + _REPEATS):
        counts = repeat >= _WARM_UP
        for name, modalities in _MODALITIES.items():
            params = {"scene": scene, "text": _SENTENCE, "modalities": modalities}
            answer, wall_ms = await _timed(worker, "ground", params)
            if counts:
                times.at_host[name].append(answer["timings_ms"]["ground"])
                times.through_pipe[name].append(wall_ms)
        _, wall_ms = await _timed(worker, "encode", {"scene": scene})
        if counts:
            times.ping.append(wall_ms)
    return times


async def _timed(worker: WorkerClient, method: str, params: dict[str, Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    answer = await worker.request(method, params)
    return answer, (time.perf_counter() - started) * 1000


def _figures(times: _Times) -> Figures:
    at_host = {name: Figure.median(ms, "ms") for name, ms in times.at_host.items()}
    three = Figure.median(times.at_host["three modalities"], "ms", at_most=15)
    figures = {
        "sentence, one modality, at the host": at_host["one modality"],
        "sentence, three modalities, at the host": three,
        "three modalities / one": Figure.ratio(three, at_host["one modality"], at_most=2.3),
    }
    for name, wall_ms in times.through_pipe.items():
        figures[f"sentence, {name}, through the pipe"] = Figure.median(wall_ms, "ms")
    # A scene that is encoded already costs the host nothing, so this is the pipe alone.
    figures["pipe, there and back"] = Figure.median(times.ping, "ms")
    return figures
