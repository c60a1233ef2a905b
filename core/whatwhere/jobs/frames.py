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


def read_frame(stream: BinaryIO) -> Message | None:
    """The next frame of a binary file, buffered or not, or None at its end.

    Raises:
        FrameError: the bytes are not a frame, or end inside one.
    """
    header = _read_up_to(stream, _LENGTH.size)
    if not header:
        return None
    return _decode(header, _read_up_to(stream, _payload_length(header)))


async def read_frame_async(stream: asyncio.StreamReader) -> Message | None:
    """`read_frame` for an asyncio stream."""
    header = await _read_up_to_async(stream, _LENGTH.size)
    if not header:
        return None
    return _decode(header, await _read_up_to_async(stream, _payload_length(header)))


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


def _payload_length(header: bytes) -> int:
    if len(header) < _LENGTH.size:
        raise _broken("the stream ends inside a frame")
    (length,) = _LENGTH.unpack(header)
    _check_length(length)
    return int(length)


def _decode(header: bytes, payload: bytes) -> Message:
    if len(payload) < _payload_length(header):
        raise _broken("the stream ends inside a frame")
    try:
        message = msgpack.unpackb(payload, strict_map_key=False)
    except ValueError as error:  # every unpacking error of msgpack is one
        raise _broken("a frame is not valid msgpack") from error
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise _broken('a frame is not a map with a "kind"')
    return message


def _check_length(num_bytes: int) -> None:
    if num_bytes > MAX_FRAME_BYTES:
        raise _broken(
            f"a frame of {num_bytes} bytes is announced, more than the {MAX_FRAME_BYTES} allowed"
        )


def _broken(fault: str) -> FrameError:
    return FrameError(
        fault, remedy="Send length-prefixed msgpack frames, and large data as files named by path"
    )


def _plain(value: object) -> str:
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a {type(value).__name__} does not travel in a frame; send plain values")
