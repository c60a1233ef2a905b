"""A report for whoever is to find a fault: logs, versions, OpenGL, settings; no scene data."""

import io
import json
import os
import platform
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from whatwhere.files import replacing

_TAIL_BYTES = 64 * 1024
_PACKAGES = (
    *("whatwhere", "numpy", "pillow", "plyfile", "pydantic", "scipy"),
    *("PySide6-Essentials", "pyvista", "pyvistaqt", "qasync", "vtk", "torch", "transformers"),
)
_VARIABLES = ("QT_*", "XDG_SESSION_TYPE", "LIBGL_*", "MESA_*", "VTK_*", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One file of a report.

    Attributes:
        name: in the archive.
        what: it holds, for people.
        data: as it will be written.
    """

    name: str
    what: str
    data: bytes


def report_parts(
    logs: Sequence[Path], settings: Path, facts: Mapping[str, str]
) -> tuple[ReportPart, ...]:
    """Everything that a report holds.

    Args:
        logs: files whose ends are taken; those that do not exist are left out.
        settings: the settings file; of its paths only the last names stay.
        facts: name -> value, e.g. what OpenGL says of itself.
    """
    parts = [
        ReportPart("versions.json", "versions of the program and its packages", _json(_versions())),
        ReportPart("machine.json", "system, processor, OpenGL, graphics variables", _json(facts)),
    ]
    parts += [
        ReportPart(path.name, f"the last {_TAIL_BYTES // 1024} kB of this log", _tail(path))
        for path in logs
        if path.is_file()
    ]
    if settings.is_file():
        text = without_folders(settings.read_text(encoding="utf-8", errors="replace"))
        parts.append(ReportPart(settings.name, "your settings, without folders", text.encode()))
    return tuple(parts)


def write_report(parts: Sequence[ReportPart], path: Path) -> None:
    """Put the parts into a zip file, at once or not at all.

    Raises:
        OSError: it cannot be written there.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for part in parts:
            file.writestr(part.name, part.data)
    with replacing(path) as temporary:
        temporary.write_bytes(archive.getvalue())


def machine_facts() -> dict[str, str]:
    """System and processor, and the variables that change how windows are drawn."""
    wanted = re.compile("|".join(name.replace("*", ".*") for name in _VARIABLES))
    variables = {name: value for name, value in os.environ.items() if wanted.fullmatch(name)}
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        **variables,
    }


def without_folders(text: str) -> str:
    """The text with every absolute path cut down to its last name."""
    return re.sub(r'(?<![\w/.])/(?:[^/\s"\':,]+/)+', ".../", text)


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return without_folders(text).encode()


def _json(values: Mapping[str, str]) -> bytes:
    return json.dumps(dict(values), indent=1).encode() + b"\n"
