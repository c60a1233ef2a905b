"""The grounder host: a worker that holds one model and the scenes it looked at.

Requests: `plan`, `load`, `encode`, `ground`, `ground_in_frame`, `answer`, `mix`, `probe`, `flip`,
`evidence`, `unload`. Each handler's docstring gives params and result.
"""

import time
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.jobs.connection import Connection, Handler, Request
from whatwhere.jobs.foreign import heeding
from whatwhere.models.external import ExternalGrounder
from whatwhere.models.free_memory import Memory, memory_of
from whatwhere.models.grounder import (
    Grounder,
    Modality,
    as_speaker,
    parse_modalities,
    refuse_lacking,
)
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan
from whatwhere.models.planning import plan_for
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.proposals import UserBoxes
from whatwhere.serving.answer_document import answer_document
from whatwhere.serving.encoded_scenes import (
    EncodedScene,
    RecentScenes,
    encode_scene,
    user_proposals,
)
from whatwhere.serving.faults import give_memory_back, needed, no_room, says_when_full
from whatwhere.serving.frame_answers import FrameAnswers
from whatwhere.serving.ground_document import ground_document
from whatwhere.serving.probe_requests import ProbeRequests
from whatwhere.serving.threads import use_threads_for_encoding, use_threads_for_query


def run(connection: Connection, model: str = "") -> None:
    """Entry of the worker: answer requests; a model that is named is loaded before the first."""
    host = GrounderHost()
    if model:
        host.load_model(model)
    handlers = {
        "plan": host.plan,
        "load": host.load,
        "encode": host.encode,
        "ground": host.ground,
        "ground_in_frame": host.ground_in_frame,
        "answer": host.answer,
        "mix": host.mix,
        "probe": host.probes.probe,
        "flip": host.probes.flip,
        "evidence": host.probes.evidence,
        "unload": host.unload,
    }
    try:
        connection.serve(
            {
                name: says_when_full(heeding_cancel(handler), plan=lambda: host.plan_made)
                for name, handler in handlers.items()
            }
        )
    finally:
        host.close()


def heeding_cancel(handler: Handler) -> Handler:
    """The same handler; a program that it waits for is left as soon as the request is cancelled."""

    def answer(request: Request) -> Any:
        with heeding(request.is_cancelled):
            return handler(request)

    return answer


