import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import whatwhere
from whatwhere.assets import asset
from whatwhere.errors import MissingFileError

ROOT = Path(__file__).resolve().parents[1]


def test_a_checkout_serves_its_assets_folder() -> None:
    assert asset("presets", "default.toml") == ROOT / "assets" / "presets" / "default.toml"
    assert asset("presets").is_dir()


def test_a_wheel_serves_what_lies_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "whatwhere"
    shutil.copytree(Path(whatwhere.__file__).parent, package)
    (package / "_assets" / "rooms").mkdir(parents=True)
    said = subprocess.run(
        [sys.executable, "-c", "from whatwhere.assets import asset; print(asset('rooms'))"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(package / "_assets" / "rooms")


@pytest.mark.parametrize(
    "parts", [("rooms", "no such room"), ("..", "pyproject.toml"), ("models", "/etc/passwd")]
)
def test_what_does_not_ship_is_refused_by_name(parts: tuple[str, ...]) -> None:
    with pytest.raises(MissingFileError, match=r"Install whatwhere again") as caught:
        asset(*parts)
    assert parts[-1] in str(caught.value)


def test_assets_stay_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in (ROOT / "assets").rglob("*") if path.is_file()]
    assert sum(sizes) < 40e6
