"""The owner's end: start a worker, ask it, follow its progress, notice its death."""

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from whatwhere.errors import Cancelled, FrameError, WhatWhereError, WorkerDiedError
from whatwhere.jobs.faults import fault_from_wire
from whatwhere.jobs.frames import Message, encode_frame, read_frame_async

OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done) in the event loop."""

CLOSE_S = 3.0
"""How long each way of ending a worker may take before the next, ruder one is tried."""

WORKER_FLAG = "--worker"
"""First argument of a frozen program when it is to be a worker instead of itself."""

_LONG_LOG_BYTES = 2**20
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def worker_command(entry: str, arguments: Sequence[str] = ()) -> list[str]:
    """The command line of a worker; a frozen bundle has no `python -m`, so it calls itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_FLAG, entry, *arguments]
    # -P keeps the current folder off the child's path: a stray torch.py there is not imported.
    return [sys.executable, "-P", "-m", "whatwhere.jobs.worker", entry, *arguments]


class WorkerClient:
    """One living worker. Needs a running asyncio loop (Qt's through qasync, too).

    Use `start`, or as a context: `async with await WorkerClient.start(...) as worker`.
    """

    def __init__(self, process: asyncio.subprocess.Process, *, name: str, log: "_Log") -> None:
        self._process = process
        self._name = name
        self._log = log
        self._ids = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._is_closing = False
        self._death: WorkerDiedError | None = None
        self._listener = asyncio.create_task(self._listen(), name=f"{name}: frames")

    @classmethod
    async def start(
        cls, entry: str, *, name: str, log_path: Path, arguments: Sequence[str] = ()
    ) -> Self:
        """Start a worker; it takes requests at once and answers when its entry is loaded.

        Args:
            entry: "package.module:function", see `whatwhere.jobs.worker`.
            name: what the user reads when it dies, e.g. "The grounder host".
            log_path: gets everything the worker prints; appended to until it is a megabyte.
            arguments: strings for the entry.
        """
        with _open_log(log_path) as log_file:
            log = _Log(log_path, start=log_file.tell())
            process = await asyncio.create_subprocess_exec(
                *worker_command(entry, arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log_file,
                env=os.environ | _ENVIRONMENT,
            )
        return cls(process, name=name, log=log)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether requests can still be answered."""
        return not self._is_closing and not self._listener.done()

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        on_progress: OnProgress | None = None,
    ) -> Any:
        """Ask and wait for the answer; cancelling the waiting task cancels the work, too.

        Raises:
            WhatWhereError: whatever the worker raised, as the class that it was.
            WorkerDiedError: it ended before it answered.
            Cancelled: the client was closed meanwhile.
        """
        self._check_alive()
        request_id = next(self._ids)
        pending = _Pending(asyncio.get_running_loop().create_future(), on_progress)
        frame = encode_frame(
            {"kind": "request", "id": request_id, "method": method, "params": dict(params or {})}
        )
        self._pending[request_id] = pending
        try:
            await self._send(frame)
            return await pending.answer
        except asyncio.CancelledError:
            self._stdin.write(encode_frame({"kind": "cancel", "id": request_id}))
            raise
        finally:
            del self._pending[request_id]

    async def ended(self) -> WorkerDiedError | None:
        """Wait until the worker is gone; None when `close` ended it."""
        await asyncio.wait({self._listener})
        return self._death

    async def close(self) -> None:
        """End the worker: by closing its stdin, and if it does not heed that, by force."""
        self._is_closing = True
        self._stdin.close()
        for ruder in (self._process.terminate, self._process.kill, None):
            done, _ = await asyncio.wait({self._listener}, timeout=CLOSE_S)
            if done or ruder is None:
                return
            with contextlib.suppress(ProcessLookupError):
                ruder()

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        assert self._process.stdin is not None
        return self._process.stdin

    def _check_alive(self) -> None:
        if self._death is not None:
            raise self._death
        if self._is_closing:
            raise Cancelled

    async def _send(self, frame: bytes) -> None:
        # A broken pipe says less than the exit status, which the listener is about to learn.
        with contextlib.suppress(ConnectionError):
            self._stdin.write(frame)
            await self._stdin.drain()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        fault = ""
        try:
            while (message := await read_frame_async(self._process.stdout)) is not None:
                self._deliver(message)
        except (FrameError, KeyError, TypeError) as error:
            fault = f"it sent something that is no answer of ours ({error})"
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        status = await self._process.wait()
        if self._is_closing:
            self._fail_all(Cancelled())
        else:
            reason = fault or ending(status)
            self._death = WorkerDiedError(self._name, reason, self._log.tail())
            self._fail_all(self._death)

    def _deliver(self, message: Message) -> None:
        pending = self._pending.get(message.get("id", 0))
        if pending is None or pending.answer.done():
            return  # the answer to a request that was cancelled
        if message["kind"] == "progress":
            # Not called here: what a callback raises belongs to the loop, not to our reading.
            asyncio.get_running_loop().call_soon(
                self._report, message["id"], message["done"], message["total"], message["what"]
            )
        elif message["kind"] == "reply":
            pending.answer.set_result(message["result"])
        elif message["kind"] == "error":
            pending.answer.set_exception(fault_from_wire(message["error"], log_path=self._log.path))

    def _report(self, request_id: int, done: int, total: int, what: str) -> None:
        pending = self._pending.get(request_id)
        if pending is not None and pending.on_progress is not None:
            pending.on_progress(done, total, what)

    def _fail_all(self, error: WhatWhereError) -> None:
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Pending:
    answer: asyncio.Future[Any]
    on_progress: OnProgress | None


@dataclass(frozen=True, slots=True)
class _Log:
    """What a worker printed since it started, `start` bytes into the file."""

    path: Path
    start: int

    def tail(self, *, num_lines: int = 12, num_bytes: int = 8192) -> str:
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self.start, size - num_bytes))
            lines = file.read().decode(errors="replace").splitlines()
        said = [line for line in lines if line.strip()]
        # After a crash in C come the stack and a list of extensions: for the log's reader only.
        crash = next((i for i, line in enumerate(said) if line.startswith("Fatal Python")), None)
        if crash is not None:
            said = said[: crash + 1]
        return "\n".join(said[-num_lines:])


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_long = path.exists() and path.stat().st_size > _LONG_LOG_BYTES
    return path.open("wb" if is_long else "ab")


def ending(status: int) -> str:
    """How a process ended, from its exit status or, where that is negative, its signal."""
    if status >= 0:
        return f"exit status {status}"
    return f"signal {-status} ({signal.Signals(-status).name})"
