import numpy as np
import pytest

from whatwhere.errors import ExpressionError
from whatwhere.models.batches import best_of_all
from whatwhere.models.candidates import best, ranked
from whatwhere.models.grounder import MODALITIES, Capabilities, Grounding, GroundingResult
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals

TEXTS = ["the red chair by the wall", "the chair", "the left chair near the other chair there"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory, write_scan, write_tiny_model):
    folder = tmp_path_factory.mktemp("batches")
    scene = open_scene(write_scan(folder / "scans"))
    grounder = load_grounder(write_tiny_model(folder / "model", " ".join(TEXTS)), device="cpu")
    return grounder, scene, grounder.encode(scene)


def test_many_sentences_in_one_pass_are_answered_as_one_by_one(asked):
    grounder, scene, encoding = asked
    scores = grounder.log_probs_of_all(encoding, TEXTS, MODALITIES)
    assert scores.shape == (len(MODALITIES), len(TEXTS), len(encoding.proposals))
    found = best_of_all(grounder, scene.scene_id, encoding, TEXTS, MODALITIES)
    for column, (text, each) in enumerate(zip(TEXTS, found, strict=True)):
        single = grounder.ground(encoding, text, MODALITIES)
        for row, modality in enumerate(MODALITIES):
            alone = {item.proposal: item.score for item in single[modality].candidates}
            in_batch = dict(enumerate(scores[row, column].tolist()))
            assert in_batch == pytest.approx(alone, abs=1e-4)
            assert each[modality].proposal == single[modality].best.proposal


def test_passes_are_split_where_candidates_are_many(asked, monkeypatch):
    grounder, _, encoding = asked
    whole = grounder.log_probs_of_all(encoding, TEXTS, ("fused", "2d"))
    monkeypatch.setattr("whatwhere.models.predictor._PAIRS_PER_PASS", 1)
    parts = grounder.log_probs_of_all(encoding, TEXTS, ("fused", "2d"))
    assert parts == pytest.approx(whole, abs=1e-4)


def test_one_that_cannot_be_asked_leaves_the_others_answered(asked):
    grounder, scene, encoding = asked
    found = best_of_all(grounder, scene.scene_id, encoding, ["the chair", "?!"], ("fused",))
    assert list(found[0]) == ["fused"]
    assert found[1] == {}


@pytest.mark.parametrize("values", [[-1.0, -0.5, -3.0], [-1.0, -1.0, -1.0], [-2.0, -1.0, -1.0]])
def test_the_best_is_the_first_of_the_ranking(asked, values):
    _, scene, encoding = asked
    proposals = [*encoding.proposals, encoding.proposals[0]]
    scores = np.array(values, np.float32)
    for text in TEXTS:
        first = ranked(scene.scene_id, proposals, scores, text)[0]
        assert best(scene.scene_id, proposals, scores, text) == first


class OneByOne:
    """A model without batches, which knows no lamps."""

    name, device, num_parameters = "one", "cpu", 0
    capabilities = Capabilities(("fused",))

    def ground(self, encoding, text, modalities):
        if "lamp" in text:
            raise ExpressionError("no lamps", remedy="Ask for a chair")
        return GroundingResult({"fused": Grounding("fused", encoding)})


def test_a_model_without_batches_is_asked_one_by_one(asked):
    _, scene, _ = asked
    candidates = ranked(scene.scene_id, annotation_proposals(scene), np.zeros(2, np.float32), "x")
    found = best_of_all(OneByOne(), scene.scene_id, candidates, ["chair", "lamp"], ("fused",))
    assert found == [{"fused": candidates[0]}, {}]
