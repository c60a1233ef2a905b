"""Many sentences about a scene, as an evaluation asks them."""

from tiny_models import TEXT

from whatwhere.models.batches import best_of_all


def test_many_sentences_are_answered_as_one_by_one(grounder, make_encoding):
    encoding, modalities, texts = make_encoding(grounder), ("fused", "2d"), [TEXT, "what is red"]
    found = best_of_all(grounder, encoding.scene_id, encoding, texts, modalities)
    for text, best in zip(texts, found, strict=True):
        single = grounder.ground(encoding, text, modalities)
        assert [best[name].proposal for name in modalities] == [
            single[name].best.proposal for name in modalities
        ]
