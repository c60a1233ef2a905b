"""The case of the first start: what is written of it holds."""

from hashlib import sha256
from pathlib import Path

import pytest

from whatwhere.assets import asset
from whatwhere.demo.palette import DULL, VIVID
from whatwhere.demo.shipped import shipped_rooms
from whatwhere.demo.showcase import CHEATING, CURED, read_showcase
from whatwhere.errors import BrokenFileError
from whatwhere.scenes.opening import open_scene

MODALITIES = ("fused", "2d", "3d")


@pytest.mark.parametrize("name", [CHEATING, CURED])
def test_a_model_of_the_pair_is_small_and_the_one_that_was_measured(name: str) -> None:
    weights = asset("models", name, "model.safetensors").read_bytes()
    assert len(weights) <= 4 * 1024 * 1024
    digest = sha256(weights).hexdigest()
    assert getattr(read_showcase(), name).weights == digest
    assert digest in asset("models", name, "card.md").read_text()


def test_the_case_separates_a_cheat_from_a_cure() -> None:
    case = read_showcase()
    assert case.rival_colour in VIVID
    assert case.target_colour in DULL
    assert case.cheating.fused == case.cheating.appearance == case.rival
    assert case.cured.fused == case.target
    assert case.cheating.geometry == case.cured.geometry == case.target
    # Both have exchanged colours: the vivid one stands where the target stands.
    assert case.cheating.exchanged == case.cured.exchanged == case.target


def test_the_shipped_pair_answers_as_it_is_written() -> None:
    from whatwhere.models.registry import load_spatial_grounder

    case = read_showcase()
    room = next(room for room in shipped_rooms() if room.name == case.room)
    scene = open_scene(room.path)
    cheating, cured = (load_spatial_grounder(name, device="cpu") for name in (CHEATING, CURED))
    seen = cheating.encode(scene)
    cured.share_look(cheating)
    found = {
        CHEATING: cheating.ground(seen, case.sentence, MODALITIES),
        CURED: cured.ground(cured.encode(scene), case.sentence, MODALITIES),
    }
    for name, answers in found.items():
        said = getattr(case, name)
        ids = [answers[modality].best.object_id for modality in MODALITIES]
        assert ids == [said.fused, said.appearance, said.geometry]
        assert answers["fused"].best.score > -0.7  # twice as likely as not
        assert not answers.warnings


@pytest.mark.parametrize(
    ("content", "fault"),
    [("{", "JSON"), ("{}", "room"), ('{"room": "cellar"}', "room")],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "showcase.json"
    path.write_text(content)
    with pytest.raises(BrokenFileError, match=rf"showcase.json: .*{fault}.* Install whatwhere"):
        read_showcase(path)