class GrounderHost:
    """Owns the model, what is known about its loading, and its encodings.

    Attributes:
        probes: answers requests about edited cases.
    """

    def __init__(self) -> None:
        self.probes = ProbeRequests(self._loaded, self._encoded, _modalities)
        self._grounder: Grounder | None = None
        self._load_ms = 0.0
        self._scenes = RecentScenes()
        self._in_frames = FrameAnswers()
        self._plan: MemoryPlan | None = None

    def load_model(
        self,
        name: str,
        settings: LoadSettings | None = None,
        *,
        may_exceed: bool = False,
        request: Request | None = None,
    ) -> Grounder:
        """Put a model in place of the present one, which goes first to make room.

        Args:
            name: of the model, or its folder.
            settings: how it is loaded.
            may_exceed: load it although the plan says that it does not fit.
            request: told of progress, and asked whether it is cancelled.

        Raises:
            MemoryFullError: it does not fit; the present one stays.
        """
        chosen = settings or LoadSettings()
        plan = self._planned(name, chosen)
        if not (plan.fits or may_exceed):
            raise no_room(plan)
        self._forget()
        self._plan = plan
        started = time.perf_counter()
        self._grounder = load_grounder(
            name,
            settings=chosen,
            progress=None if request is None else request.progress,
            is_cancelled=None if request is None else request.is_cancelled,
        )
        self._load_ms = (time.perf_counter() - started) * 1000
        return self._grounder

    @property
    def plan_made(self) -> MemoryPlan | None:
        """Of the model that is loaded, or that could not be."""
        return self._plan

    def plan(self, request: Request) -> dict[str, Any]:
        """As `load` takes them -> the `MemoryPlan`, as JSON; nothing is loaded.

        What the present model holds counts as free, since it would go first.
        """
        settings = LoadSettings.from_json(request.params)
        return self._planned(str(request.params.get("model", "default")), settings).as_json()

    def load(self, request: Request) -> dict[str, Any]:
        """`{"model": name or path, "device", "dtype", "max_frames", "image_size"}` -> it.

        All but the model may be left out, see `LoadSettings`. A model that does not fit is refused
        with numbers, and the present one stays; `"may_exceed": true` loads it all the same.
        """
        params = request.params
        grounder = self.load_model(
            str(params.get("model", "default")),
            LoadSettings.from_json(params),
            may_exceed=bool(params.get("may_exceed", False)),
            request=request,
        )
        assert self._plan is not None
        return {
            "plan": self._plan.as_json(),
            "model": grounder.name,
            "device": grounder.device,
            "modalities": list(grounder.capabilities.modalities),
            "mixes": grounder.capabilities.mixes,
            "answers": grounder.capabilities.answers,
            "points_in_frames": grounder.capabilities.points_in_frames,
            "num_parameters": grounder.num_parameters,
            "memory_mb": round(psutil.Process().memory_info().rss / 2**20, 1),
            "load_ms": round(self._load_ms, 3),
        }

    def encode(self, request: Request) -> dict[str, Any]:
        """`{"scene": path, "boxes": null or rows of six}` -> candidates and frames, with progress.

        Boxes replace the scene's own candidates, or with `"join": true` join them, until the scene
        is encoded without them. `"box_names"` holds their labels, `"box_sources"` "user" or
        "geometric" for each.
        """
        path, boxes = _scene_path(request), _user_boxes(request)
        encoded = self._scenes.get(path)
        if encoded is None or encoded.boxes != boxes:
            encoded = self._encode(request, path, boxes)
        return {
            "scene_id": encoded.scene_id,
            "num_proposals": len(encoded.encoding.proposals),
            "box_source": encoded.box_source,
            "frames": list(encoded.encoding.frames),
            "warnings": list(encoded.warnings),
            "encode_ms": round(encoded.encode_ms, 3),
        }

    def ground(self, request: Request) -> dict[str, Any]:
        """`{"scene", "text", "modalities": [...], "top": n or null}` -> the `ground` document.

        A scene that was not encoded, or was forgotten meanwhile, is encoded first. With `"boxes"`
        as `encode` takes them, exactly these are among the candidates; without, the last ones.
        """
        params = request.params
        text = str(needed(request, "text"))
        grounder = self._loaded()
        modalities = _modalities(request, grounder)
        encoded = self._encoded(request)
        use_threads_for_query(grounder.num_parameters)
        return ground_document(
            grounder,
            encoded,
            text,
            modalities,
            load_ms=self._load_ms,
            top=params.get("top"),
        )

    def ground_in_frame(self, request: Request) -> dict[str, Any]:
        """`{"scene", "text", "frame": name or null, "target": row of six or null}` -> `2d-frame`.

        Nothing is encoded: the model sees colour images only, and without a name the frame whose
        best patch scores highest is chosen. A target is what the answer is scored against once it
        is given.

        Raises:
            NotSupportedError: the model does not point in pictures.
        """
        params = request.params
        text, grounder = str(needed(request, "text")), self._loaded()
        frame, target = params.get("frame"), params.get("target")
        use_threads_for_query(grounder.num_parameters)
        return self._in_frames.document(
            grounder,
            _scene_path(request),
            text,
            None if frame is None else str(frame),
            target=None if target is None else user_proposals([target])[0].box,
            progress=request.progress,
            is_cancelled=request.is_cancelled,
        )

    def answer(self, request: Request) -> dict[str, Any]:
        """`{"scene", "question", "modalities": [...], "max_tokens": n}` -> the `answer` document.

        Raises:
            NotSupportedError: the model only points, or lacks a modality.
        """
        question = str(needed(request, "question"))
        speaker = as_speaker(self._loaded())
        modalities = _modalities(request, speaker)
        encoded = self._encoded(request)
        use_threads_for_query(speaker.num_parameters)
        return answer_document(
            speaker,
            encoded,
            question,
            modalities,
            load_ms=self._load_ms,
            max_tokens=int(request.params.get("max_tokens", 32)),
        )

    def mix(self, request: Request) -> list[dict[str, Any]]:
        """`{"scene", "text", "alphas": [0 ... 1]}` -> one grounding per share of the geometry.

        Raises:
            NotSupportedError: the model cannot fade geometry in.
        """
        text, alphas = str(needed(request, "text")), needed(request, "alphas")
        encoded = self._encoded(request)
        grounder = self._loaded()
        if not grounder.capabilities.mixes:
            raise NotSupportedError(
                f"{grounder.name} cannot fade geometry in", remedy="Compare its modalities instead"
            )
        use_threads_for_query(grounder.num_parameters)
        return [g.as_json() for g in grounder.mixed(encoded.encoding, text, alphas)]

    def unload(self, request: Request) -> None:
        """Forget the model and all encodings."""
        self._forget()

    def close(self) -> None:
        """End what was started for the model."""
        self._forget()

    def _encoded(self, request: Request) -> EncodedScene:
        path = _scene_path(request)
        encoded = self._scenes.get(path)
        if "boxes" not in request.params:
            return encoded or self._encode(request, path, None)
        boxes = _user_boxes(request)
        if encoded is None or encoded.boxes != boxes:
            return self._encode(request, path, boxes)
        return encoded

    def _encode(self, request: Request, path: Path, boxes: UserBoxes | None) -> EncodedScene:
        grounder = self._loaded()
        known = self._scenes.get(path)
        use_threads_for_encoding()
        encoded = encode_scene(
            grounder,
            path,
            boxes,
            own=() if known is None else known.own,
            progress=request.progress,
            is_cancelled=request.is_cancelled,
        )
        self._scenes.put(path, encoded)
        return encoded

    def _loaded(self) -> Grounder:
        if self._grounder is None:
            raise ModelError("no model is loaded", remedy='Load one first, e.g. "default"')
        return self._grounder

    def _forget(self) -> None:
        if isinstance(self._grounder, ExternalGrounder):
            self._grounder.close()
        self._grounder, self._plan = None, None
        self._scenes.clear()
        self._in_frames = FrameAnswers()
        self.probes.forget()
        give_memory_back()

    def _planned(self, name: str, settings: LoadSettings) -> MemoryPlan:
        return plan_for(name, settings, free=self._free)

    def _free(self, device: str) -> Memory | None:
        """What is free, and what would be once the present model is gone."""
        found, present = memory_of(device), self._plan
        if self._grounder is None or present is None or found is None:
            return found
        if present.settings.device != device:
            return found
        held = sum(count for name, count in present.parts.items() if name != "working memory")
        return Memory(min(found.free_bytes + held, found.total_bytes), found.total_bytes)


def _modalities(request: Request, grounder: Grounder) -> tuple[Modality, ...]:
    """Those asked for; NotSupportedError names the ones that the model lacks."""
    modalities = parse_modalities(request.params.get("modalities", ("fused", "2d", "3d")))
    refuse_lacking(grounder.name, grounder.capabilities, modalities)
    return modalities


def _scene_path(request: Request) -> Path:
    return Path(str(needed(request, "scene"))).resolve()


def _user_boxes(request: Request) -> UserBoxes | None:
    params = request.params
    if params.get("boxes") is None:
        return None
    names, sources = params.get("box_names"), params.get("box_sources")
    proposals = user_proposals(params["boxes"], names, sources)
    return UserBoxes(proposals, are_alone=not params.get("join", False))
