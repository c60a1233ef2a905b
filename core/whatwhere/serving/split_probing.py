"""Probes over a split, scan by scan; a run that was stopped goes on behind its last whole scan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    ExpressionError,
    MissingFileError,
    SceneError,
)
from whatwhere.evaluation.probes.probe import Expected, Outcome, Probe
from whatwhere.evaluation.probes.rates import ProbedCase, probe_rates, probed_cases
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Grounder, IsCancelled, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere.serving.asked_model import proposal_source
from whatwhere.serving.diagnosis_facts import DiagnosisAsked
from whatwhere.serving.probe_document import probe_row
from whatwhere.serving.probing import Prober
from whatwhere.serving.scene_log import scene_log

LOG_NAME = "probes.jsonl"

OnScene = Callable[[int, int], None]
"""Called with (scans done, scans in all)."""


@dataclass(frozen=True, slots=True)
class ProbedScene:
    """What probes did in one scan.

    Attributes:
        scene_id: of the scan.
        cases: probe, expected, outcome and whether it counts, of every probe that asked something.
    """

    scene_id: str
    cases: tuple[tuple[str, Expected, Outcome, bool], ...]

    def as_json(self) -> dict[str, Any]:
        """A line of the log."""
        return {"scene_id": self.scene_id, "cases": [list(case) for case in self.cases]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ProbedScene":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError: it is another thing.
        """
        cases = []
        for probe, expected, outcome, counts in value["cases"]:
            if expected not in get_args(Expected) or outcome not in get_args(Outcome):
                raise ValueError(f"{expected} and {outcome} are no expectation and outcome")
            cases.append((str(probe), expected, outcome, bool(counts)))
        return cls(str(value["scene_id"]), tuple(cases))


def probe_split(
    asked: DiagnosisAsked,
    folder: Path,
    probes: Sequence[Probe],
    *,
    on_scene: OnScene | None = None,
    is_cancelled: IsCancelled = lambda: False,
) -> dict[str, Any]:
    """Probe every sentence of a split: the `probes` of the `diagnose` document.

    Edits are about the answer of the first modality, and only its answers are counted. Scans that
    cannot be opened, and sentences that cannot be asked, are left out, as in the diagnosis.

    Args:
        asked: what is diagnosed.
        folder: of the diagnosis.
        probes: which.
        on_scene: told after every scan.
        is_cancelled: polled between sentences.

    Returns:
        Probe -> `{"n", "moved_when_it_should", "stayed_when_it_should"}`.

    Raises:
        Cancelled: `is_cancelled` returned True; what was asked is kept.
        NotSupportedError: the model has no answer to anything new.
        WhatWhereError: the model failed; what was asked is kept.
    """
    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.threads import use_threads_for_encoding

    split = asked.open_split()
    lead = asked.modalities[0]
    about = {**asked.about(split, [lead]), "probes": [probe.name for probe in probes]}
    log_path = folder / LOG_NAME
    with scene_log(log_path, about, ProbedScene.from_json, what="probing") as log:
        left = [scene for scene in split.scenes if scene.scene_id not in log.done]
        if left:
            proposals = proposal_source(asked.proposals, asked.first)
            grounder = load_grounder(asked.model, device=asked.device)
            use_threads_for_encoding()
            with closing_external(grounder):
                for number, item in enumerate(left, start=1):
                    expressions = [split.expressions[row] for row in item.rows]
                    try:
                        scene = open_scene(item.path)
                        prober = _before(grounder, scene, proposals)
                    except (MissingFileError, BrokenFileError, SceneError):
                        continue
                    found = _probed(prober, expressions, lead, probes, is_cancelled)
                    log.add(ProbedScene(item.scene_id, tuple(found)))
                    if on_scene is not None:
                        on_scene(len(split.scenes) - len(left) + number, len(split.scenes))
        cases = [
            ProbedCase(probe, number, expected, outcome, counts)
            for number, done in enumerate(log.done.values())
            for probe, expected, outcome, counts in done.cases
        ]
    return {name: rates.as_json() for name, rates in probe_rates(cases).items()}


def _before(grounder: Grounder, scene: Scene, proposals: ProposalSource | None) -> Prober:
    """The model before a scan, as the diagnosis asks it."""
    among = annotation_proposals(scene) if proposals is None else proposals.of(scene).proposals
    if not among:
        raise SceneError("there are no candidates to choose from", remedy="Give other proposals")
    return Prober(grounder, scene, grounder.encode(scene, among))


def _probed(
    prober: Prober,
    expressions: Sequence[Expression],
    lead: Modality,
    probes: Sequence[Probe],
    is_cancelled: IsCancelled,
) -> list[tuple[str, Expected, Outcome, bool]]:
    found = []
    for expression in expressions:
        if is_cancelled():
            raise Cancelled("Probing")
        try:
            asked = prober.ask(expression.text, [lead], target_id=expression.target_id)
        except ExpressionError:
            continue
        rows = [probe_row(prober, asked, probe, is_cancelled=is_cancelled) for probe in probes]
        found += [
            (case.probe, case.expected, case.outcome, case.counts)
            for case in probed_cases(rows, 0, lead)
        ]
    return found
