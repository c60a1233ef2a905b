"""Many sentences about many scenes, where a scene is looked up when it is its turn.

Shapes: R sentences, K candidates, F frames, h x w tokens, L levels, D width.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from whatwhere.models.frame_vlm.sights import Sight, Sights
from whatwhere.models.spatial_vlm.modality import Senses
from whatwhere.models.spatial_vlm.model import SentenceTensors

Tokens = TypeVar("Tokens")
Made = TypeVar("Made", covariant=True)

MAX_PACKED = 32
"""Sentences in one pass; what they see of each other grows with the square."""
_EXCLUDED = -1e9


class Reading(Protocol[Made]):
    """What a network makes of a scene."""

    def features(self, sight: Sight) -> Tensor:
        """(F, h, w, L, D) of the frames of a sight; the same for all sights of a room."""

    def tokens(self, sight: Sight, features_FyxLD: Tensor) -> Made:
        """What enters the language model."""


def scored(
    reading: Reading[Tokens],
    scenes: Sights,
    sentences: SentenceTensors,
    score: Callable[[Tokens, Senses, SentenceTensors], Tensor],
) -> Tensor:
    """(R, K) log-probabilities of the candidates of every sentence's scene.

    Args:
        reading: the network.
        scenes: asked for one by one, those of a room after each other.
        sentences: what is asked.
        score: at most `MAX_PACKED` of them about one scene, as one modality perceives it.
    """
    asked: dict[tuple[int, int, float, float], list[int]] = {}
    columns = (sentences.scene_R, sentences.appearance_R, sentences.geometry_R)
    for row, key in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        asked.setdefault((scenes.room(key[0]), *key), []).append(row)
    num_candidates = scenes.mask_GK.shape[1]
    found: list[Tensor] = []
    order: list[int] = []
    features: tuple[int, Tensor] | None = None
    last: tuple[int, Tokens] | None = None
    for (room, scene, appearance, geometry), rows in sorted(asked.items()):
        if last is None or last[0] != scene:
            sight = scenes.sight(scene)
            if features is None or features[0] != room:
                features = room, reading.features(sight)
            last = scene, reading.tokens(sight, features[1])
        senses = Senses(appearance, geometry)
        for some in torch.tensor(rows).split(MAX_PACKED):
            log_probs = score(last[1], senses, sentences.rows(some.to(sentences.scene_R.device)))
            missing = num_candidates - log_probs.shape[1]
            found.append(pad(log_probs, (0, missing), value=_EXCLUDED))
            order += some.tolist()
    back = torch.tensor(order).argsort().to(sentences.scene_R.device)
    return torch.cat(found)[back]
