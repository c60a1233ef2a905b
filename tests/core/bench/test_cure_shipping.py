"""Which folders may become the shipped pair; what is shipped is looked at in test_showcase."""

from pathlib import Path

import pytest

from whatwhere.bench.cure.shipping import ship
from whatwhere.errors import ModelError

REPORT = Path(__file__).parents[2] / "reports" / "cure"


@pytest.mark.parametrize(
    ("name", "fault"),
    [("my-model", "not named after a run"), ("plain-s77", "no answers of plain-s77")],
)
def test_only_runs_of_the_experiment_ship(tmp_path: Path, name: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        ship(tmp_path / name, tmp_path / name, REPORT, say=lambda line: None)
