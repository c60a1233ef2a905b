import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for package in ("core/whatwhere", "app/whatwhere_app")
    for path in sorted((ROOT / package).rglob("*.py"))
}
HEAVY = {"torch", "transformers", "numpy", "scipy", "pydantic", "typer", "PIL", "vtk", "PySide6"}
REFUSED = {
    "pickle": "runs whatever a file says",
    "allow_pickle=True": "runs whatever an array file says",
    "trust_remote_code=True": "runs whatever a model folder says",
    "torch.load(": "reads pickles; weights are safetensors here",
    "vtkPLYReader": "crashes on broken files; plyfile reads them",
}
"""What must not stand in the sources, and why."""


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that one statement brings in."""
    said = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in said.stdout.split()}


def test_importing_the_package_is_light() -> None:
    assert loaded_by("import whatwhere") & HEAVY == set()


def test_opening_a_scene_from_python_needs_no_torch() -> None:
    assert loaded_by("import whatwhere; whatwhere.open_scene") & {"torch", "transformers"} == set()


def test_every_module_opens_with_a_docstring() -> None:
    assert [name for name, text in SOURCES.items() if not ast.get_docstring(ast.parse(text))] == []


def test_a_package_init_holds_its_docstring_only() -> None:
    # Import contracts do not see through a package's __init__, so nothing may hide there. The top
    # one gives the public names, each on first use.
    inits = {name: text for name, text in SOURCES.items() if name.endswith("/__init__.py")}
    del inits["core/whatwhere/__init__.py"]
    assert len(inits) > 10
    assert [name for name, text in inits.items() if len(ast.parse(text).body) != 1] == []


@pytest.mark.parametrize("word", sorted(REFUSED))
def test_no_source_does_what_is_refused(word: str) -> None:
    pattern = f"import {word}" if word == "pickle" else word
    assert [name for name, text in SOURCES.items() if pattern in text] == [], REFUSED[word]


def test_the_wheel_carries_code_and_assets() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["only-include"]) == {"core/whatwhere", "app/whatwhere_app", "assets"}
    assert wheel["sources"]["assets"] == "whatwhere/_assets"
