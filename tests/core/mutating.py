"""Files gone wrong: cut, flipped bits, other types, missing keys; the same ones at every run."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

NUM_MUTATIONS = 300

_OTHER = (None, True, -1, 1.5, 10**30, "", "x", [], {}, [[]], float("nan"), "../../etc/passwd")


def broken_bytes(data: bytes, count: int = NUM_MUTATIONS) -> Iterator[bytes]:
    """The file cut anywhere, with flipped bits, or with a piece twice."""
    generator = random.Random(0)
    for number in range(count):
        kind = number % 3
        if kind == 0:
            yield data[: generator.randrange(len(data))]
        elif kind == 1:
            changed = bytearray(data)
            for _ in range(generator.randint(1, 8)):
                changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
            yield bytes(changed)
        else:
            start, end = sorted(generator.randrange(len(data)) for _ in range(2))
            yield data[:end] + data[start:]


def broken_values(document: Any, count: int = NUM_MUTATIONS) -> Iterator[Any]:
    """The document with one value, at any depth, replaced by one of another type or taken away."""
    generator = random.Random(1)
    for _ in range(count):
        changed = json.loads(json.dumps(document))
        holder = _holder(changed, generator)
        key = generator.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        if generator.random() < 0.3:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(generator.choice(_OTHER))
        yield changed


def _holder(value: Any, generator: random.Random) -> Any:
    """A list or mapping somewhere inside, not empty."""
    while True:
        inner = [
            item
            for item in (value.values() if isinstance(value, dict) else value)
            if isinstance(item, dict | list) and item
        ]
        if not inner or generator.random() < 0.25:
            return value
        value = generator.choice(inner)
