"""Cases as Parquet in the folder layout of Hugging Face datasets: `data/*.parquet` and a card."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whatwhere.annotations.exchange.forms import write_whole
from whatwhere.annotations.exchange.records import (
    FORM,
    VERSION,
    Exchanged,
    tags_as_json,
    tags_from_json,
)
from whatwhere.errors import BrokenFileError, MissingFileError, NotSupportedError, RefusedPathError
from whatwhere.files import replacing

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]

TABLE = Path("data", "train-00000-of-00001.parquet")
_META = b"whatwhere"


def write_parquet(folder: Path, exchanged: Exchanged) -> int:
    """Write the folder; gives the number of rows.

    Raises:
        NotSupportedError: pyarrow is not installed.
        RefusedPathError: it cannot be written.
    """
    pyarrow, parquet = _library()
    about = {"form": FORM, "version": VERSION, "tags": tags_as_json(exchanged.tags)}
    schema = _schema(pyarrow).with_metadata({_META: json.dumps(about).encode()})
    rows = [
        {**record, "seen": json.dumps(record["seen"], ensure_ascii=False)}
        for record in exchanged.records
    ]
    path = folder / TABLE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            parquet.write_table(pyarrow.Table.from_pylist(rows, schema), temporary)
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    write_whole(folder / "README.md", _card(len(rows)).encode())
    return len(rows)


def read_parquet(folder: Path) -> Exchanged:
    """The inverse of `write_parquet`.

    Raises:
        NotSupportedError: pyarrow is not installed.
        MissingFileError, BrokenFileError: there is no such folder.
    """
    pyarrow, parquet = _library()
    path = folder / TABLE
    if not path.is_file():
        raise MissingFileError(path, what="the table of cases", remedy="Name the folder around it")
    try:
        table = parquet.read_table(path)
        about = json.loads((table.schema.metadata or {})[_META])
        if about["form"] != FORM or about["version"] != VERSION:
            raise ValueError(f"form {about['form']}, version {about['version']}")
        rows = [{**row, "seen": json.loads(row["seen"])} for row in table.to_pylist()]
        return Exchanged(tuple(rows), tags_from_json(about["tags"]))
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(path, f"it is no export of cases ({error})") from error


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise NotSupportedError(
            "Parquet needs pyarrow, which is not installed",
            remedy="Install it with: pip install 'whatwhere[parquet]'",
        ) from error
    return pyarrow, parquet


def _schema(pa: "pyarrow") -> Any:
    text, number = pa.string(), pa.float64()
    numbers = pa.list_(number)

    def items(**columns: Any) -> Any:
        return pa.list_(pa.struct([*columns.items()]))

    return pa.schema(
        [
            *((name, text) for name in ("case_id", "data", "split", "split_hash")),
            ("row", pa.int64()),
            *((name, text) for name in ("scene_id", "ann_id")),
            ("target_id", pa.int64()),
            *((name, text) for name in ("target_label", "expression", "model", "model_hash")),
            ("seen", text),
            ("tags", items(annotator=text, tag_id=text, made_at=text)),
            ("notes", items(annotator=text, text=text, made_at=text)),
            ("seen_by", items(annotator=text, made_at=text)),
            ("verdicts", items(annotator=text, verdict=text, made_at=text)),
            (
                "boxes",
                items(
                    box_id=text, annotator=text, role=text, center=numbers, size=numbers,
                    yaw_rad=number, origin=text, made_at=text,
                ),
            ),
            (
                "regions",
                items(
                    region_id=text, annotator=text, frame=text, outline_px=pa.list_(numbers),
                    lifted=numbers, made_at=text,
                ),
            ),
            (
                "settlements",
                items(tag_id=text, holds=pa.bool_(), settled_by=text, made_at=text),
            ),
        ]
    )  # fmt: skip


def _card(num_rows: int) -> str:
    return f"""---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.parquet
---
# Annotated cases of 3D visual grounding

{num_rows} cases: a sentence, a model, and what annotators say of its answers. Boxes are centre and
size in metres, in ScanNet's aligned frame; `yaw_rad` turns them about z. Boxes and text only: no
pixel and no vertex of a scan is in here.
"""
