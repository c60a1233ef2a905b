"""The grounder host as the window sees it: started, asked, cancelled, mourned and restarted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil  # type: ignore[import-untyped]
from PySide6.QtCore import QObject, Signal

from whatwhere.errors import Cancelled, NotSupportedError, WhatWhereError
from whatwhere.jobs.client import OnProgress, WorkerClient
from whatwhere.language.expressions import Expression
from whatwhere.models.frame_grounding import IN_FRAME, FrameGrounding
from whatwhere.models.grounder import Grounding, Modality, parse_modalities
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.proposals import UserBoxes
from whatwhere.scenes.scene import Scene
from whatwhere_app.services.grounder_documents import answers_of, box_params, replies_of
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace_values import AS_USUAL, Answers, Replies

HOST_ENTRY = "whatwhere.serving.grounder_host:run"

StartWorker = Callable[[], Awaitable[WorkerClient]]


@dataclass(frozen=True, slots=True)
class HostState:
    """What is known of the host.

    Attributes:
        phase: "off" while no model is loaded and none is on its way.
        model: its name.
        device: where it runs; "" until loaded.
        pid: of the child process, while it lives.
        modalities: what the model can be asked for; empty until loaded.
        mixes: whether it can fade geometry in.
        answers: whether it answers questions in words.
        settings: how it is loaded.
    """

    phase: Literal["off", "starting", "loading", "ready", "died"]
    model: str
    device: str = ""
    pid: int | None = None
    modalities: tuple[Modality, ...] = ()
    mixes: bool = False
    answers: bool = False
    settings: LoadSettings = AS_USUAL

    @property
    def title(self) -> str:
        """The model's name without the folders that lead to it."""
        return Path(self.model).name or self.model


