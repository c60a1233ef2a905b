"""A worker's end of the pipe to its owner: requests come in, answers and progress go out."""

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Self, cast

from whatwhere.errors import Cancelled, FrameError, NotSupportedError, WhatWhereError
from whatwhere.jobs.faults import fault_to_wire
from whatwhere.jobs.frames import Message, read_frame, write_frame

EOF_GRACE_S = 0.5
"""How long a computation may go on after the owner is gone, before the process ends itself."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One thing the owner asks for.

    Attributes:
        request_id: chosen by the owner; every answer carries it.
        method: what to do.
        params: its arguments, plain values.
        send: writes one message to the owner.
        cancelled: set once the owner no longer wants the answer.
    """

    request_id: int
    method: str
    params: Mapping[str, Any]
    send: Callable[[Message], None]
    cancelled: threading.Event = field(default_factory=threading.Event)

    def progress(self, done: int, total: int, what: str) -> None:
        """Tell the owner how far the work is."""
        self.send(
            {
                "kind": "progress",
                "id": self.request_id,
                "done": done,
                "total": total,
                "what": what,
            }
        )

    def is_cancelled(self) -> bool:
        """Whether the owner no longer wants the answer (or is gone); poll between steps."""
        return self.cancelled.is_set()

    def reply(self, result: Any) -> None:
        """Answer; the last word on this request."""
        self.send({"kind": "reply", "id": self.request_id, "result": result})

    def fail(self, error: Exception) -> None:
        """Answer with an error; the last word on this request."""
        self.send({"kind": "error", "id": self.request_id, "error": fault_to_wire(error)})


Handler = Callable[[Request], Any]
"""Computes the result of one request, or raises."""


class Connection:
    """Owns the two streams to the owner and the thread that reads from it.

    The thread takes cancel frames at once, even while the main thread computes. When the owner is
    gone it ends the process, so that none is left behind.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._write_lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._open: dict[int, Request] = {}
        self._fault: FrameError | None = None
        threading.Thread(target=self._listen, name="frames", daemon=True).start()

    @classmethod
    def over_standard_streams(cls) -> Self:
        """Take stdin and stdout for frames; from now on a print goes to stderr.

        The streams are moved at the level of file descriptors, so that C libraries and progress
        bars cannot corrupt the frames either.
        """
        # Unbuffered: a buffered reader's lock, held by the reading thread, aborts Python's exit.
        incoming = cast("BinaryIO", os.fdopen(os.dup(0), "rb", buffering=0))
        outgoing = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(incoming, outgoing)

    def requests(self) -> Iterator[Request]:
        """Requests in the order they came, until the owner closes its end.

        Raises:
            FrameError: what came is not a frame.
        """
        while (request := self._waiting.get()) is not None:
            yield request
            self._open.pop(request.request_id, None)
        if self._fault is not None:
            raise self._fault

    def serve(self, handlers: Mapping[str, Handler]) -> None:
        """Answer every request by the handler of its method, until the owner closes its end.

        A `WhatWhereError` reaches the owner as itself; any other exception as a bug of ours, its
        traceback in the log.
        """
        for request in self.requests():
            try:
                request.reply(_answer(request, handlers))
            except BrokenPipeError:
                return  # the owner is gone; there is nobody to tell
            except WhatWhereError as error:
                request.fail(error)
            except Exception as error:
                _logger.exception("request %r failed", request.method)
                request.fail(error)

    def _listen(self) -> None:
        try:
            while (message := read_frame(self._incoming)) is not None:
                self._take(message)
        except FrameError as error:
            self._fault = error
        except (KeyError, TypeError, ValueError) as error:
            self._fault = FrameError(
                f"a request lacks its id, method or params ({error})",
                remedy="Send requests as {kind, id, method, params}",
            )
        for request in list(self._open.values()):
            request.cancelled.set()
        self._waiting.put(None)
        threading.Event().wait(EOF_GRACE_S)
        # Still here: the main thread computes, or hangs in its farewell. Nobody wants the result.
        os._exit(0 if self._fault is None else self._fault.exit_code)

    def _take(self, message: Message) -> None:
        if message["kind"] == "cancel":
            request = self._open.get(int(message["id"]))
            if request is not None:  # else it was answered meanwhile
                request.cancelled.set()
        elif message["kind"] == "request":
            request = Request(
                int(message["id"]), str(message["method"]), dict(message["params"]), self._send
            )
            self._open[request.request_id] = request
            self._waiting.put(request)

    def _send(self, message: Message) -> None:
        with self._write_lock:
            write_frame(self._outgoing, message)


def _answer(request: Request, handlers: Mapping[str, Handler]) -> Any:
    if request.is_cancelled():
        raise Cancelled
    handler = handlers.get(request.method)
    if handler is None:
        raise NotSupportedError(
            f'"{request.method}" is not a request this worker knows',
            remedy=f"Ask for one of {', '.join(sorted(handlers))}",
        )
    return handler(request)
