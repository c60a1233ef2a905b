"""A model says when it is given more candidates than it looks at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.models import predictor
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.words import Words
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, UserBoxes, box_source_of

TEXT = "the chair"


@pytest.fixture
def grounder(tiny_network: Callable[..., SpatialVLM]) -> SpatialGrounder:
    words = Words.from_texts([TEXT])
    return SpatialGrounder(tiny_network(words), words, name="random", device="cpu")


def boxes(count: int) -> tuple[Proposal, ...]:
    """Ever larger boxes along the wall."""
    return tuple(
        Proposal(i, Box((0.1 * i, 3.0, 0.0), (0.1 + 0.1 * i,) * 3), "annotation", i, "box")
        for i in range(count)
    )


def test_the_drawn_and_the_largest_stay_and_the_rest_is_told(
    grounder: SpatialGrounder,
    write_scan: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predictor, "MAX_CANDIDATES", 3)
    scene = open_scene(write_scan(tmp_path))
    drawn = UserBoxes((Proposal(0, Box((0.0, 3.0, 0.0), (0.05,) * 3), "user", None, "R1"),))
    encoding = grounder.encode(scene, drawn.among(boxes(5)))
    assert [item.proposal for item in encoding.proposals] == [3, 4, 5]
    assert box_source_of(encoding.proposals) == "annotation+user"
    result = grounder.ground(encoding, TEXT)
    assert "The model looked at 3 of 6 candidates" in result.warnings[0]
    assert {item.proposal for item in result.groundings["fused"].candidates} == {3, 4, 5}
    assert not any(
        "looked at" in warning
        for warning in grounder.ground(grounder.encode(scene, boxes(3)), TEXT).warnings
    )
