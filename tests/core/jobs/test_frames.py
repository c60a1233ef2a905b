import asyncio
import io
import struct
from pathlib import Path

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.errors import FrameError
from whatwhere.jobs.frames import MAX_FRAME_BYTES, encode_frame, read_frame, read_frame_async

words = st.text(max_size=8)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
messages = st.dictionaries(words, plain, max_size=3).map(lambda fields: fields | {"kind": "reply"})


def read_asynchronously(data: bytes):
    async def read():
        stream = asyncio.StreamReader()
        stream.feed_data(data)
        stream.feed_eof()
        return await read_frame_async(stream)

    return asyncio.run(read())


READERS = [lambda data: read_frame(io.BytesIO(data)), read_asynchronously]


class DripStream(io.BytesIO):
    """Gives one byte at a time, as a pipe may."""

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, 1))


@given(st.lists(messages, max_size=4))
def test_messages_come_back_in_order(sent):
    stream = DripStream(b"".join(encode_frame(message) for message in sent))
    received = []
    while (message := read_frame(stream)) is not None:
        received.append(message)
    assert received == sent


@given(messages)
def test_the_asynchronous_reader_agrees(message):
    assert read_asynchronously(encode_frame(message)) == message


@pytest.mark.parametrize("read", READERS)
def test_the_end_between_frames_is_no_error(read):
    assert read(b"") is None


@pytest.mark.parametrize("read", READERS)
@given(message=messages, data=st.data())
def test_an_end_inside_a_frame_is_refused(read, message, data):
    frame = encode_frame(message)
    cut = data.draw(st.integers(1, len(frame) - 1))
    with pytest.raises(FrameError, match="ends inside a frame"):
        read(frame[:cut])


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"hello, is anyone there?", "bytes is announced"),
        (struct.pack(">I", MAX_FRAME_BYTES + 1), "bytes is announced"),
        (b"\0\0\0\1\xc1", "not valid msgpack"),
        (b"\0\0\0\0", "not valid msgpack"),
        (b"\0\0\0\2\1\2", "not valid msgpack"),
        (b"\0\0\0\2\xa1\xff", "not valid msgpack"),
        (struct.pack(">I", 3000) + b"\x91" * 3000, "not valid msgpack"),
        (b"\0\0\0\1\x01", 'not a map with a "kind"'),
        (struct.pack(">I", 7) + msgpack.packb({"kind": 1}), 'not a map with a "kind"'),
    ],
)
def test_garbage_is_refused(read, data, fault):
    with pytest.raises(FrameError, match=fault):
        read(data)


def test_a_message_that_is_too_large_is_refused_where_it_is_made():
    with pytest.raises(FrameError, match="more than the"):
        encode_frame({"kind": "reply", "result": bytes(MAX_FRAME_BYTES)})


def test_paths_travel_as_strings():
    frame = encode_frame({"kind": "request", "scene": Path("/scans/scene0000_00")})
    assert read_frame(io.BytesIO(frame))["scene"] == "/scans/scene0000_00"


@pytest.mark.parametrize("value", [np.zeros(3), np.float32(1)])
def test_arrays_do_not_travel(value):
    with pytest.raises(TypeError, match="does not travel"):
        encode_frame({"kind": "reply", "result": value})
