"""JSON lines, CSV and a COCO-like document: all that is said, and nothing of the scan.

Each form is written whole or not at all, and read back without a difference.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.annotations.exchange.coco_lists import coco_lists
from whatwhere.annotations.exchange.records import (
    CASE_COLUMNS,
    FORM,
    LATER_PARTS,
    PARTS,
    VERSION,
    Exchanged,
    Record,
    tags_as_json,
    tags_from_json,
)
from whatwhere.annotations.values import Tag
from whatwhere.errors import BrokenFileError, MissingFileError, NotSupportedError, RefusedPathError
from whatwhere.files import replacing
from whatwhere.geometry.turned_box import TurnedBox


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form of file.

    Attributes:
        name: as `--form` names it.
        suffix: of its files.
        write: to a path; gives the number of rows.
        read: from a path; None where it cannot carry everything.
        rows_are: what a row is.
        carries_scans: whether the scan itself can go along.
    """

    name: str
    suffix: str
    write: Callable[[Path, Exchanged], int]
    read: Callable[[Path], Exchanged] | None
    rows_are: str = "case"
    carries_scans: bool = False


def write_jsonl(path: Path, exchanged: Exchanged) -> int:
    """A line that says what it is, then a line per case."""
    lines = [{"form": FORM, "version": VERSION, "tags": tags_as_json(exchanged.tags)}]
    text = "".join(
        json.dumps(line, ensure_ascii=False) + "\n" for line in (*lines, *exchanged.records)
    )
    write_whole(path, text.encode())
    return len(exchanged.records)


def read_jsonl(path: Path) -> Exchanged:
    """The inverse of `write_jsonl`.

    Raises:
        MissingFileError, BrokenFileError: it is not there, or no such file.
    """
    head, *lines = read_text(path).splitlines() or [""]
    header = _json(path, head, 1)
    _check_header(path, header)
    records = tuple(_json(path, line, number) for number, line in enumerate(lines, start=2) if line)
    return Exchanged(records, _tags(path, header))


def write_csv(path: Path, exchanged: Exchanged) -> int:
    """A row per case; what is more than one value is JSON in its cell."""
    held = io.StringIO(newline="")
    writer = csv.DictWriter(held, [*CASE_COLUMNS, *PARTS])
    writer.writeheader()
    for record in exchanged.records:
        writer.writerow({name: _cell(record[name]) for name in (*CASE_COLUMNS, *PARTS)})
    write_whole(path, held.getvalue().encode())
    return len(exchanged.records)


def read_csv(path: Path) -> Exchanged:
    """The inverse of `write_csv`, but for the set of tags, which it does not carry.

    Raises:
        MissingFileError, BrokenFileError: it is not there, or no such file.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True))
    except csv.Error as error:
        raise BrokenFileError(path, f"it is no whole CSV ({error})") from error
    if rows and set(rows[0]) | LATER_PARTS != {*CASE_COLUMNS, *PARTS}:
        raise BrokenFileError(path, "its columns are not those of an export of cases")
    return Exchanged(tuple(_from_cells(path, row, n) for n, row in enumerate(rows, start=2)), ())


def write_coco(path: Path, exchanged: Exchanged) -> int:
    """COCO's lists, with `bbox3d` in aligned metres; see `coco_lists`."""
    document = {
        "info": {
            "description": "annotated cases of 3D visual grounding",
            "form": FORM,
            "version": VERSION,
            "convention": "bbox3d = [cx, cy, cz, dx, dy, dz, yaw]: metres in ScanNet's aligned "
            "frame, z up, yaw in radians about z; segmentation and bbox: pixels of the frame",
        },
        **coco_lists(exchanged.records),
        "cases": list(exchanged.records),
        "tags": tags_as_json(exchanged.tags),
    }
    write_whole(path, json.dumps(document, ensure_ascii=False, indent=1).encode())
    return len(exchanged.records)


def read_coco(path: Path) -> Exchanged:
    """The inverse of `write_coco`.

    Raises:
        MissingFileError, BrokenFileError: it is not there, or no such file.
    """
    document = _json(path, read_text(path), 1)
    header = document.get("info")
    if not isinstance(header, dict) or not isinstance(document.get("cases"), list):
        raise BrokenFileError(path, "it is no COCO-like export of cases")
    _check_header(path, {**header, "tags": document.get("tags")})
    return Exchanged(tuple(document["cases"]), _tags(path, document))


def write_scanrefer(path: Path, exchanged: Exchanged) -> int:
    """ScanRefer's rows of the cases whose ground truth holds; a mended box goes along as `bbox`.

    Only the official keys and `bbox` (centre and size, aligned metres; of a turned box, that of the
    axis-aligned one around it): what reads ScanRefer's files reads this one.
    """
    rows = []
    for record in exchanged.records:
        mended = [box for box in record["boxes"] if box["role"] == "mended"]
        wrong = any(verdict["verdict"] == "wrong" for verdict in record["verdicts"])
        if (wrong and not mended) or record["target_id"] is None:
            continue
        row = {
            "scene_id": record["scene_id"],
            "object_id": str(record["target_id"]),
            "object_name": record["target_label"].replace(" ", "_"),
            "ann_id": record["ann_id"],
            "description": record["expression"],
            "token": record["expression"].lower().split(),
        }
        if mended:
            last = mended[-1]
            box = TurnedBox(tuple(last["center"]), tuple(last["size"]), last["yaw_rad"])
            row["bbox"] = box.hull.as_row().tolist()
        rows.append(row)
    write_whole(path, json.dumps(rows, ensure_ascii=False, indent=1).encode())
    return len(rows)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is whole or not there.

    Raises:
        RefusedPathError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        MissingFileError, BrokenFileError, RefusedPathError: it is not there, not UTF-8, or refused.
    """
    try:
        # As it is: a CSV cell may hold line ends of its own.
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise MissingFileError(path, what="the file of cases", remedy="Check its name") from error
    except UnicodeDecodeError as error:
        raise BrokenFileError(path, "it is not UTF-8 text") from error
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def _json(path: Path, line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(path, f"line {number} is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise BrokenFileError(path, f"line {number} is no JSON object")
    return value


def _check_header(path: Path, header: Mapping[str, Any]) -> None:
    if header.get("form") != FORM or not isinstance(header.get("tags"), list):
        raise BrokenFileError(path, "it is no export of cases")
    if header.get("version") != VERSION:
        raise NotSupportedError(
            f"{path} is of version {header.get('version')}, this program reads {VERSION}",
            remedy="Update WhatWhere",
        )


def _tags(path: Path, document: Mapping[str, Any]) -> tuple[Tag, ...]:
    try:
        return tags_from_json(document["tags"])
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenFileError(path, f"its set of tags is broken ({error})") from error


def _cell(value: Any) -> Any:
    # JSON also for what is missing, so that "no object" is not mistaken for an empty text.
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _from_cells(path: Path, row: Mapping[str, str], number: int) -> Record:
    texts = {"case_id", "data", "split", "split_hash", "scene_id", "ann_id", "target_label"} | {
        "expression",
        "model",
        "model_hash",
    }
    try:
        return {name: cell if name in texts else json.loads(cell) for name, cell in row.items()}
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenFileError(path, f"line {number} is no row of cases ({error})") from error
