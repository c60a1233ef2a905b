"""What each probe of one case costs on an encoded scene, through the pipe as the window asks."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.shipped import shipped_rooms
from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.jobs.client import WorkerClient
from whatwhere.language.reading import read_sentences

_REPEATS = 7
_SENTENCES = 6
"""So many are tried; the one that most probes apply to is the case."""
_MODALITIES = ("fused", "2d", "3d")
_AT_MOST_MS = 300


def run() -> Figures:
    """Every probe of one case of the first demo room, in turns, each in three modalities.

    One that needs new pictures has the model look again: once, for what it saw is kept.
    """
    room = shipped_rooms()[0]
    rows = read_sentences(room.expressions).expressions
    cases = [
        {"scene": str(room.path), "text": row.text, "target_id": row.target_id}
        for row in [row for row in rows if row.scene_id == room.path.name][:_SENTENCES]
    ]
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(cases, Path(folder) / "host.log"))


async def _measure(cases: list[dict[str, Any]], log_path: Path) -> Figures:
    async with await WorkerClient.start(
        "whatwhere.serving.grounder_host:run", name="The grounder host", log_path=log_path
    ) as worker:
        await worker.request("load", {"model": "default"})
        await worker.request("encode", {"scene": cases[0]["scene"]})
        applying = [await _applying(worker, case) for case in cases]
        names = max(applying, key=len)
        case = cases[applying.index(names)]
        # The edits of other sentences are forgotten with the model, what this one needs is not.
        await worker.request("load", {"model": "default"})
        await worker.request("encode", {"scene": case["scene"]})
        return await _timed_in_turns(worker, case, names)


async def _applying(worker: WorkerClient, case: Mapping[str, Any]) -> dict[str, bool]:
    """Probes that apply to a case -> whether the model has to look again."""
    document = await _probe(worker, case, None)
    return {row["probe"]: row["must_look"] for row in document["probes"] if not row["why_not"]}


async def _timed_in_turns(
    worker: WorkerClient, case: Mapping[str, Any], names: Mapping[str, bool]
) -> Figures:
    first_ms: dict[str, float] = {}
    taken_ms: dict[str, list[float]] = {name: [] for name in ("", *names)}
    for repeat in range(1 + _REPEATS):
        for name, samples in taken_ms.items():
            started_s = time.perf_counter()
            if name:
                await _probe(worker, case, [name])
            else:
                await worker.request("ground", {**case, "modalities": list(_MODALITIES)})
            ms = 1000 * (time.perf_counter() - started_s)
            if repeat:
                samples.append(ms)
            else:
                first_ms[name] = ms
    return _figures(names, first_ms, taken_ms)


def _figures(
    names: Mapping[str, bool], first_ms: Mapping[str, float], taken_ms: Mapping[str, list[float]]
) -> Figures:
    asked = Figure.median(taken_ms[""], "ms")
    figures: Figures = {"the sentence alone, three modalities": asked}
    slowest = 0.0
    for probe in PROBES:
        if probe.name not in names:
            continue
        figure = Figure.median(taken_ms[probe.name], "ms", at_most=_AT_MOST_MS)
        if names[probe.name]:
            label = f"{probe.name}, the first time (the model looks again)"
            figures[label] = Figure(first_ms[probe.name], "ms", 1)
            figures[f"{probe.name}, from then on"] = figure
        else:
            figures[probe.name] = figure
            slowest = max(slowest, figure.value)
    return figures | {
        "slowest probe that needs no new look / the sentence": Figure(
            slowest / asked.value, "x", _REPEATS
        ),
        "probes that did not apply": Figure(len(PROBES) - len(names), "", 1),
    }


async def _probe(
    worker: WorkerClient, case: Mapping[str, Any], names: list[str] | None
) -> dict[str, Any]:
    params = {**case, "probes": names, "modalities": list(_MODALITIES)}
    document: dict[str, Any] = await worker.request("probe", params)
    return document
