"""The states that answers are read from, over the cases of a diagnosis.

A pass of its own behind the diagnosis, so that one that was made without states gets them later;
called again, it goes on behind the last whole scan.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    ConfigError,
    MissingFileError,
    SceneError,
)
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.states.stored import StateWriter, StoredStates
from whatwhere.language.expressions import Expression
from whatwhere.language.splits import SplitScene
from whatwhere.models.grounder import IsCancelled, Modality
from whatwhere.models.states import Stateful, as_stateful
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.serving.asked_model import proposal_source
from whatwhere.serving.diagnosis_facts import DiagnosisAsked, parse_asked, weights_hash
from whatwhere.serving.split_runner import SENTENCES_PER_CALL

OnScene = Callable[[int, int], None]
"""Called with (scans done, scans in all)."""


def asked_again(facts: DiagnosisFacts) -> DiagnosisAsked:
    """What was diagnosed, from what is written of it.

    Raises:
        ConfigError: the model has other weights by now, or none, for its answers came in a file.
        ModelError: there is no such model any more.
    """
    if facts.checkpoint_of and not facts.model_hash:
        raise ConfigError(
            f"{facts.model} is a look of a training run, which keeps no states",
            remedy="Diagnose a checkpoint of the run, with --states",
        )
    if not facts.model_hash:
        raise ConfigError(
            f"the answers of {facts.model} were imported, and a file of answers has no states",
            remedy="Diagnose a model that runs here",
        )
    model = facts.asked_model or facts.model
    if weights_hash(model) != facts.model_hash:
        raise ConfigError(
            f"the model {facts.model} is not the one that was diagnosed: its weights are others",
            remedy="Diagnose it again, with --states",
        )
    return DiagnosisAsked(
        model,
        Path(facts.data),
        facts.split,
        None if not facts.scans else Path(facts.scans),
        parse_asked(facts.modalities)[0],
        facts.proposals or None,
        facts.first or None,
    )


def keep_states(
    asked: DiagnosisAsked,
    folder: Path,
    modalities: Sequence[Modality],
    *,
    on_scene: OnScene | None = None,
    is_cancelled: IsCancelled = lambda: False,
) -> StoredStates:
    """Store the state of the target of every sentence whose target is a candidate.

    Args:
        asked: what was diagnosed.
        folder: of the diagnosis.
        modalities: those that were asked.
        on_scene: told after every scan.
        is_cancelled: polled between groups of sentences.

    Raises:
        Cancelled: `is_cancelled` returned True; what was stored is kept.
        NotSupportedError: the model does not show its states.
        SceneError: not one scan could be asked.
        WhatWhereError: the model failed; what was stored is kept.
    """
    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.threads import use_threads_for_encoding

    split = asked.open_split()
    stored = StoredStates.opened(folder, modalities)
    is_whole = stored is not None and set(stored.modalities) == set(modalities)
    has = np.zeros(len(split.expressions), bool)
    if is_whole and stored is not None and len(stored.has) == len(has):
        has = stored.has
    left = [scene for scene in split.scenes if not has[list(scene.rows)].any()]
    if left:
        proposals = proposal_source(asked.proposals, asked.first)
        grounder = load_grounder(asked.model, device=asked.device)
        with closing_external(grounder):
            stateful = as_stateful(grounder)
            use_threads_for_encoding()
            writer = StateWriter(folder, len(split.expressions), modalities)
            for number, scene in enumerate(left, start=1):
                expressions = [split.expressions[row] for row in scene.rows]
                found = _of_scene(stateful, scene, expressions, modalities, proposals, is_cancelled)
                if found is not None:
                    writer.put(*found)
                if on_scene is not None:
                    on_scene(len(split.scenes) - len(left) + number, len(split.scenes))
    stored = StoredStates.opened(folder, modalities)
    if stored is None:
        raise SceneError(
            f"not one scan of {split.name} could be asked", remedy="Check the scans", path=folder
        )
    return stored


def _of_scene(
    stateful: Stateful,
    item: SplitScene,
    expressions: Sequence[Expression],
    modalities: Sequence[Modality],
    proposals: ProposalSource | None,
    is_cancelled: IsCancelled,
) -> tuple[list[int], NDArray[np.float32], NDArray[np.float32]] | None:
    """Sentences of a scan whose target is a candidate, its states and centres; None without any.

    What cannot be asked is counted in the diagnosis already.
    """
    try:
        scene = open_scene(item.path)
        among = annotation_proposals(scene) if proposals is None else proposals.of(scene).proposals
        encoding = stateful.encode(scene, among, is_cancelled=is_cancelled)
    except (MissingFileError, BrokenFileError, SceneError):
        return None
    place_of = {
        item.object_id: index
        for index, item in enumerate(encoding.proposals)
        if item.object_id is not None
    }
    rows = [n for n, one in enumerate(expressions) if one.target_id in place_of]
    parts: list[NDArray[np.float32]] = []
    for start in range(0, len(rows), SENTENCES_PER_CALL):
        if is_cancelled():
            raise Cancelled("Keeping states")
        asked = [expressions[row] for row in rows[start : start + SENTENCES_PER_CALL]]
        places = [place_of[one.target_id] for one in asked if one.target_id is not None]
        texts = [one.text for one in asked]
        parts.append(stateful.states_of_all(encoding, texts, modalities, places))
    if not rows:
        return None
    centers_m = np.array(
        [encoding.proposals[place_of[expressions[row].target_id or 0]].box.center for row in rows],
        np.float32,
    )
    return [item.rows[row] for row in rows], np.concatenate(parts, axis=1), centers_m
