import pytest

from whatwhere.bench.cure.same_settings import train_alike
from whatwhere.training.config import read_config


@pytest.mark.parametrize(
    ("preset", "changed", "alike"),
    [
        ("plain", {}, True),
        ("plain", {"ramp_to": "0.7", "ablated_share": "0.1", "opponent_margin": "3"}, True),
        ("plain", {"seed": "1"}, False),
        ("plain", {"exchange_share": "0.5"}, False),
        ("w2r2-within-class", {"opponent_margin": "3"}, True),
        ("w2r2-within-class", {"ramp_to": "0.7"}, False),
        ("w2r2-within-class", {"margin": "0.1"}, False),
        ("debias-opponent", {"opponent_margin": "3"}, False),
    ],
)
def test_only_settings_with_an_effect_count(preset: str, changed: dict[str, str], alike: bool):
    stored = read_config(preset).model_dump(mode="json")
    assert train_alike(stored, read_config(preset, changed)) == alike


def test_a_setting_that_was_not_there_yet_must_be_at_its_default():
    stored = read_config("plain").model_dump(mode="json")
    del stored["exchange_share"]
    assert train_alike(stored, read_config("plain"))
    assert not train_alike(stored, read_config("plain", {"exchange_share": "1"}))
