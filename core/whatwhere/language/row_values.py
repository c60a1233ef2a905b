"""The values of a row, checked; what is wrong with one becomes the reason the row is dropped."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

_LITERAL = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s,'"\[\]]+)\s*(?:,|$)""")


class RowError(Exception):
    """Why a row cannot be used."""


def string(row: Mapping[str, Any], key: str) -> str:
    """A key that holds text.

    Raises:
        RowError: it does not.
    """
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise RowError(f"it has no {key}")
    return value


def sentence(row: Mapping[str, Any], key: str) -> str:
    """A key that holds a sentence, without blanks around it.

    Raises:
        RowError: it does not.
    """
    text = string(row, key).strip()
    if not any(character.isalnum() for character in text):
        raise RowError(f"its {key} is empty")
    return text


def whole(value: object, key: str) -> int:
    """A number from 0, as a number or as digits.

    Raises:
        RowError: it is none.
    """
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    said = repr(value)
    raise RowError(f"its {key} is not a whole number ({said[:60]})")


def wholes(value: object, key: str) -> tuple[int, ...]:
    """A list of numbers from 0, or such a list as Python writes it.

    Raises:
        RowError: it is none.
    """
    items = literals(value, key) if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise RowError(f"its {key} are not a list")
    return tuple(whole(item, key) for item in items)


def numbers(value: object, count: int, key: str) -> tuple[float, ...]:
    """A list of so many finite numbers.

    Raises:
        RowError: it is none.
    """
    if not isinstance(value, list | tuple) or len(value) != count:
        raise RowError(f"its {key} is not {count} numbers")
    if not all(type(item) in (int, float) and abs(item) < 1e6 and isfinite(item) for item in value):
        raise RowError(f"its {key} is not {count} finite numbers")
    return tuple(float(item) for item in value)


def literals(value: str, key: str) -> tuple[str, ...]:
    """The items of a flat list as Python writes it, such as "['the', 'chair', 4]", as strings.

    Nothing in it is executed.

    Raises:
        RowError: it is no such list.
    """
    inner = value.strip()
    if inner[:1] not in ("[", "(") or inner[-1:] not in ("]", ")"):
        raise RowError(f"its {key} are not a list")
    inner = inner[1:-1].strip()
    items, at = [], 0
    while at < len(inner):
        match = _LITERAL.match(inner, at)
        if match is None:
            raise RowError(f"its {key} are not a list")
        item = match.group(1)
        quoted = item[0] in "'\""
        items.append(re.sub(r"\\(.)", r"\1", item[1:-1]) if quoted else item)
        at = match.end()
    return tuple(items)


def is_true(value: object) -> bool | None:
    """True or False as JSON or as Python writes them; None for anything else."""
    return {"true": True, "false": False}.get(str(value).strip().lower())
