"""Reads splits as a network that sees frames is trained and asked on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from whatwhere.training.datasets import DataSet
from whatwhere.training.frame_samples import FrameSamples, frame_samples
from whatwhere.training.kept_scenes import KeptScenes, SeenRoom
from whatwhere.training.rooms import TwinRoom, sentences_of, twins_of
from whatwhere.training.samples import Told
from whatwhere.training.twins import TwinSamples, make_twins


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Reads splits as one network needs them.

    Attributes:
        scenes: what its tower saw.
        encode: a sentence to token ids, the last of them for `<ground>`.
        grid: (h, w) tokens of a frame in the language model.
        classes: names by class id.
        colours: names by colour id.
    """

    scenes: KeptScenes
    encode: Callable[[str], list[int]]
    grid: tuple[int, int]
    classes: tuple[str, ...]
    colours: tuple[str, ...]

    def samples(self, dataset: DataSet, *, at_most: int = 0) -> FrameSamples:
        """The split; with `at_most`, so many of its scenes, spread evenly over it."""
        wanted = list(sentences_of(dataset.folder, dataset.split).items())
        if 0 < at_most < len(wanted):
            wanted = [wanted[i * len(wanted) // at_most] for i in range(at_most)]
        return self._samples(self.scenes.seen(dataset, wanted, f"looking at {dataset.split}"))

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """The split's twins of one kind beside their placebos; None where there are none.

        Raises:
            BrokenFileError: twins.json cannot be read.
        """
        if not dataset.has_twins:
            return None
        originals = list(sentences_of(dataset.folder, dataset.split).items())
        return make_twins(
            self.scenes.seen(dataset, originals, f"looking at {dataset.split}"),
            self._twin_rooms(dataset, kind),
            self._twin_rooms(dataset, "placebo"),
            lambda _, rooms: self._samples(list(rooms)),
        )

    def _twin_rooms(self, dataset: DataSet, kind: str) -> list[TwinRoom[SeenRoom]]:
        twins = twins_of(dataset.folder, dataset.split, kind)
        wanted = [(twin.twin_id, twin.expressions) for twin in twins]
        rooms = self.scenes.seen(dataset, wanted, f"looking at the {kind} twins")
        return [
            TwinRoom(twin.original_id, twin.exchanged, room)
            for twin, room in zip(twins, rooms, strict=True)
        ]

    def _samples(self, rooms: Sequence[SeenRoom]) -> FrameSamples:
        told = [
            Told(room.object_ids, room.kept.classes, room.kept.colours, room.expressions)
            for room in rooms
        ]
        return frame_samples(
            [room.kept for room in rooms],
            told,
            self.encode,
            grid=self.grid,
            classes=self.classes,
            colours=self.colours,
        )
