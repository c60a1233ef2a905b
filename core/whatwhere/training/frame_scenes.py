"""The scenes of a batch as a `frame_vlm` takes them: looked up in the store when asked for.

Shapes: G scenes, K candidates, F frames, P tokens of a frame.
"""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from whatwhere.models.frame_vlm.sights import Sight, dealt_places
from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.training.scene_store import SceneStore


@dataclass(slots=True, eq=False)
class FrameScenes:
    """Scenes, each as it is in the store but for what is said here.

    Attributes:
        outline: their candidates and rooms; the appearance of a candidate is a number, that of
            the one whose looks it has.
        rooms_G: numbers in the store.
        flip_G3: 1, or -1 where an axis of the room is mirrored.
        dealt_G: -1, or the seed by which the positions of frame tokens are dealt out anew; those
            of the candidates are what `outline` says.
        store: of the features.
        grid: (h, w) tokens of a frame in the language model.
        device: that sights are given on.
    """

    outline: SceneTensors
    rooms_G: Tensor
    flip_G3: Tensor
    dealt_G: Tensor
    store: SceneStore[Sight]
    grid: tuple[int, int]
    device: torch.device | str = "cpu"

    @property
    def mask_GK(self) -> Tensor:
        """Bool, the candidate exists."""
        return self.outline.mask_GK

    @property
    def seen_GK(self) -> Tensor:
        """Bool, some frame sees the candidate."""
        return self.outline.seen_GK

    def rows(self, index_G: Tensor) -> Self:
        """Some of the scenes."""
        return replace(
            self,
            outline=self.outline.rows(index_G),
            rooms_G=self.rooms_G[index_G],
            flip_G3=self.flip_G3[index_G],
            dealt_G=self.dealt_G[index_G],
        )

    def to(self, device: torch.device | str) -> Self:
        """The same scenes; their sights are given on another device."""
        return replace(self, device=device)

    def room(self, scene: int) -> int:
        """See `Sights.room`."""
        return int(self.rooms_G[scene])

    def sight(self, scene: int) -> Sight:
        """See `Sights.sight`."""
        kept, outline = self.store.scene(self.room(scene)), self.outline
        real = outline.mask_GK[scene]
        flip = self.flip_G3[scene]
        found = replace(
            kept,
            points_m_FP3=kept.points_m_FP3 * flip,
            centers_m_K3=outline.centers_m_GK3[scene][real],
            sizes_m_K3=outline.sizes_m_GK3[scene][real],
        )
        looks_from_K = outline.appearance_GKC[scene][real][:, 0].long()
        if not torch.equal(looks_from_K, torch.arange(len(looks_from_K))):
            found = replace(found, looks_from_K=looks_from_K)
        if flip.prod() < 0:
            found = _mirrored(found, self.grid)
        if self.dealt_G[scene] >= 0:
            found = _dealt(found, int(self.dealt_G[scene]))
        return found.to(self.device)


def _mirrored(sight: Sight, grid: tuple[int, int]) -> Sight:
    """As mirrored cameras would see a mirrored room: every frame with its columns reversed."""
    on_grid = sight.points_m_FP3.unflatten(1, grid)
    measured = sight.measured_FP.unflatten(1, grid)
    return replace(
        sight,
        seen=sight.seen.flip(2),
        shares_KFyx=sight.shares_KFyx.flip(3),
        points_m_FP3=on_grid.flip(2).flatten(1, 2),
        measured_FP=measured.flip(2).flatten(1, 2),
    )


def _dealt(sight: Sight, seed: int) -> Sight:
    num_candidates, count = len(sight.centers_m_K3), sight.measured_FP.numel()
    _, places = dealt_places(seed, num_candidates, count)
    return replace(
        sight,
        points_m_FP3=sight.points_m_FP3.flatten(0, 1)[places].view_as(sight.points_m_FP3),
        measured_FP=sight.measured_FP.flatten()[places].view_as(sight.measured_FP),
    )
