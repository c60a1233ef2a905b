"""Reads splits as a network that sees frames is trained and asked on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from whatwhere.training.datasets import DataSet
from whatwhere.training.frame_samples import FrameSamples, frame_samples
from whatwhere.training.kept_scenes import KeptScenes, SeenRoom, spread_scenes
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
        wanted = spread_scenes(dataset, at_most)
        return self._samples(self.scenes.seen(dataset, wanted, f"looking at {dataset.split}"))

    def twins(self, dataset: DataSet, kind: str, *, at_most: int = 0) -> TwinSamples | None:
        """The twins of one kind beside their placebos, of the scenes of `samples`; None without.

        Raises:
            BrokenFileError: twins.json cannot be read.
        """
        if not dataset.has_twins:
            return None
        originals = spread_scenes(dataset, at_most)
        names = {name for name, _ in originals}
        return make_twins(
            self.scenes.seen(dataset, originals, f"looking at {dataset.split}"),
            self.scenes.twins(dataset, kind, names),
            self.scenes.twins(dataset, "placebo", names),
            lambda _, rooms: self._samples(list(rooms)),
        )

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
