"""The best candidate of many sentences about one scene, in as few passes as a model allows."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ExpressionError
from whatwhere.models.candidates import best
from whatwhere.models.grounder import Candidate, Grounder, Modality, SceneEncoding

Best = dict[Modality, Candidate]
"""What each modality chose; empty where the model has no answer to the sentence."""


@runtime_checkable
class BatchGrounder(Protocol):
    """A grounder that takes many sentences about a scene in one pass."""

    def log_probs_of_all(
        self, encoding: SceneEncoding, texts: Sequence[str], modalities: Sequence[Modality]
    ) -> NDArray[np.float32]:
        """(M, R, K) natural log-probabilities: modalities, sentences, candidates.

        Raises:
            ExpressionError: a sentence is empty.
        """


def best_of_all(
    grounder: Grounder,
    scene_id: str,
    encoding: SceneEncoding,
    texts: Sequence[str],
    modalities: Sequence[Modality],
) -> list[Best]:
    """The best candidate of each sentence in each modality, as `Grounder.ground` would choose it.

    Raises:
        WhatWhereError: the model failed; that it has no answer to a sentence is no failure.
    """
    if isinstance(grounder, BatchGrounder):
        try:
            scores = grounder.log_probs_of_all(encoding, texts, modalities)
        except ExpressionError:
            pass  # one of them cannot be asked: find out which, one by one
        else:
            return [
                {
                    modality: best(scene_id, encoding.proposals, scores[row, column], text)
                    for row, modality in enumerate(modalities)
                }
                for column, text in enumerate(texts)
            ]
    return [_one(grounder, encoding, text, modalities) for text in texts]


def _one(
    grounder: Grounder, encoding: SceneEncoding, text: str, modalities: Sequence[Modality]
) -> Best:
    try:
        result = grounder.ground(encoding, text, modalities)
    except ExpressionError:
        return {}
    return {modality: grounding.best for modality, grounding in result.groundings.items()}
