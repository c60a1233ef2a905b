"""The grounder's training data: encoded scenes and tokenised sentences as flat tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.models.spatial_vlm.encoding import (
    SpatialEncoding,
    pool_candidates,
    scene_tensors,
    shuffled,
    tower_features,
)
from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.models.vision import VisionTower
from whatwhere.models.words import Words
from whatwhere.training.rooms import Room

MAX_ANCHORS = 2


@dataclass(slots=True)
class Samples:
    """A split, ready for batches.

    Shapes: G scenes, K candidates, M sentences, W words, A anchors.

    Attributes:
        scenes: G scenes, then the same G with positions shuffled.
        class_ids_GK: index into the class list, -1 for padding.
        colour_ids_GK: index into the colour list, -1 for padding or unknown.
        scene_M: scene of each sentence, in [0, G).
        token_ids_MW: padded.
        length_M: words including `<ground>`.
        target_M: candidate index.
        anchors_MA: candidate indices, -1 where there is none.
        skills: (M,) names.
        lookalikes_M: candidates of the target's class, the target included.
    """

    scenes: SceneTensors
    class_ids_GK: Tensor
    colour_ids_GK: Tensor
    scene_M: Tensor
    token_ids_MW: Tensor
    length_M: Tensor
    target_M: Tensor
    anchors_MA: Tensor
    skills: NDArray[np.str_]
    lookalikes_M: Tensor

    @property
    def num_scenes(self) -> int:
        """G."""
        return len(self.class_ids_GK)


def make_samples(
    rooms: Sequence[Room],
    tower: VisionTower,
    words: Words,
    *,
    classes: Sequence[str],
    colours: Sequence[str],
) -> Samples:
    """Run the (now frozen) tower once over every room and tokenise every sentence."""
    encodings = [encode_room(room, tower) for room in rooms]
    scenes = scene_tensors([*encodings, *map(shuffled, encodings)])
    num_candidates = scenes.mask_GK.shape[1]
    rows = [
        (scene, room, expression)
        for scene, room in enumerate(rooms)
        for expression in room.expressions
    ]
    tokens = [words.encode(expression.text)[0] for _, _, expression in rows]
    width = max(map(len, tokens))
    targets, anchors, lookalikes = [], [], []
    for _, room, expression in rows:
        index = {proposal.object_id: i for i, proposal in enumerate(room.proposals)}
        target = index[expression.target_id]
        found = [index[a] for a in expression.anchor_ids if a in index][:MAX_ANCHORS]
        targets.append(target)
        anchors.append(found + [-1] * (MAX_ANCHORS - len(found)))
        lookalikes.append(room.classes.count(room.classes[target]))
    return Samples(
        scenes=scenes,
        class_ids_GK=_ids([room.classes for room in rooms], classes, num_candidates),
        colour_ids_GK=_ids([room.colours for room in rooms], colours, num_candidates),
        scene_M=torch.tensor([scene for scene, _, _ in rows]),
        token_ids_MW=torch.tensor([t + [words.pad_id] * (width - len(t)) for t in tokens]),
        length_M=torch.tensor([len(t) for t in tokens]),
        target_M=torch.tensor(targets),
        anchors_MA=torch.tensor(anchors),
        skills=np.array([expression.skill or "" for _, _, expression in rows]),
        lookalikes_M=torch.tensor(lookalikes),
    )


def encode_room(room: Room, tower: VisionTower) -> SpatialEncoding:
    """What `SpatialGrounder.encode` makes of a scene, from what was already read."""
    return pool_candidates(
        room.scene_id,
        room.views,
        room.proposals,
        features=tower_features(tower, room.views.images),
        shares=room.shares.astype(np.float32),
    )


def _ids(names: Sequence[Sequence[str]], known: Sequence[str], width: int) -> Tensor:
    index = {name: i for i, name in enumerate(known)}
    rows = [[index.get(name, -1) for name in row] for row in names]
    return torch.tensor([row + [-1] * (width - len(row)) for row in rows])
