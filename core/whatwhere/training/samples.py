"""The grounder's training data: encoded scenes and tokenised sentences as flat tensors."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.demo.facts import SKILLS, WHERE
from whatwhere.language.expressions import Expression
from whatwhere.language.relations import is_spatial, names_looks
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
from whatwhere.training.batches import Scenes
from whatwhere.training.hard_sets import WEIGHT
from whatwhere.training.rooms import Room

MAX_ANCHORS = 2

AnySamples = TypeVar("AnySamples", bound="Samples")


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
        spatial_M: bool, where things are decides, and no looks that the sentence names.
        aligned_M: 1 where the target is the one the shortcut points at, 0 where another is, -1
            where that is not known.
        weight_M: of each sentence in training, 1 unless groups or a hard set's tags are weighed.
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
    spatial_M: Tensor
    aligned_M: Tensor
    weight_M: Tensor

    @property
    def num_scenes(self) -> int:
        """G."""
        return len(self.class_ids_GK)

    @property
    def asked(self) -> Scenes:
        """The scenes as the network takes them, in the order of `scenes`."""
        return self.scenes

    def of_class(self, rows_R: Tensor) -> Tensor:
        """(R, K) bool: the candidates of the target's class, the target at least."""
        class_RK, target_R1 = (
            self.class_ids_GK[self.scene_M[rows_R]],
            self.target_M[rows_R][:, None],
        )
        same = (class_RK == class_RK.gather(1, target_R1)) & (class_RK >= 0)
        return same.scatter(1, target_R1, True)


