"""The pinned probe set of a run: the same scenes at every look, with accuracy and follow rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.evaluation.bias import TwinAnswers, follow_rates
from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.evaluation.probe_rows import ProbeRows, write_probe_rows
from whatwhere.models.grounder import MODALITIES, Modality
from whatwhere.training.choices import Choose, choose
from whatwhere.training.losses import Learner
from whatwhere.training.samples import Samples
from whatwhere.training.twins import TwinChoices, TwinSamples, twin_answers, twin_choices

FOLLOWING: tuple[Modality, ...] = ("fused", "2d")
"""The modalities whose answers are followed into the twins."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The scenes a run is watched on; `twins` is None where the data set has none."""

    samples: Samples
    twins: TwinSamples | None
    choose: Choose = choose

    def look(self, network: Learner) -> "Look":
        """Ask every sentence in every modality."""
        table = self.choose(network, self.samples, MODALITIES)
        spatial = self.samples.spatial_M.numpy()
        if self.twins is None:
            return Look(table, {}, spatial)
        choices = twin_choices(network, self.twins, FOLLOWING, choose=self.choose)
        answers = twin_answers(choices, self.twins, table.chosen, table.scenes)
        return Look(table, answers, spatial, choices)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a network answered on the probe set, n sentences.

    Attributes:
        table: a row per sentence.
        answers: modality -> answers in twins, of sentences about place.
        spatial: (n,) bool, the answer depends on where things are.
        twins: choices in the twins, for every sentence of theirs; None without twins.
    """

    table: ChoiceTable
    answers: dict[str, TwinAnswers]
    spatial: np.ndarray[tuple[int], np.dtype[np.bool_]]
    twins: TwinChoices | None = None

    def metrics(self) -> dict[str, float]:
        """Flat figures for the curves: accuracy per modality, on all and on spatial sentences."""
        found: dict[str, float] = {}
        for modality, hits in self.table.hits.items():
            found[f"probe/accuracy/{modality}"] = _mean(hits)
            found[f"probe/spatial/{modality}"] = _mean(hits[self.spatial])
            found[f"probe/class/{modality}"] = _mean(self.table.class_hits[modality])
        for modality, answers in self.answers.items():
            rates = follow_rates(answers)
            found[f"probe/follow_appearance/{modality}"] = rates.follow_appearance.value
            found[f"probe/follow_position/{modality}"] = rates.follow_position.value
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def write(self, path: Path) -> None:
        """Keep what the curves rest on; `ProbeCases` keeps the cases themselves."""
        write_probe_rows(
            path,
            ProbeRows(
                scenes=self.table.scenes,
                spatial=self.spatial,
                hits=self.table.hits,
                follow={m: _followed(answers) for m, answers in self.answers.items()},
                follow_scenes={m: answers.scenes for m, answers in self.answers.items()},
            ),
        )


def _followed(answers: TwinAnswers) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(n,): 1 where the answer went over in the twin, -1 in the placebo alone, NaN outside."""
    in_pair = (answers.pair == answers.original[:, None]).any(axis=1)
    other = answers.pair.sum(axis=1) - answers.original
    went = (answers.twin == other).astype(np.float64) - (answers.placebo == other)
    return np.where(in_pair, went, np.nan)


def _mean(values: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
