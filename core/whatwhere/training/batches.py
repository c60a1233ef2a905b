"""One step's worth of sentences, what each may perceive, and how it is cut into parts."""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from whatwhere.models.spatial_vlm.model import SentenceTensors


class Scenes(Protocol):
    """G scenes as a kind of network takes them, each with K candidates or fewer."""

    @property
    def mask_GK(self) -> Tensor:
        """Bool, the candidate exists."""

    @property
    def seen_GK(self) -> Tensor:
        """Bool, some frame sees the candidate."""

    def rows(self, index_G: Tensor) -> Self:
        """Some of the scenes."""

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""


@dataclass(slots=True)
class SecondPass:
    """The spatial sentences that fused answers, once more without their geometry.

    Attributes:
        rows_S: which of the batch's sentences, S of them.
        sentences: their words, on the last G scenes where positions are shuffled instead of
            absent.
    """

    rows_S: Tensor
    sentences: SentenceTensors


_PER_SENTENCE = ("target_R", "targets_RK", "class_RK", "anchors_RA", "weight_R")


@dataclass(slots=True)
class Batch:
    """One step's worth.

    Shapes: G rooms, R sentences, K candidates, A anchors, S sentences of the second pass.

    Attributes:
        scenes: G rooms; then the same G once for each version of them that some sentence sees:
            with the looks of look-alikes exchanged, with shuffled positions.
        sentences: what is asked.
        target_R: candidate index.
        targets_RK: weights of all candidates as targets: one-hot, or IoU with the target's box.
        class_RK: bool, candidates of the target's class.
        anchors_RA: candidate indices, -1 where there is none.
        class_ids_GK: of the G rooms.
        colour_ids_GK: of the G rooms.
        weight_R: of each sentence in the losses that choose.
        second: None on steps without one.
    """

    scenes: Scenes
    sentences: SentenceTensors
    target_R: Tensor
    targets_RK: Tensor
    class_RK: Tensor
    anchors_RA: Tensor
    class_ids_GK: Tensor
    colour_ids_GK: Tensor
    weight_R: Tensor
    second: SecondPass | None = None

    def to(self, device: torch.device) -> Self:
        """The same batch on a device."""
        moved: Self = _moved(self, device)
        return moved

    def parts(self, count: int) -> list["Batch"]:
        """The batch cut into parts of about as many rooms, at most `count` of them."""
        rooms = torch.arange(len(self.class_ids_GK))
        return [self] if count == 1 else [self._part(some).batch for some in rooms.chunk(count)]

    def share(self, number: int, count: int) -> "Share":
        """The rooms that one of `count` processes computes; with too few rooms, maybe none."""
        rooms = torch.arange(len(self.class_ids_GK)).tensor_split(count)[number]
        if len(rooms):
            return self._part(rooms)
        nothing = rooms.new_zeros(0)
        # Some room has to be computed, so that shapes and types are known.
        return Share(self._part(torch.tensor([0])).batch, nothing, nothing, nothing)

    def _part(self, rooms: Tensor) -> "Share":
        num_rooms = len(self.class_ids_GK)
        of_room = self.sentences.scene_R % num_rooms
        keep = torch.isin(of_room, rooms).nonzero()[:, 0]
        again = keep.new_zeros(0)
        num_scenes = len(self.scenes.mask_GK)
        used = torch.cat([rooms + first for first in range(0, num_scenes, num_rooms)])
        # Where each kept row, and each kept scene, has gone to.
        new_scene = torch.zeros(num_scenes, dtype=torch.long)
        new_scene[used] = torch.arange(len(used))
        sentences = self.sentences.rows(keep)
        part = replace(
            self,
            scenes=self.scenes.rows(used),
            sentences=replace(sentences, scene_R=new_scene[sentences.scene_R]),
            second=None,
            class_ids_GK=self.class_ids_GK[rooms],
            colour_ids_GK=self.colour_ids_GK[rooms],
            **{name: getattr(self, name)[keep] for name in _PER_SENTENCE},
        )
        if self.second is not None:
            new_row = torch.full((len(of_room),), -1)
            new_row[keep] = torch.arange(len(keep))
            again = (new_row[self.second.rows_S] >= 0).nonzero()[:, 0]
            if len(again):
                asked = self.second.sentences.rows(again)
                part.second = SecondPass(
                    new_row[self.second.rows_S[again]],
                    replace(asked, scene_R=new_scene[asked.scene_R]),
                )
        return Share(part, rooms, keep, again)

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by a dotted name, to keep a batch that broke a run."""
        return dict(_named("", self))


@dataclass(frozen=True, slots=True)
class Share:
    """Some of a batch's rooms with their sentences, and where they are in the whole.

    Attributes:
        batch: the part; more than is said below where there is nothing to compute.
        rooms_G: indices of its rooms.
        rows_R: of its sentences.
        again_S: of its sentences among those of the second pass.
    """

    batch: Batch
    rooms_G: Tensor
    rows_R: Tensor
    again_S: Tensor


def _moved(value: Any, device: torch.device) -> Any:
    if value is None:
        return None
    if hasattr(value, "to") and not isinstance(value, Batch):
        return value.to(device)
    return type(value)(*(_moved(getattr(value, item.name), device) for item in fields(value)))


def _named(prefix: str, value: Any) -> list[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        return [(prefix.removeprefix("."), value.contiguous())]
    found: list[tuple[str, Tensor]] = []
    if not is_dataclass(value):
        return found
    for item in fields(value):
        found += _named(f"{prefix}.{item.name}", getattr(value, item.name))
    return found