class GrounderService(QObject):
    """Owns one `WorkerClient`; every method that needs it starts it first.

    Args:
        board: lists encoding as a job, tells faults.
        model: name or folder of the model to load.
        settings: how.
        log_path: gets what the host prints.
        entry: of the host; tests name their own.
        name: what the user reads when it dies.
        user_boxes: what the user has drawn in the open scene by now, asked for at every question.
        cache_bytes: what may be kept on disk of scenes that were looked at, asked for at each load.
    """

    state_changed = Signal()

    def __init__(
        self,
        board: TaskBoard,
        *,
        model: str,
        log_path: Path,
        settings: LoadSettings = AS_USUAL,
        entry: str = HOST_ENTRY,
        name: str = "The grounder host",
        user_boxes: Callable[[], UserBoxes | None] = lambda: None,
        cache_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__()
        self._board = board
        self.cache_bytes = cache_bytes
        self._log_path = log_path
        self._entry, self._name = entry, name
        self._state = HostState("off", model, settings=settings)
        self._client: asyncio.Task[WorkerClient] | None = None
        self._user_boxes = user_boxes
        self._encoded: dict[Path, tuple[UserBoxes | None, asyncio.Task[None]]] = {}
        self._newest: Path | None = None
        self._loading = asyncio.Lock()

    @property
    def state(self) -> HostState:
        """What is known of the host."""
        return self._state

    @property
    def memory_bytes(self) -> int:
        """What the child holds in memory; 0 while there is none."""
        if self._state.pid is None:
            return 0
        try:
            return int(psutil.Process(self._state.pid).memory_info().rss)
        except psutil.Error:
            return 0

    async def encode(self, scene: Scene) -> None:
        """Let the host look at a scene; at once when it already has, with these boxes of the user.

        Other scenes that it is still to look at are given up: they are no longer open.

        Raises:
            WhatWhereError: the model or the scene cannot be used, or the host died.
            Cancelled: the user stopped it, or another scene came.
        """
        boxes = self._user_boxes()
        known, task = self._encoded.get(scene.path, (None, None))
        if task is None or known != boxes or _has_failed(task):
            if task is not None:
                task.cancel()
            task = asyncio.ensure_future(self._encode(scene, boxes))
            self._encoded[scene.path] = boxes, task
        if not task.done():
            self._give_up_others(scene.path)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Cancelled("Encoding the scene") from None
            raise

    async def ground(
        self, scene: Scene, expression: Expression, modalities: Sequence[Modality]
    ) -> Answers:
        """Ask one sentence in several modalities at once, in those that the model has.

        Raises:
            WhatWhereError: as `encode`, or the sentence cannot be used.
        """
        await self.encode(scene)
        client = await self._ready()
        document = await client.request(
            "ground",
            {
                "scene": str(scene.path),
                "text": expression.text,
                "modalities": [name for name in modalities if name in self._state.modalities],
                **box_params(self._user_boxes()),
            },
        )
        return answers_of(expression, document)

    async def point_in_frame(
        self, scene: Scene, text: str, frame: str, on_progress: OnProgress
    ) -> FrameGrounding:
        """Where the model points in one picture, from its pixels alone (`2d-frame`).

        Raises:
            NotSupportedError: the model does not point in pictures.
            WhatWhereError: the host cannot be had, or the frame or the sentence not be used.
        """
        client = await self._ready()
        params = {"scene": str(scene.path), "text": text, "frame": frame}
        found = await client.request("ground_in_frame", params, on_progress=on_progress)
        return FrameGrounding.from_json(found[IN_FRAME])

    async def mix(
        self, scene: Scene, text: str, shares: Sequence[float]
    ) -> tuple[Grounding, ...] | None:
        """The answers with these shares of the geometry; None from a model that cannot mix.

        Raises:
            WhatWhereError: as `encode`, or the sentence cannot be used.
        """
        await self.encode(scene)
        client = await self._ready()
        if not self._state.mixes:
            return None
        params = {"scene": str(scene.path), "text": text, "alphas": list(shares)}
        params |= box_params(self._user_boxes())
        found = await client.request("mix", params)
        return tuple(Grounding.from_json("fused", value) for value in found)

    async def ask_edited(
        self,
        method: str,
        scene: Scene,
        expression: Expression,
        params: Mapping[str, Any],
        *,
        progress: Callable[[int, int, str], None],
    ) -> dict[str, Any]:
        """Ask about edits of a case: the host's `probe`, `flip` or `evidence`, as its document.

        Raises:
            NotSupportedError: the model cannot be shown an edit.
            WhatWhereError: as `encode`, or the sentence cannot be used.
        """
        await self.encode(scene)
        client = await self._ready()
        wanted = [name for name in params["modalities"] if name in self._state.modalities]
        asked = {
            **params,
            "scene": str(scene.path),
            "text": expression.text,
            "target_id": expression.target_id,
            "modalities": wanted,
            **box_params(self._user_boxes()),
        }
        found: dict[str, Any] = await client.request(method, asked, on_progress=progress)
        return found

    async def answer(
        self, scene: Scene, question: Expression, modalities: Sequence[Modality]
    ) -> Replies:
        """Ask one question, to be answered in words, in those modalities that the model has.

        Raises:
            NotSupportedError: the model only points.
            WhatWhereError: as `encode`, or the question cannot be used.
        """
        client = await self._ready()
        if not self._state.answers:
            raise NotSupportedError(
                f"{self._state.title} only points, it does not answer in words",
                remedy="Load a model that does (Models > Models), or choose Ask > Point at it",
            )
        await self.encode(scene)
        document = await client.request(
            "answer",
            {
                "scene": str(scene.path),
                "question": question.text,
                "modalities": [name for name in modalities if name in self._state.modalities],
                **box_params(self._user_boxes()),
            },
        )
        return replies_of(question, document)

    async def load(self) -> None:
        """Load the model now, as a job that can be cancelled; at once when it is loaded.

        Raises:
            WhatWhereError: it cannot be loaded, or the host died.
            Cancelled: the user stopped it; the child is gone then.
        """
        if self._state.phase == "ready":
            return
        task = asyncio.current_task()
        assert task is not None
        title, is_unwanted = f"Loading {self._state.title}", asyncio.Event()

        def stop() -> None:
            is_unwanted.set()
            task.cancel()

        with self._board.job(title, cancel=stop):
            try:
                await self._ready()
            except asyncio.CancelledError:
                if not is_unwanted.is_set():
                    raise
                await self.close()
                raise Cancelled(title) from None

    async def use(self, model: str, settings: LoadSettings = AS_USUAL) -> None:
        """Ask another model from now on, or the same one loaded in another way; ends the child."""
        await self.close()
        self._set(HostState("off", model, settings=settings))

    async def restart(self) -> None:
        """Start over after a crash, with the model loaded and nothing encoded."""
        await self.close()
        await self._ready()

    async def close(self) -> None:
        """End the child; a later question starts another."""
        starting, self._client = self._client, None
        encodings, self._encoded = [task for _, task in self._encoded.values()], {}
        for task in encodings:
            task.cancel()
        await asyncio.gather(*encodings, return_exceptions=True)
        if starting is not None:
            (client,) = await asyncio.gather(starting, return_exceptions=True)
            if isinstance(client, WorkerClient):
                await client.close()
        self._set(HostState("off", self._state.model, settings=self._state.settings))

    def _give_up_others(self, path: Path) -> None:
        self._newest = path
        if self._state.phase == "ready":  # before, it is the model that they wait for
            for other, (_, task) in self._encoded.items():
                if other != path:
                    task.cancel()

    async def _ready(self) -> WorkerClient:
        """The living host with its model loaded; a model that failed to load is tried again."""
        if self._client is None or (self._client.done() and self._client.exception() is not None):
            self._client = asyncio.ensure_future(self._start())
        client = await asyncio.shield(self._client)
        async with self._loading:
            if self._state.phase != "ready":
                await self._load(client)
        return client

    async def _start(self) -> WorkerClient:
        self._set(replace(self._state, phase="starting", device="", pid=None))
        client = await WorkerClient.start(self._entry, name=self._name, log_path=self._log_path)
        self._board.spawn(self._watch(client))
        self._set(replace(self._state, pid=client.pid))
        return client

    async def _load(self, client: WorkerClient) -> None:
        self._set(replace(self._state, phase="loading"))
        try:
            settings = replace(self._state.settings, cache_bytes=self.cache_bytes())
            params = {"model": self._state.model, **settings.as_json()}
            loaded = await client.request("load", params)
        except (WhatWhereError, asyncio.CancelledError):
            if self._state.phase == "loading":
                self._set(replace(self._state, phase="off"))
            raise
        self._set(
            replace(
                self._state,
                phase="ready",
                device=str(loaded["device"]),
                modalities=parse_modalities(loaded["modalities"]),
                mixes=bool(loaded["mixes"]),
                answers=bool(loaded.get("answers", False)),
            )
        )

    async def _watch(self, client: WorkerClient) -> None:
        """Tell of the host's death, whenever it comes."""
        death = await client.ended()
        if death is None:
            return
        self._client, self._encoded = None, {}
        self._set(replace(self._state, phase="died", device="", pid=None))
        self._board.tell(death)

    async def _encode(self, scene: Scene, boxes: UserBoxes | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        with self._board.job(f"Preparing {scene.title}", cancel=lambda: _cancel(task)) as progress:
            client = await self._ready()
            if self._newest != scene.path:
                raise Cancelled("Encoding the scene")
            params = {"scene": str(scene.path), **box_params(boxes)}
            await client.request("encode", params, on_progress=progress)

    def _set(self, state: HostState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit()


def _has_failed(task: "asyncio.Task[None]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
