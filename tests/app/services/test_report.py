"""A report holds what helps to find a fault, and nothing of the scenes."""

import json
import zipfile
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere_app.presenters.report import ReportPresenter
from whatwhere_app.services.report import machine_facts, report_parts, without_folders
from whatwhere_app.settings import Settings
from whatwhere_app.stored import write_value


def gathered(folder: Path) -> tuple:
    """The parts of a report with a long log, a missing one, and settings full of paths."""
    log = folder / "window.log"
    log.write_bytes(b"old line\n" * 20_000 + b"\xff/home/someone/secret/scene0000_00: broken\n")
    settings = folder / "settings.json"
    write_value(Settings(recent_scenes=("/home/someone/secret/scene0000_00",)), settings)
    return report_parts([log, folder / "none.log"], settings, machine_facts())


def test_it_holds_log_ends_versions_and_settings_but_no_folders(tmp_path: Path) -> None:
    view = MagicMock()
    presenter = ReportPresenter(view, gather=lambda: gathered(tmp_path))
    presenter.preview()
    path = tmp_path / "report.zip"
    presenter.save(path)
    assert "Nothing was sent" in view.show_report.call_args.args[0]
    rows, texts = view.show_parts.call_args.args
    with zipfile.ZipFile(path) as archive:
        saved = {name: archive.read(name) for name in archive.namelist()}
    # Exactly what was shown is saved.
    assert list(saved) == [row.text for row in rows]
    assert [data.decode() for data in saved.values()] == texts
    assert set(saved) == {"versions.json", "machine.json", "window.log", "settings.json"}
    assert len(saved["window.log"]) < 70_000
    assert saved["window.log"].endswith(b".../scene0000_00: broken\n")
    assert not [name for name, data in saved.items() if b"someone" in data]
    assert json.loads(saved["versions.json"])["vtk"][0].isdigit()
    assert json.loads(saved["settings.json"])["recent_scenes"] == [".../scene0000_00"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    view = MagicMock()
    presenter = ReportPresenter(view, gather=lambda: gathered(tmp_path))
    presenter.preview()
    presenter.save(tmp_path / "nowhere" / "report.zip")
    assert "could not be written" in view.show_report.call_args.args[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('File "/usr/lib/python3/x.py", line 3', 'File ".../x.py", line 3'),
        ("/a/b/c: gone", ".../c: gone"),
        ("3/4 of it, and/or more", "3/4 of it, and/or more"),
    ],
)
def test_folders_are_cut_from_text(text: str, left: str) -> None:
    assert without_folders(text) == left
