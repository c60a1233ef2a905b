"""A split as a `frame_vlm` is trained and asked on: outlines in memory, features in a store.

Shapes: G scenes, K candidates, M sentences, W tokens.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from zlib import crc32

import torch
from torch import Tensor
from torch.nn.functional import pad

from whatwhere.models.frame_vlm.sights import dealt_places
from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.training.frame_scenes import FrameScenes
from whatwhere.training.samples import Samples, Told, padded, told_samples
from whatwhere.training.scene_store import KeptScene, SceneStore, sight_of

_SIDES = re.compile(r"(?<![a-z])(left|right)(?=(most|hand|wards?)?(?![a-z]))", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left"}


@dataclass(slots=True)
class FrameSamples(Samples):
    """Samples whose scenes are outlines: candidates and rooms, without what frames show.

    Attributes:
        scene_ids: of the G scenes.
        sights: the same scenes with their frames.
        mirrored_ids_MW: tokens of the sentences with left and right exchanged.
        mirrored_length_M: as `length_M`.
    """

    scene_ids: tuple[str, ...]
    sights: FrameScenes
    mirrored_ids_MW: Tensor
    mirrored_length_M: Tensor

    @property
    def asked(self) -> FrameScenes:
        """See `Samples.asked`."""
        return self.sights


def frame_samples(
    kept: Sequence[KeptScene],
    told: Sequence[Told],
    encode: Callable[[str], list[int]],
    *,
    grid: tuple[int, int],
    classes: Sequence[str],
    colours: Sequence[str],
) -> FrameSamples:
    """Scenes of a store with what is said of them.

    Args:
        kept: the G scenes.
        told: of the same.
        encode: a sentence to token ids, the last of them for `<ground>`.
        grid: (h, w) tokens of a frame in the language model.
        classes: names by class id.
        colours: names by colour id.
    """
    straight = outlines(kept)
    seeds = [crc32(scene.scene_id.encode()) for scene in kept]
    dealt = replace(straight, centers_m_GK3=straight.centers_m_GK3.clone())
    for row, (scene, seed) in enumerate(zip(kept, seeds, strict=True)):
        count = len(scene.object_ids)
        order, _ = dealt_places(seed, count, 0)
        dealt.centers_m_GK3[row, :count] = straight.centers_m_GK3[row, order]
    outline = straight.joined(dealt)
    samples = told_samples(outline, told, encode=encode, pad_id=0, classes=classes, colours=colours)
    said = [expression.text for item in told for expression in item.expressions]
    mirrored_ids_MW, mirrored_length_M = padded([encode(mirrored(text)) for text in said], 0)
    number = torch.arange(len(kept))
    sights = FrameScenes(
        outline=outline,
        rooms_G=number.repeat(2),
        flip_G3=torch.ones(len(outline.mask_GK), 3),
        dealt_G=torch.cat([torch.full_like(number, -1), torch.tensor(seeds)]),
        store=SceneStore((scene.path for scene in kept), sight_of),
        grid=grid,
    )
    width = max(samples.token_ids_MW.shape[1], mirrored_ids_MW.shape[1])
    plain = {item.name: getattr(samples, item.name) for item in fields(Samples)}
    plain["token_ids_MW"] = pad(samples.token_ids_MW, (0, width - samples.token_ids_MW.shape[1]))
    return FrameSamples(
        **plain,
        scene_ids=tuple(scene.scene_id for scene in kept),
        sights=sights,
        mirrored_ids_MW=pad(mirrored_ids_MW, (0, width - mirrored_ids_MW.shape[1])),
        mirrored_length_M=mirrored_length_M,
    )


def mirrored(text: str) -> str:
    """A sentence as it is right of a mirrored room: left and right change places."""

    def other(found: re.Match[str]) -> str:
        word = _OTHER[found[0].lower()]
        return word.capitalize() if found[0][0].isupper() else word

    return _SIDES.sub(other, text)


def outlines(kept: Sequence[KeptScene]) -> SceneTensors:
    """Candidates and rooms; the appearance of a candidate is its number."""
    most = max(len(scene.object_ids) for scene in kept)

    def stacked(name: str) -> Tensor:
        rows = [scene.small[name] for scene in kept]
        return torch.stack([_filled(row, most) for row in rows])

    mask_GK = torch.stack(
        [_filled(torch.ones(len(scene.object_ids), dtype=torch.bool), most) for scene in kept]
    )
    return SceneTensors(
        appearance_GKC=torch.arange(most).float().expand(*mask_GK.shape)[..., None],
        seen_GK=stacked("seen_K"),
        centers_m_GK3=stacked("centers_m_K3"),
        sizes_m_GK3=stacked("sizes_m_K3"),
        room_half_m_G3=torch.stack([scene.small["room_half_m_3"] for scene in kept]),
        mask_GK=mask_GK,
    )


def _filled(rows: Tensor, count: int) -> Tensor:
    """The same with zeros behind, `count` rows in all."""
    return torch.cat([rows, rows.new_zeros(count - len(rows), *rows.shape[1:])])
