"""Twin rooms as samples, beside the originals they belong to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.evaluation.bias import TwinAnswers
from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.models.grounder import Modality
from whatwhere.training.choices import Choose, choose
from whatwhere.training.losses import Learner
from whatwhere.training.rooms import Found, TwinRoom
from whatwhere.training.samples import Samples, samples_as_tensors, samples_from


@dataclass(frozen=True, slots=True)
class TwinSamples:
    """The spatial sentences of some rooms, in a twin and in the placebo twin.

    Attributes:
        twin: the changed rooms.
        placebo: the same rooms with nothing but new image noise, in the same order.
        rows: (n,) for each sentence of either, its row among the originals.
        pair: (n, 2) candidate indices of the two look-alikes.
    """

    twin: Samples
    placebo: Samples
    rows: Tensor
    pair: NDArray[np.int64]


def make_twins(
    rooms: Sequence[Found],
    twins: Sequence[TwinRoom[Found]],
    placebos: Sequence[TwinRoom[Found]],
    encode: Callable[[str, Iterator[Found]], Samples],
) -> TwinSamples | None:
    """Pair twins with their originals; None when no room has both twin and placebo.

    Rooms whose candidates differ between original and twin are left out: places could not be
    compared.

    Args:
        rooms: the originals, of all sentences in order.
        twins: the changed rooms.
        placebos: the placebo twins.
        encode: makes samples of rooms; called with "twin" and "placebo".
    """
    of_placebo = {item.original_id: item for item in placebos}
    of_twin = {item.original_id: item for item in twins}
    kept: list[tuple[TwinRoom[Found], TwinRoom[Found]]] = []
    rows: list[int] = []
    pair: list[tuple[int, int]] = []
    first = 0
    for room in rooms:
        twin, placebo = of_twin.get(room.scene_id), of_placebo.get(room.scene_id)
        places = room.object_ids
        if twin is not None and placebo is not None and _alike(room, twin, placebo):
            kept.append((twin, placebo))
            rows += range(first, first + len(room.expressions))
            ends = (places.index(twin.exchanged[0]), places.index(twin.exchanged[1]))
            pair += [ends] * len(room.expressions)
        first += len(room.expressions)
    if not kept:
        return None
    return TwinSamples(
        encode("twin", (twin.room for twin, _ in kept)),
        encode("placebo", (placebo.room for _, placebo in kept)),
        torch.tensor(rows),
        np.array(pair, np.int64),
    )


def twins_as_tensors(twins: TwinSamples) -> dict[str, Tensor]:
    """Everything as tensors, to be stored."""
    parts = {"twin": twins.twin, "placebo": twins.placebo}
    tensors = {
        f"{part}.{name}": tensor
        for part, samples in parts.items()
        for name, tensor in samples_as_tensors(samples).items()
    }
    return {**tensors, "rows": twins.rows, "pair": torch.from_numpy(twins.pair)}


def twins_from(tensors: Mapping[str, Tensor]) -> TwinSamples:
    """The inverse of `twins_as_tensors`."""

    def part(head: str) -> Samples:
        names = [name for name in tensors if name.startswith(head)]
        return samples_from({name.removeprefix(head): tensors[name] for name in names})

    return TwinSamples(part("twin."), part("placebo."), tensors["rows"], tensors["pair"].numpy())


@dataclass(frozen=True, slots=True, eq=False)
class TwinChoices:
    """What a network chose in the twins, sentence by sentence of `TwinSamples`."""

    twin: ChoiceTable
    placebo: ChoiceTable


def twin_choices(
    network: Learner,
    samples: TwinSamples,
    modalities: Sequence[Modality],
    *,
    choose: Choose = choose,
) -> TwinChoices:
    """Ask about the twins.

    Args:
        network: the model.
        samples: the twins.
        modalities: to ask in.
        choose: what the network chooses in samples of its kind.
    """
    return TwinChoices(
        choose(network, samples.twin, modalities), choose(network, samples.placebo, modalities)
    )


def twin_answers(
    choices: TwinChoices,
    samples: TwinSamples,
    chosen: Mapping[str, NDArray[np.int64]],
    scenes: NDArray[np.int64],
) -> dict[str, TwinAnswers]:
    """Choices in twins beside those in the originals.

    Args:
        choices: in the twins.
        samples: the twins.
        chosen: modality -> choices in the originals, one per sentence of the split.
        scenes: scene of each sentence of the split.
    """
    # No colour is named in a sentence about place, so its answer must not change.
    spatial = samples.twin.spatial_M.numpy()
    rows = samples.rows.numpy()[spatial]
    return {
        modality: TwinAnswers(
            scenes=scenes[rows],
            original=chosen[modality][rows],
            twin=choices.twin.chosen[modality][spatial],
            placebo=choices.placebo.chosen[modality][spatial],
            pair=samples.pair[spatial],
        )
        for modality in choices.twin.chosen
    }


def _alike(room: Found, twin: TwinRoom[Found], placebo: TwinRoom[Found]) -> bool:
    places = room.object_ids
    changed = [item.room.object_ids for item in (twin, placebo)]
    sentences = [len(item.room.expressions) for item in (twin, placebo)]
    return (
        changed == [places, places]
        and sentences == [len(room.expressions)] * 2
        and set(twin.exchanged) <= set(places)
        and twin.exchanged == placebo.exchanged
    )
