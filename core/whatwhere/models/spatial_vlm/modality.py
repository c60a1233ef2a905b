"""Which terms of a token each modality keeps.

The network knows nothing of modality names: it gets three switches per sentence. A switch at 0
replaces its term by a learned "absent" vector exactly, to the bit (`torch.lerp` returns its end
points unchanged), which is what makes the contracts of the modalities hold.
"""

from dataclasses import dataclass

from whatwhere.models.grounder import Modality


@dataclass(frozen=True, slots=True)
class Senses:
    """What one forward pass may perceive.

    Attributes:
        appearance: 1 keeps the colour features of the candidates, 0 replaces them.
        geometry: the share alpha in [0, 1] of every geometry term; 0 is the 2D-only pass.
        shuffled: True takes the positions of the candidates from a permutation of them.
    """

    appearance: float
    geometry: float
    shuffled: bool = False


SENSES: dict[Modality, Senses] = {
    "fused": Senses(appearance=1, geometry=1),
    "2d": Senses(appearance=1, geometry=0),
    "3d": Senses(appearance=0, geometry=1),
    "blind": Senses(appearance=0, geometry=0),
    "shuffled": Senses(appearance=1, geometry=1, shuffled=True),
}
