"""Entries that the worker tests start as child processes."""

import ctypes
import os
import sys
import threading

import numpy as np

from whatwhere.errors import BrokenFileError, Cancelled, NotSupportedError
from whatwhere.jobs.connection import Connection, Request


def count(request: Request) -> int:
    total = request.params["total"]
    for done in range(total):
        request.progress(done + 1, total, f"step {done + 1}")
    return total


def count_until_cancelled(request: Request) -> None:
    request.progress(0, 0, "counting")
    while not request.is_cancelled():
        pass
    raise Cancelled("Counting")


def spin(request: Request) -> None:
    request.progress(0, 0, "spinning")
    threading.Event().wait()  # ignores cancel, ends with the process only


def noise(request: Request) -> str:
    sys.stdout.write("printed by Python\n")
    sys.stdout.flush()
    os.write(1, b"printed by a C library\n")
    os.system("echo printed by a grandchild")
    return "clean"


def fault(request: Request) -> None:
    raise BrokenFileError("/scans/a.ply", "the header ends early", remedy="Export it again")


def not_supported(request: Request) -> None:
    raise NotSupportedError("no masks here", remedy="Ask for boxes")


def bug(request: Request) -> None:
    raise ZeroDivisionError("by nothing")


def crash(request: Request) -> None:
    sys.stderr.write("about to read address zero\n")
    sys.stderr.flush()
    ctypes.string_at(0)


def leave(request: Request) -> None:
    sys.stderr.write("the disk is full\n")
    sys.stderr.flush()
    os._exit(request.params["status"])


def environment(request: Request) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in request.params["names"]}


def serve(connection: Connection, *arguments: str) -> None:
    """Every behaviour that a test asks for, as one method each."""
    methods = [bug, count, count_until_cancelled, crash, environment, fault, leave, noise]
    connection.serve(
        {method.__name__: method for method in [*methods, not_supported, spin]}
        | {
            "arguments": lambda request: list(arguments),
            "array": lambda request: np.zeros(3),
            "echo": lambda request: dict(request.params),
            "read_stdin": lambda request: sys.stdin.read(),
        }
    )


def hold_the_interpreter(connection: Connection) -> None:
    """Compute in Python without ever looking at the pipe."""
    connection.serve({"compute": lambda request: sum(iter(int, 1))})


def stay_after_eof(connection: Connection) -> None:
    """Do not come back when the requests end."""
    connection.serve({"ping": lambda request: "pong"})
    threading.Event().wait()


def send_garbage(connection: Connection) -> None:
    """Answer the first request with bytes that are no frame."""
    for _ in connection.requests():
        connection._outgoing.write(b"\xff\xff\xff\xffgarbage")
        connection._outgoing.flush()


def send_nonsense(connection: Connection) -> None:
    """Answer the first request with a frame that lacks its result."""
    for request in connection.requests():
        request.send({"kind": "reply", "id": request.request_id})


def send_to_strangers(connection: Connection) -> None:
    """Answer a request that nobody made before the one that was."""
    for request in connection.requests():
        request.send({"kind": "reply", "id": request.request_id + 1000, "result": "not yours"})
        request.reply("yours")


def fail_to_start(connection: Connection) -> None:
    """Fail as an entry does whose model is missing."""
    raise BrokenFileError("/models/config.json", "it is no JSON", remedy="Download it again")
