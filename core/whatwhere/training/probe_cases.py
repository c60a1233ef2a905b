"""A look at the probe set as a diagnosis: its cases in the run folder, one store per checkpoint.

What is asked of whom stays the same through a run and is gathered once; a look adds the answers.
Shapes: n sentences of one scene, K candidates, M sentences of the probe set.
"""

import contextlib
import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts, versions_now
from whatwhere.evaluation.cases.gathering import gathered
from whatwhere.evaluation.cases.scene_cases import (
    SceneCases,
    TwinAnswers,
    candidates_hash,
)
from whatwhere.evaluation.cases.store import TEXTS, write_cases
from whatwhere.evaluation.metric import split_hash
from whatwhere.language.expressions import Expression
from whatwhere.language.splits import open_split
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.probe import Look, Probe
from whatwhere.training.probe_scenes import ProbeScene, probe_scenes
from whatwhere.training.run_files import checkpoint_folder, probe_cases_folder

NOT_WATCHED = "not in the probe set of the run"

_BOXES_ELSEWHERE = (
    "The model says boxes of its own: drawn are the candidates that they overlap most, "
    "IoU is that of what was said."
)


@dataclass(frozen=True, slots=True, eq=False)
class ProbeCases:
    """What a run's looks have in common.

    Attributes:
        run: its folder.
        facts: of every look, but for its step.
        expressions: of the split.
        scenes: of the probe set, in its order.
        twin_kind: what the twins exchange; "" without any.
        checkpoint_every: steps between checkpoints.
        steps: of the whole run.
    """

    run: Path
    facts: DiagnosisFacts
    expressions: tuple[Expression, ...]
    scenes: tuple[ProbeScene, ...]
    twin_kind: str
    checkpoint_every: int
    steps: int

    def write(self, step: int, look: Look) -> dict[str, float]:
        """Keep the cases of one look; they are whole or not there.

        Returns:
            Its follow rates for the curves, as a diagnosis defines them.

        Raises:
            RefusedPathError: they cannot be written.
        """
        folder = probe_cases_folder(self.run, step)
        done = [self._answered(scene, look) for scene in self.scenes]
        modalities = tuple(look.table.chosen)
        has_checkpoint = step > 0 and (step % self.checkpoint_every == 0 or step == self.steps)
        facts = replace(
            self.facts,
            name=f"{self.run.name}-step-{step}",
            model=f"{self.run.name} step {step}",
            step=step,
            modalities=modalities,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            asked_model=str(checkpoint_folder(self.run, step)) if has_checkpoint else "",
            notes=(_BOXES_ELSEWHERE,) if look.table.ious else (),
        )
        self._share_texts(folder)
        columns = gathered(self.expressions, done, modalities)
        write_cases(folder, facts, columns, [item.text for item in self.expressions])
        return self._follow_metrics(columns)

    def _follow_metrics(self, columns: CaseColumns) -> dict[str, float]:
        rates = BiasCases(columns).figures().follow.get(self.twin_kind, {})
        found = {}
        for modality, of in rates.items():
            found[f"probe/follow_appearance/{modality}"] = of.follow_appearance.value
            found[f"probe/follow_position/{modality}"] = of.follow_position.value
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def _share_texts(self, folder: Path) -> None:
        """The sentences of another look are those of this one: one file on the disk for all."""
        known = next(folder.parent.glob(f"*/{TEXTS}"), None)
        if known is None or (folder / TEXTS).exists():
            return
        # Where links or copies fail, they are simply written once more.
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                os.link(known, folder / TEXTS)
            except OSError:
                partial = folder / f".{TEXTS}"
                shutil.copyfile(known, partial)
                partial.replace(folder / TEXTS)

    def _answered(self, scene: ProbeScene, look: Look) -> SceneCases:
        answers = {name: scene.judged(look.table, name) for name in look.table.chosen}
        if scene.pair is None or look.twins is None or not len(scene.twin_items):
            return replace(scene.blank, answers=answers)
        twin, placebo = (
            {name: scene.chosen_in_twin(table, name) for name in table.chosen}
            for table in (look.twins.twin, look.twins.placebo)
        )
        found = TwinAnswers(scene.twin_items, scene.pair, twin, placebo)
        return replace(scene.blank, answers=answers, twins={self.twin_kind: found})


def probe_cases(
    probe: Probe,
    dataset: DataSet,
    run: Path,
    *,
    twin_kind: str,
    checkpoint_every: int,
    steps: int,
    report: Report,
) -> ProbeCases:
    """Gather what a run's looks have in common: its scenes are opened once.

    Args:
        probe: what the run is watched on.
        dataset: that it was read from.
        run: its folder.
        twin_kind: what the probe's twins exchange.
        checkpoint_every: steps between checkpoints.
        steps: of the whole run.
        report: told what is being done.

    Raises:
        WhatWhereError: the data set is no longer what the probe was read from.
    """
    split = open_split(dataset.folder, split=dataset.split)
    scenes = probe_scenes(probe, dataset, split, report)
    blanks = [scene.blank for scene in scenes]
    left = len(split.expressions) - len(probe.samples.target_M)
    facts = DiagnosisFacts(
        name=run.name,
        model=run.name,
        model_hash="",
        data=str(dataset.folder.resolve()),
        split=dataset.split,
        split_hash=split_hash(split.expressions),
        num_sentences=len(split.expressions),
        modalities=(),
        box_source="annotation",
        created="",
        is_complete=True,
        not_asked={NOT_WATCHED: left} if left else {},
        versions=versions_now(),
        checkpoint_of=str(run.resolve()),
        candidates_hash=candidates_hash(blanks),
    )
    kind = "" if probe.twins is None else twin_kind
    return ProbeCases(run, facts, split.expressions, tuple(scenes), kind, checkpoint_every, steps)
