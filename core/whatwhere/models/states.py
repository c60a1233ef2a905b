"""The hidden states that answers are read from, for those models that show them."""

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import NotSupportedError
from whatwhere.models.grounder import Grounder, Modality, SceneEncoding


class Stateful(Grounder, Protocol):
    """A grounder that shows the states that its answers are read from; its capabilities say so."""

    def states_of_all(
        self,
        encoding: SceneEncoding,
        texts: Sequence[str],
        modalities: Sequence[Modality],
        candidates: Sequence[int],
    ) -> NDArray[np.float32]:
        """(M, R, D): modalities, sentences, width; the last layer's state of a candidate.

        A candidate's score is read from it, against the state at `<ground>`, which in a trained
        `spatial_vlm` is the same in every modality: it holds the sentence.

        Args:
            encoding: made by this model.
            texts: R sentences.
            modalities: M ways of perceiving the scene.
            candidates: R indices, the candidate that is looked at for each sentence.

        Raises:
            ExpressionError: a sentence is empty.
        """


def as_stateful(grounder: Grounder) -> Stateful:
    """The same model, which shows its states.

    Raises:
        NotSupportedError: it does not.
    """
    if not grounder.capabilities.has_states:
        raise NotSupportedError(
            f"{grounder.name} does not show the states that its answers are read from",
            remedy="Leave states out, or use a spatial_vlm or a frame_vlm",
        )
    return cast("Stateful", grounder)
