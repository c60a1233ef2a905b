"""Columns as arrays by name and names by name, which is how a folder keeps them.

What is kept follows from the fields of `CaseColumns` and their types, so a column that is added
there is kept without a word here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns, ModalityColumns, TwinColumns

Arrays = Mapping[str, NDArray[Any]]

_NAMES = ("scene_ids", "labels", "skills", "relations", "reasons")
_CODES = {
    "scenes": "scene_ids",
    "label_codes": "labels",
    "skill_codes": "skills",
    "excluded": "reasons",
}
_WIDE = {"boxes": 6, "pair": 2}


@dataclass(frozen=True, slots=True)
class Header:
    """What is not an array.

    Attributes:
        num_cases: n.
        names: field -> names that codes index.
        modalities: that were asked.
        twins: what was exchanged -> the modalities that were asked in the twin.
    """

    num_cases: int
    names: Mapping[str, tuple[str, ...]]
    modalities: tuple[str, ...]
    twins: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, columns: CaseColumns) -> "Header":
        """That of columns."""
        return cls(
            len(columns),
            {name: getattr(columns, name) for name in _NAMES},
            tuple(columns.modalities),
            {kind: tuple(twin.twin) for kind, twin in columns.twins.items()},
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "num_cases": self.num_cases,
            "names": {name: list(known) for name, known in self.names.items()},
            "modalities": list(self.modalities),
            "twins": {kind: list(names) for kind, names in self.twins.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Header":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is no such header.
        """
        num_cases = value["num_cases"]
        if type(num_cases) is not int or num_cases < 0:
            raise ValueError("its number of cases is no whole number")
        return cls(
            num_cases,
            {name: _strings(value["names"][name]) for name in _NAMES},
            _strings(value["modalities"]),
            {str(kind): _strings(names) for kind, names in value["twins"].items()},
        )


def arrays_of(columns: CaseColumns) -> dict[str, NDArray[Any]]:
    """Every array of some columns: "rows", "modality.fused.chosen", "twin.appearance.pair", ..."""
    found = dict(_own_arrays(columns))
    for modality, of_modality in columns.modalities.items():
        found |= {f"modality.{modality}.{name}": a for name, a in _own_arrays(of_modality)}
    for kind, twin in columns.twins.items():
        head = f"twin.{kind}"
        found |= {f"{head}.{name}": array for name, array in _own_arrays(twin)}
        for part, by_modality in (("twin", twin.twin), ("placebo", twin.placebo)):
            found |= {f"{head}.{part}.{name}": array for name, array in by_modality.items()}
    return found


def columns_from(header: Header, arrays: Arrays) -> CaseColumns:
    """The inverse of `arrays_of`, checked: nothing in it can make a later look-up fail.

    Raises:
        ValueError: an array is missing, or has another type, length or range than its place wants;
            it says which.
    """
    count = header.num_cases
    own = _taken(CaseColumns, "", arrays, count)
    for name, known in _CODES.items():
        _check_codes(name, own[name], len(header.names[known]))
    _check_shape("has_relation", own["has_relation"], (count, len(header.names["relations"])))
    modalities = {
        name: ModalityColumns(**_taken(ModalityColumns, f"modality.{name}.", arrays, count))
        for name in header.modalities
    }
    twins = {kind: _twin(kind, names, arrays, count) for kind, names in header.twins.items()}
    return CaseColumns(**own | dict(header.names), modalities=modalities, twins=twins)


def _twin(kind: str, modalities: tuple[str, ...], arrays: Arrays, count: int) -> TwinColumns:
    cases = _array(arrays, f"twin.{kind}.cases", np.int32)
    _check_codes(f"twin.{kind}.cases", cases, count)
    own = _taken(TwinColumns, f"twin.{kind}.", arrays, len(cases))
    for part in ("twin", "placebo"):
        own[part] = {}
        for name in modalities:
            array = _array(arrays, f"twin.{kind}.{part}.{name}", np.int32)
            _check_shape(f"twin.{kind}.{part}.{name}", array, (len(cases),))
            own[part][name] = array
    return TwinColumns(**own)


def _own_arrays(columns: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in _types(type(columns)):
        array = getattr(columns, name)
        if array is not None:
            yield name, array


def _taken(kind: type, head: str, arrays: Arrays, count: int) -> dict[str, Any]:
    """The arrays of one dataclass, each of the type of its field and as long as the others."""
    optional = {field.name for field in fields(kind) if field.default is not MISSING}
    found: dict[str, Any] = {}
    for name, dtype in _types(kind).items():
        if name in optional and head + name not in arrays:
            continue
        array = _array(arrays, head + name, dtype)
        if name != "has_relation":
            wide = _WIDE.get(name)
            _check_shape(head + name, array, (count,) if wide is None else (count, wide))
        found[name] = array
    return found


def _types(kind: type) -> dict[str, Any]:
    """Field -> type of its numbers, of the fields that are arrays."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        parts = get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)
        for part in parts:
            number = _number(part)
            if number is not None:
                found[name] = number
    return found


def _number(hint: Any) -> Any:
    """Type of an array's numbers; None of what is no array."""
    inner = get_args(hint)
    if get_origin(hint) is NDArray:  # since numpy 2.5 an alias that does not dissolve
        return inner[0]
    if len(inner) == 2 and get_origin(inner[1]) is np.dtype:
        return get_args(inner[1])[0]
    return None


def _array(arrays: Arrays, name: str, dtype: Any) -> NDArray[Any]:
    if name not in arrays:
        raise ValueError(f"{name} is missing")
    array = arrays[name]
    if array.dtype != dtype:
        raise ValueError(f"{name} holds {array.dtype}, not {np.dtype(dtype)}")
    return array


def _check_shape(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}, not {shape}")


def _check_codes(name: str, codes: NDArray[Any], count: int) -> None:
    if len(codes) and not (codes.min() >= -1 and codes.max() < count):
        raise ValueError(f"{name} counts beyond its {count} names")


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("names are not a list of words")
    return tuple(value)
