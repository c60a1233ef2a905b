"""A grounder host without a model: the same methods, answers by a fixed rule, quick."""

import time
from math import log
from pathlib import Path
from typing import Any

from whatwhere.demo.showcase import CHEATING, CURED, Answered, read_showcase
from whatwhere.errors import Cancelled, ModelError, SceneError
from whatwhere.jobs.connection import Connection, Request
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import (
    Proposal,
    UserBoxes,
    annotation_proposals,
    box_source_of,
)
from whatwhere.serving.encoded_scenes import user_proposals

NUM_STEPS = 10


def run(connection: Connection, step_s: str = "0.01") -> None:
    """Fused and 2D choose the first candidate; 3D and whatever lies between them the last.

    The two models of the example answer as it is written of them.
    """
    loaded = {"model": ""}

    def load(request: Request) -> dict[str, Any]:
        loaded["model"] = request.params["model"]
        if request.params["model"] == "missing":
            raise ModelError('there is no model "missing"', remedy='Use "default"')
        return {"model": request.params["model"], "device": "cpu", **_abilities(request)}

    def encode(request: Request) -> dict[str, Any]:
        for step in range(NUM_STEPS):
            if request.is_cancelled():
                raise Cancelled
            request.progress(step + 1, NUM_STEPS, f"frame {step + 1} of {NUM_STEPS}")
            time.sleep(float(step_s))
        return {}

    def ground(request: Request) -> dict[str, Any]:
        proposals = _proposals(request)
        unknown = [word for word in request.params["text"].split() if word == "gizmo"]

        return {
            "warnings": [f'The model never saw "{word}".' for word in unknown],
            "groundings": {
                name: _ranked(proposals, _chosen(loaded["model"], name, proposals))
                for name in request.params["modalities"]
            },
            "box_source": box_source_of(proposals),
            "timings_ms": {"load": 0.0, "encode": 0.0, "ground": 1.0},
        }

    def answer(request: Request) -> dict[str, Any]:
        said = {"fused": "a red one", "2d": "A red one.", "3d": "the left"}
        tokens = {name: said[name].split() for name in request.params["modalities"]}
        return {
            "warnings": [],
            "answers": {
                name: {"text": said[name], "tokens": words, "log_probs": [-0.5] * len(words)}
                for name, words in tokens.items()
            },
            "timings_ms": {"load": 0.0, "encode": 0.0, "answer": 1.0},
        }

    def mix(request: Request) -> list[dict[str, Any]]:
        proposals = _proposals(request)
        alphas = request.params["alphas"]
        return [_ranked(proposals, len(proposals) - 1 if 0 < a < 1 else 0) for a in alphas]

    def probe(request: Request) -> dict[str, Any]:
        proposals = _proposals(request)
        before, after = (_ranked(proposals, number)["candidates"][0] for number in (0, 1))
        said = {"outcome": "moved", "as_expected": True, "verdict": "Prediction moved."}
        row = {
            "probe": request.params["probes"][0],
            "family": "geometry",
            "why_not": "",
            "changed": "left and right exchanged",
            "expression": request.params["text"],
            "expected": "move",
            "ms": 1.0,
            "answers": {"fused": {**after, "log_p": -0.1, "delta_iou": None, **said}},
        }
        return {
            "scene": "tiny",
            "expression": request.params["text"],
            "model": loaded["model"],
            "modalities": ["fused"],
            "before": {"fused": {**before, "log_p": -0.1, "iou": None}},
            "probes": [row],
        }

    handlers = {"load": load, "encode": encode, "ground": ground, "answer": answer, "mix": mix}
    connection.serve({**handlers, "probe": probe})


def _proposals(request: Request) -> tuple[Proposal, ...]:
    """The scene's own candidates and those that were drawn."""
    try:
        own = annotation_proposals(open_scene(Path(request.params["scene"])))
    except SceneError:  # nothing is annotated
        own = ()
    if request.params["boxes"] is None:
        return own
    params = request.params
    drawn = user_proposals(params["boxes"], params["box_names"], params["box_sources"])
    return UserBoxes(drawn, are_alone=not request.params["join"]).among(own)


def _chosen(model: str, modality: str, proposals: tuple[Proposal, ...]) -> int:
    if model in (CHEATING, CURED):
        said: Answered = getattr(read_showcase(), model)
        object_id = {"fused": said.fused, "2d": said.appearance, "3d": said.geometry}[modality]
        return next(item.proposal for item in proposals if item.object_id == object_id)
    return 0 if modality in ("fused", "2d") else len(proposals) - 1


def _abilities(request: Request) -> dict[str, Any]:
    """A model named "flat" has no geometry, one named "speaker" answers in words."""
    is_flat = request.params["model"] == "flat"
    return {
        "modalities": ["2d"] if is_flat else ["fused", "2d", "3d"],
        "mixes": not is_flat,
        "answers": request.params["model"] == "speaker",
    }


def _ranked(proposals: tuple[Proposal, ...], first: int) -> dict[str, Any]:
    order = sorted(proposals, key=lambda item: item.proposal != first)
    rest = log(0.3 / max(len(order) - 1, 1))
    return {
        "frames": [],
        "candidates": [
            {
                "box": item.box.as_json(),
                "score": log(0.7) if rank == 0 else rest,
                "proposal": item.proposal,
                "object_id": item.object_id,
                "label": item.label,
            }
            for rank, item in enumerate(order)
        ],
    }