def make_samples(
    rooms: Iterable[Room],
    tower: VisionTower,
    words: Words,
    *,
    classes: Sequence[str],
    colours: Sequence[str],
) -> Samples:
    """Run the (now frozen) tower once over every room and tokenise every sentence.

    Of a room only what is needed is kept, so that a split may be larger than the memory.
    """
    encodings: list[SpatialEncoding] = []
    told: list[Told] = []
    for room in rooms:
        encodings.append(encode_room(room, tower))
        told.append(Told(room.object_ids, room.classes, room.colours, room.expressions))
    return told_samples(
        scene_tensors([*encodings, *map(shuffled, encodings)]),
        told,
        encode=lambda text: words.encode(text)[0],
        pad_id=words.pad_id,
        classes=classes,
        colours=colours,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a data set says of one scene.

    Attributes:
        object_ids: (K,) of the candidates.
        classes: (K,) labels.
        colours: (K,) colour names, "" where there is none.
        expressions: the sentences about it.
    """

    object_ids: Sequence[int | None]
    classes: Sequence[str]
    colours: Sequence[str]
    expressions: Sequence[Expression]


def told_samples(
    scenes: SceneTensors,
    told: Sequence[Told],
    *,
    encode: Callable[[str], list[int]],
    pad_id: int,
    classes: Sequence[str],
    colours: Sequence[str],
) -> Samples:
    """Encoded scenes with everything that is said of them.

    Args:
        scenes: G scenes, then the same with positions shuffled.
        told: of the G scenes.
        encode: a sentence to token ids, the last of them for `<ground>`.
        pad_id: fills up shorter sentences.
        classes: names by class id.
        colours: names by colour id.
    """
    names, hues = [item.classes for item in told], [item.colours for item in told]
    proposals = [{name: i for i, name in enumerate(item.object_ids)} for item in told]
    rows = [(scene, said) for scene, item in enumerate(told) for said in item.expressions]
    num_candidates = scenes.mask_GK.shape[1]
    token_ids_MW, length_M = padded([encode(said.text) for _, said in rows], pad_id)
    targets, anchors, lookalikes = [], [], []
    for scene, expression in rows:
        index = proposals[scene]
        target = index[expression.target_id]
        found = [index[a] for a in expression.anchor_ids if a in index][:MAX_ANCHORS]
        targets.append(target)
        anchors.append(found + [-1] * (MAX_ANCHORS - len(found)))
        lookalikes.append(list(names[scene]).count(names[scene][target]))
    return Samples(
        scenes=scenes,
        class_ids_GK=_ids(names, classes, num_candidates),
        colour_ids_GK=_ids(hues, colours, num_candidates),
        scene_M=torch.tensor([scene for scene, _ in rows]),
        token_ids_MW=token_ids_MW,
        length_M=length_M,
        target_M=torch.tensor(targets),
        anchors_MA=torch.tensor(anchors),
        skills=np.array([expression.skill or "" for _, expression in rows]),
        lookalikes_M=torch.tensor(lookalikes),
        spatial_M=torch.tensor([_is_spatial(expression) for _, expression in rows]),
        aligned_M=torch.tensor([_alignment(expression) for _, expression in rows]),
        weight_M=torch.tensor([_weight(expression) for _, expression in rows]),
    )


def padded(tokens: Sequence[list[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """(M, W) token ids, and the (M,) counts of those that are no padding."""
    width = max(map(len, tokens))
    ids_MW = torch.tensor([t + [pad_id] * (width - len(t)) for t in tokens])
    return ids_MW, torch.tensor([len(t) for t in tokens])


def balanced(samples: AnySamples) -> AnySamples:
    """Aligned and conflicting sentences weighed so that both groups count alike."""
    weights = torch.ones(len(samples.aligned_M))
    known = samples.aligned_M >= 0
    for group in (0, 1):
        of_group = samples.aligned_M == group
        if of_group.any():
            weights[of_group] = known.sum() / (2 * of_group.sum())
    return replace(samples, weight_M=weights)


def samples_as_tensors(samples: Samples) -> dict[str, Tensor]:
    """Everything as tensors, to be stored."""
    tensors = {f"scenes.{k.name}": getattr(samples.scenes, k.name) for k in fields(SceneTensors)}
    names = sorted(set(samples.skills.tolist()))
    for item in fields(Samples):
        if item.name not in ("scenes", "skills"):
            tensors[item.name] = getattr(samples, item.name)
    tensors["skill_ids"] = torch.tensor([names.index(name) for name in samples.skills.tolist()])
    listed = bytearray(json.dumps(names), "utf-8")
    tensors["skill_names"] = torch.frombuffer(listed, dtype=torch.uint8)
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def samples_from(tensors: Mapping[str, Tensor]) -> Samples:
    """The inverse of `samples_as_tensors`.

    Raises:
        KeyError: a tensor is missing.
        ValueError: the names are no JSON.
    """
    names = np.array(json.loads(bytes(tensors["skill_names"].tolist())))
    plain = [item.name for item in fields(Samples) if item.name not in ("scenes", "skills")]
    return Samples(
        scenes=SceneTensors(*(tensors[f"scenes.{item.name}"] for item in fields(SceneTensors))),
        skills=names[tensors["skill_ids"].numpy()],
        **{name: tensors[name] for name in plain},
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


def _is_spatial(expression: Expression) -> bool:
    """What the data set says, else what the words say.

    "The red chair by the window" may be solved by its colour: what punishes looking at looks, or
    exchanges them, must leave it alone.
    """
    if expression.skill in SKILLS:
        return expression.skill in WHERE
    return is_spatial(expression.text) and not names_looks(expression.text)


def _weight(expression: Expression) -> float:
    """1, unless a hard set says otherwise."""
    weight = expression.extra.get(WEIGHT, 1.0)
    return float(weight) if isinstance(weight, int | float) and weight >= 0 else 1.0


def _alignment(expression: Expression) -> int:
    return {"aligned": 1, "conflict": 0}.get(str(expression.extra.get("shortcut")), -1)


def _ids(names: Sequence[Sequence[str]], known: Sequence[str], width: int) -> Tensor:
    index = {name: i for i, name in enumerate(known)}
    rows = [[index.get(name, -1) for name in row] for row in names]
    return torch.tensor([row + [-1] * (width - len(row)) for row in rows])
