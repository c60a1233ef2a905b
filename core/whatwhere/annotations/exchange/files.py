"""The forms of files that cases are exchanged in, by name and by path."""

from pathlib import Path

from whatwhere.annotations.exchange.forms import (
    FileForm,
    read_coco,
    read_csv,
    read_jsonl,
    write_coco,
    write_csv,
    write_jsonl,
    write_scanrefer,
)
from whatwhere.annotations.exchange.parquet import read_parquet, write_parquet
from whatwhere.annotations.exchange.records import Exchanged
from whatwhere.annotations.exchange.solids import write_solids
from whatwhere.errors import ConfigError


def _write_boxes(path: Path, exchanged: Exchanged) -> int:
    return write_solids(path, exchanged).num_boxes


FORMS: dict[str, FileForm] = {
    form.name: form
    for form in (
        FileForm("jsonl", ".jsonl", write_jsonl, read_jsonl),
        FileForm("csv", ".csv", write_csv, read_csv),
        FileForm("coco", ".coco.json", write_coco, read_coco),
        FileForm("scanrefer", ".scanrefer.json", write_scanrefer, None, "sentence"),
        FileForm("parquet", "", write_parquet, read_parquet),
        FileForm("glb", ".glb", _write_boxes, None, "box", carries_scans=True),
        FileForm("ply", ".ply", _write_boxes, None, "box", carries_scans=True),
    )
}


def form_of(path: Path, name: str | None = None) -> FileForm:
    """The form that is named, or that a path has by its ending; a folder is Parquet's.

    Raises:
        ConfigError: there is no such form.
    """
    if name is not None:
        if name not in FORMS:
            raise ConfigError(f"{name!r} is no form of cases", remedy=_CHOICES)
        return FORMS[name]
    for form in FORMS.values():
        if form.suffix and path.name.endswith(form.suffix):
            return form
    if path.is_dir() or not path.suffix:
        return FORMS["parquet"]
    if path.suffix == ".json":
        return FORMS["coco"]
    raise ConfigError(f"{path}: its ending tells no form", remedy=_CHOICES)


_CHOICES = f"Name one of {', '.join(FORMS)} with --form"
