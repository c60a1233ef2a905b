import json

import pytest

from whatwhere.models.model_card import card_of, figures_of, trained_on


def test_a_card_comes_without_its_front_matter(tmp_path):
    assert card_of(tmp_path) == ""
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n\n# mine\n\nGood.\n")
    assert card_of(tmp_path) == "# mine\n\nGood."
    (tmp_path / "card.md").write_text("# ours\n")
    assert card_of(tmp_path) == "# ours"


def test_figures_and_data_are_read_from_what_training_wrote(tmp_path):
    rows = [{"n": 1234, "accuracy": {"fused": {"value": 0.94917}, "2d": {"value": 0.5}}}]
    (tmp_path / "metrics.json").write_text(json.dumps({"split": "test", "rows": rows}))
    (tmp_path / "config.json").write_text(
        json.dumps({"extra": {"trained_on": {"what": "demo\n rooms"}}})
    )
    assert figures_of(tmp_path) == "fused 94.9 %, 2D 50.0 % of 1,234 sentences (test)"
    assert trained_on(tmp_path) == "demo rooms"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"rows": [], "extra": 3}', '{"rows": [{}]}'])
def test_whatever_else_lies_there_says_nothing(tmp_path, text):
    for name in ("metrics.json", "config.json"):
        (tmp_path / name).write_text(text)
    assert figures_of(tmp_path) == ""
    assert trained_on(tmp_path) == ""
