"""Length-prefixed msgpack frames, the one form in which our processes talk.

A frame is a 4-byte big-endian length and a msgpack map whose "kind" says what it is. Paths travel
as strings. Arrays do not travel at all: scenes go as paths, and each side reads its own files.
"""

import asyncio
import struct
from pathlib import PurePath
from typing import Any, BinaryIO

import msgpack  # type: ignore[import-untyped]

from whatwhere.errors import FrameError

Message = dict[str, Any]

MAX_FRAME_BYTES = 64 * 2**20
"""Far above any real message; a longer length means that the bytes are not ours."""

_LENGTH = struct.Struct(">I")


def encode_frame(message: Message) -> bytes:
    """The bytes of one frame, length included.

    Raises:
        FrameError: the message is larger than `MAX_FRAME_BYTES`.
        TypeError: it holds something that does not travel, an array for instance.
    """
    payload: bytes = msgpack.packb(message, default=_plain)
    _check_length(len(payload))
    return _LENGTH.pack(len(payload)) + payload


def write_frame(stream: BinaryIO, message: Message) -> None:
    """Write one frame to a binary file and flush it."""
    stream.write(encode_frame(message))
    stream.flush()


def read_frame(stream: BinaryIO, *, max_bytes: int = MAX_FRAME_BYTES) -> Message | None:
    """The next frame of a binary file, buffered or not, or None at its end.

    Args:
        stream: to read from.
        max_bytes: a longer frame is refused before it is read.

    Raises:
        FrameError: the bytes are not a frame, or end inside one.
    """
    header = _read_up_to(stream, _LENGTH.size)
    if not header:
        return None
    num_bytes = _payload_length(header, max_bytes)
    return _decode(num_bytes, _read_up_to(stream, num_bytes))


async def read_frame_async(stream: asyncio.StreamReader) -> Message | None:
    """`read_frame` for an asyncio stream."""
    header = await _read_up_to_async(stream, _LENGTH.size)
    if not header:
        return None
    num_bytes = _payload_length(header, MAX_FRAME_BYTES)
    return _decode(num_bytes, await _read_up_to_async(stream, num_bytes))


def _read_up_to(stream: BinaryIO, count: int) -> bytes:
    read = bytearray()
    while len(read) < count and (some := stream.read(count - len(read))):
        read += some
    return bytes(read)


async def _read_up_to_async(stream: asyncio.StreamReader, count: int) -> bytes:
    try:
        return await stream.readexactly(count)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _payload_length(header: bytes, max_bytes: int) -> int:
    if len(header) < _LENGTH.size:
        raise _broken("the stream ends inside a frame")
    (length,) = _LENGTH.unpack(header)
    if header[:1] == b"\x80":
        raise _broken("the bytes are those of a pickle, which is never read")
    _check_length(length, max_bytes)
    return int(length)


def _decode(num_bytes: int, payload: bytes) -> Message:
    if len(payload) < num_bytes:
        raise _broken("the stream ends inside a frame")
    try:
        message = msgpack.unpackb(payload, strict_map_key=False)
    except (TypeError, ValueError) as error:  # a map as a key of a map, or anything else
        raise _broken("a frame is not valid msgpack") from error
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise _broken('a frame is not a map with a "kind"')
    return message


def _check_length(num_bytes: int, max_bytes: int = MAX_FRAME_BYTES) -> None:
    if num_bytes > max_bytes:
        raise _broken(
            f"a frame of {num_bytes} bytes is announced, more than the {max_bytes} allowed"
        )


def _broken(fault: str) -> FrameError:
    return FrameError(
        fault, remedy="Send length-prefixed msgpack frames, and large data as files named by path"
    )


def _plain(value: object) -> str:
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a {type(value).__name__} does not travel in a frame; send plain values")
