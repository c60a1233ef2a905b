"""What a model thinks of every candidate, for many sentences about one scan.

Shapes: M modalities, n sentences, K candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import Cancelled, ExpressionError
from whatwhere.models.batches import BatchGrounder
from whatwhere.models.grounder import Grounder, IsCancelled, Modality, SceneEncoding
from whatwhere.models.ranking import Scored

SENTENCES_PER_CALL = 64


@dataclass(frozen=True, slots=True, eq=False)
class RowScores:
    """Scores of given candidates.

    Attributes:
        log_probs: modality -> (n, K) natural log-probabilities; -inf for one without.
        answered: modality -> (n,) bool.
    """

    log_probs: dict[Modality, NDArray[np.float32]]
    answered: dict[Modality, NDArray[np.bool_]]


def row_scores(
    grounder: Grounder,
    encoding: SceneEncoding,
    texts: Sequence[str],
    modalities: Sequence[Modality],
    is_cancelled: IsCancelled,
) -> RowScores:
    """Ask a model that chooses among candidates; one sentence without an answer fails no other.

    Raises:
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    shape = (len(texts), len(encoding.proposals))
    log_probs = {name: np.full(shape, -np.inf, np.float32) for name in modalities}
    answered = {name: np.zeros(len(texts), bool) for name in modalities}
    for start in range(0, len(texts), SENTENCES_PER_CALL):
        if is_cancelled():
            raise Cancelled("The diagnosis")
        part = slice(start, start + SENTENCES_PER_CALL)
        if isinstance(grounder, BatchGrounder):
            try:
                table = grounder.log_probs_of_all(encoding, texts[part], modalities)
            except ExpressionError:
                pass  # one of them cannot be asked: find out which, one by one
            else:
                for name, rows in zip(modalities, table, strict=True):
                    log_probs[name][part], answered[name][part] = rows, True
                continue
        for row in range(start, min(start + SENTENCES_PER_CALL, len(texts))):
            _ask_one(grounder, encoding, texts[row], row, log_probs, answered)
    return RowScores(log_probs, answered)


def found_boxes(
    grounder: Grounder,
    encoding: SceneEncoding,
    texts: Sequence[str],
    modalities: Sequence[Modality],
    is_cancelled: IsCancelled,
) -> dict[str, list[Scored | None]]:
    """Ask a model that finds boxes of its own: what it says to each sentence, best first.

    Raises:
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    found: dict[str, list[Scored | None]] = {name: [] for name in modalities}
    for text in texts:
        if is_cancelled():
            raise Cancelled("The diagnosis")
        try:
            groundings = grounder.ground(encoding, text, modalities).groundings
        except ExpressionError:
            groundings = {}
        for name in modalities:
            answer = groundings.get(name)
            found[name].append(
                None
                if answer is None
                else Scored(
                    tuple(item.box for item in answer.candidates),
                    tuple(item.score for item in answer.candidates),
                )
            )
    return found


def _ask_one(
    grounder: Grounder,
    encoding: SceneEncoding,
    text: str,
    row: int,
    log_probs: dict[Modality, NDArray[np.float32]],
    answered: dict[Modality, NDArray[np.bool_]],
) -> None:
    place_of = {item.proposal: place for place, item in enumerate(encoding.proposals)}
    try:
        groundings = grounder.ground(encoding, text, tuple(log_probs)).groundings
    except ExpressionError:
        return
    for name, grounding in groundings.items():
        answered[name][row] = True
        for candidate in grounding.candidates:
            log_probs[name][row, place_of[candidate.proposal]] = candidate.score
