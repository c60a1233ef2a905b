"""A program of someone else's that answers requests in frames: asked, waited for, distrusted.

It speaks the frames of our own workers, but nothing it does is taken for granted: it may hang, die,
flood either of its outputs, or write anything at all. Memory stays bounded whatever it does.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from whatwhere.errors import (
    Cancelled,
    FrameError,
    ModelError,
    ProgramEndedError,
    WorkerDiedError,
)
from whatwhere.jobs import leash
from whatwhere.jobs.client import ending
from whatwhere.jobs.frames import Message, encode_frame, read_frame

MAX_FRAME_BYTES = 4 * 2**20
"""Of one answer: thousands of boxes, yet unpacked it cannot fill the memory."""

CANCEL_GRACE_S = 2.0
"""How long the program may take to heed a cancel before it is ended."""

OnProgress = Callable[[int, int, str], None]

_POLL_S = 0.05
_END_S = 2.0
_TAIL_BYTES = 8192
_LOGGED_BYTES = 256 * 1024
_INBOX = 2

_is_cancelled: ContextVar[Callable[[], bool]] = ContextVar("is_cancelled", default=lambda: False)


@contextmanager
def heeding(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """While the block runs, waiting for a foreign program ends once this returns True."""
    token = _is_cancelled.set(is_cancelled)
    try:
        yield
    finally:
        _is_cancelled.reset(token)


class ForeignProcess:
    """One running foreign program.

    Args:
        command: its command line, as words.
        name: what the user reads of it, e.g. 'The external model "votenet"'.
        cwd: where it is started.

    Raises:
        ModelError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], *, name: str, cwd: Path) -> None:
        self._name = name
        self._is_closing = False
        self._next_id = 1
        self._inbox: queue.Queue[Message | Exception | None] = queue.Queue(_INBOX)
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._tail = bytearray()
        try:
            # Unbuffered: a reader may be closed while another thread waits in it.
            self._process = subprocess.Popen(
                _leashed(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise ModelError(
                f"{name} cannot be started: {error.strerror} ({error.filename})",
                remedy="Check its command with `whatwhere models show`",
            ) from error
        self._threads = [
            threading.Thread(target=work, name=f"{name}: {part}", daemon=True)
            for part, work in (("out", self._read), ("err", self._drain), ("in", self._write))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return not self._is_closing and self._process.poll() is None

    def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        timeout_s: float,
        on_progress: OnProgress | None = None,
    ) -> Any:
        """Ask and wait; a program that does not answer as agreed is ended.

        Raises:
            Cancelled: the caller no longer wants it (see `heeding`).
            WorkerDiedError: it ended before it answered.
            ProgramEndedError: it gave no answer in time, or wrote something else.
            ModelError: it said that it cannot.
        """
        number, self._next_id = self._next_id, self._next_id + 1
        request = {"kind": "request", "id": number, "method": method, "params": dict(params)}
        self._outbox.put(encode_frame(request))
        wait = _Wait(number, method, timeout_s)
        while True:
            self._look_at_clock(wait)
            message = self._next()
            if message is None or message.get("id") != number:
                continue  # nothing yet, or of a request that nobody waits for any more
            if message["kind"] == "progress":
                self._report(message, on_progress)
            elif message["kind"] in ("reply", "error"):
                return self._answer(message, wait)

    def _look_at_clock(self, wait: "_Wait") -> None:
        """Pass on a cancel, and end the program where its time is over."""
        now_s = time.monotonic()
        if wait.cancelled_at_s is None and _is_cancelled.get()():
            wait.cancelled_at_s = now_s
            self._outbox.put(encode_frame({"kind": "cancel", "id": wait.number}))
        if wait.cancelled_at_s is not None and now_s > wait.cancelled_at_s + CANCEL_GRACE_S:
            self.kill()
            raise Cancelled
        if now_s > wait.started_s + wait.timeout_s:
            self.kill()
            raise ProgramEndedError(
                f'{self._name} gave no answer to "{wait.method}" within {wait.timeout_s:g} s, '
                f"so it was ended{self._last_words()}",
                remedy="Ask again to start it anew, or add it with a longer --timeout",
            )

    def _next(self) -> Message | None:
        """What it sent, or None for nothing yet; raises when nothing more will come."""
        try:
            item = self._inbox.get(timeout=_POLL_S)
        except queue.Empty:
            return None
        if item is None or isinstance(item, Exception):
            raise self._end_of(item)
        return item

    def _answer(self, message: Message, wait: "_Wait") -> Any:
        if wait.cancelled_at_s is not None:
            raise Cancelled
        if message["kind"] == "error":
            raise self._refusal(message.get("error"))
        return message.get("result")

    def close(self) -> None:
        """End it: by closing its stdin, and if it does not heed that, by force."""
        if self._is_closing:
            return
        self._is_closing = True
        self._outbox.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S / 4)
        self.kill()

    def kill(self) -> None:
        """End it and its children at once."""
        self._is_closing = True
        self._outbox.put(None)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)

    def _read(self) -> None:
        """Frames of its stdout; it waits while nobody takes them, so that they cannot pile up."""
        out = cast("BinaryIO", self._process.stdout)
        try:
            while (message := read_frame(out, max_bytes=MAX_FRAME_BYTES)) is not None:
                if not self._hand_over(message):
                    break
            else:
                self._hand_over(None)
        except (FrameError, OSError, ValueError) as error:
            self._hand_over(error)
        out.close()

    def _hand_over(self, item: Message | Exception | None) -> bool:
        while not self._is_closing:
            with contextlib.suppress(queue.Full):
                self._inbox.put(item, timeout=_POLL_S)
                return True
        return False

    def _drain(self) -> None:
        """The end of its stderr is kept, its beginning goes to our log, the rest to nobody."""
        err = cast("BinaryIO", self._process.stderr)
        left = _LOGGED_BYTES
        with contextlib.suppress(OSError, ValueError):
            while some := err.read(65536):
                self._tail = (self._tail + some)[-_TAIL_BYTES:]
                if left > 0:
                    sys.stderr.write(some[:left].decode(errors="replace"))
                    sys.stderr.flush()
                    left -= len(some)
        err.close()

    def _write(self) -> None:
        into = cast("BinaryIO", self._process.stdin)
        with contextlib.suppress(OSError, ValueError):  # it is gone, which the reader notices
            while (frame := self._outbox.get()) is not None:
                view = memoryview(frame)
                while view:
                    view = view[into.write(view) :]
        with contextlib.suppress(OSError):
            into.close()

    def _report(self, message: Message, on_progress: OnProgress | None) -> None:
        done, total, what = (message.get(key) for key in ("done", "total", "what"))
        if on_progress is not None and type(done) is int and type(total) is int:
            on_progress(done, total, str(what)[:200])

    def _end_of(self, fault: Exception | None) -> Exception:
        """Why nothing more comes."""
        if fault is None:
            try:
                status = self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.kill()
                reason = "it closed its stdout"
            else:
                reason = ending(status)
            self._threads[1].join(_END_S)
            self.kill()  # what it may have started
            return WorkerDiedError(self._name, reason, self._tail.decode(errors="replace"))
        self.kill()
        said = fault.fault if isinstance(fault, FrameError) else str(fault)
        return ProgramEndedError(
            f"{self._name} wrote something that is no frame, so it was ended ({said})",
            remedy="Let it write frames alone to stdout, and print to stderr",
        )

    def _refusal(self, error: object) -> ModelError:
        """What the program says that it cannot do, in its own words."""
        if isinstance(error, Mapping):
            fault, remedy = error.get("fault"), error.get("remedy")
        else:
            fault, remedy = error, None
        fault = " ".join(str(fault).split())[:500].rstrip(".") or "it said no reason"
        remedy = " ".join(str(remedy or "See what it printed in the log").split())[:200]
        return ModelError(f"{self._name}: {fault}", remedy=remedy.rstrip("."))

    def _last_words(self) -> str:
        lines = self._tail.decode(errors="replace").strip().splitlines()
        return f"; its last words: {lines[-1][:200]}" if lines else ""


@dataclass(slots=True)
class _Wait:
    """One request that is waited for."""

    number: int
    method: str
    timeout_s: float
    started_s: float = field(default_factory=time.monotonic)
    cancelled_at_s: float | None = None


def _leashed(command: Sequence[str]) -> list[str]:
    if getattr(sys, "frozen", False):  # a bundle has no interpreter of its own to hold the leash
        return list(command)
    return [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *command]
