"""What a diagnosis is of, gathered before the first scan is opened."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from whatwhere.errors import NotSupportedError
from whatwhere.evaluation.cases.facts import DiagnosisFacts, versions_now
from whatwhere.evaluation.cases.scene_cases import SceneCases, candidates_hash
from whatwhere.evaluation.metric import split_hash
from whatwhere.folders import user_folder
from whatwhere.language.splits import Split, open_split
from whatwhere.models.catalogue import find_model
from whatwhere.models.frame_grounding import IN_FRAME
from whatwhere.models.grounder import Modality, parse_modalities
from whatwhere.serving.asked_model import answer_file, model_mark, proposals_said
from whatwhere.training.run_files import CHECKPOINTS, CONFIG

NOT_HERE = "the scan is not here"
NOT_OPENED = "the scan cannot be opened"
NOT_YET = "not asked yet"

_HASHED_WHOLE = 512 * 2**20
"""Larger weights are told apart by their first part and their size."""

_STEP = re.compile(r"step-(\d+)")
_NOTES = 20


@dataclass(frozen=True, slots=True)
class DiagnosisAsked:
    """What is to be diagnosed.

    Attributes:
        model: a name from `whatwhere models list`, a model folder, or a file of answers.
        sentences: a file of sentences, or a folder with one.
        split: which of a folder's files.
        scans: the folder that holds the scans; None looks for them.
        modalities: what the model may see; those that it lacks are left out, and named.
        proposals: a file or folder of candidates, or "geometric" for those that are found in the
            mesh; None takes the annotated objects.
        first: only so many candidates of each scan.
        twins: ask about the twins, too, where the data set has some.
        in_frame: ask for `2d-frame`, too, where the model points in single pictures.
        device: where the model runs.
        cache_bytes: what may be kept on disk of scans that models looked at; 0 keeps nothing.
    """

    model: str | Path
    sentences: Path
    split: str = "val"
    scans: Path | None = None
    modalities: tuple[Modality, ...] = ("fused", "2d", "3d")
    proposals: Path | str | None = None
    first: int | None = None
    twins: bool = True
    in_frame: bool = False
    device: str = "auto"
    cache_bytes: int = 0

    def open_split(self) -> Split:
        """The sentences and their scans.

        Raises:
            WhatWhereError: they are not there, or broken.
        """
        return open_split(self.sentences, split=self.split, scans=self.scans)

    def about(self, split: Split, modalities: Sequence[str]) -> dict[str, object]:
        """What the answers depend on: a diagnosis goes on only where all of it is the same."""
        return {
            "model": str(self.model),
            "model_files": model_mark(self.model),
            "split": split.name,
            "split_hash": split_hash(split.expressions),
            "modalities": list(modalities),
            "proposals": proposals_said(self.proposals),
            "first": self.first,
            "twins": self.twins,
            "in_frame": self.in_frame,
        }

    def name(self, split: Split) -> str:
        """The same diagnosis, the same name: that of its folder."""
        about = repr(sorted(self.about(split, self.modalities).items()))
        mark = hashlib.sha256(about.encode()).hexdigest()[:8]
        shown = split.name.removeprefix("ScanRefer_filtered_")
        return re.sub(r"[^A-Za-z0-9._-]+", "_", f"{_model_name(self.model)}-{shown}-{mark}")


def parse_asked(names: str | Sequence[str]) -> tuple[tuple[Modality, ...], bool]:
    """Modalities from "fused,2d,2d-frame" or a sequence, and whether `2d-frame` is among them.

    Raises:
        NotSupportedError: a name is not a modality, or there is no other than `2d-frame`.
    """
    parts = [part.strip() for part in (names.split(",") if isinstance(names, str) else names)]
    others = parse_modalities([part for part in parts if part != IN_FRAME])
    if not others:
        raise NotSupportedError(
            f"a diagnosis of {IN_FRAME} alone compares nothing", remedy=f"Ask for fused,{IN_FRAME}"
        )
    return others, IN_FRAME in parts


def diagnoses_folder() -> Path:
    """The folder that holds one folder for each of the user's diagnoses."""
    return user_folder("data") / "diagnoses"


def facts_of(
    asked: DiagnosisAsked, split: Split, model: str, modalities: Sequence[str], notes: Sequence[str]
) -> DiagnosisFacts:
    """What is known before anything is asked.

    Args:
        asked: what.
        split: opened.
        model: its name.
        modalities: those of the model that are asked.
        notes: sentences for whoever reads it.
    """
    run, step = _checkpoint(asked.model)
    dropped = split.file.problems
    if dropped:
        notes = (*notes, f"{len(dropped):,} rows of the file were dropped. {dropped[0]}")
    return DiagnosisFacts(
        name=asked.name(split),
        model=model,
        model_hash=weights_hash(asked.model),
        data=str(asked.sentences.resolve()),
        split=asked.split if asked.sentences.is_dir() else split.name,
        split_hash=split_hash(split.expressions),
        num_sentences=len(split.expressions),
        modalities=tuple(modalities),
        box_source="none",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions_now(),
        checkpoint_of=run,
        step=step,
        scans="" if asked.scans is None else str(asked.scans.resolve()),
        asked_model=str(Path(asked.model).resolve() if Path(asked.model).exists() else asked.model),
        proposals=proposals_said(asked.proposals) or "",
        first=asked.first or 0,
        notes=tuple(notes),
    )


def facts_now(
    facts: DiagnosisFacts,
    split: Split,
    done: Sequence[SceneCases],
    unopened: dict[str, str],
    *,
    is_over: bool,
) -> DiagnosisFacts:
    """The facts with what has come out so far.

    Args:
        facts: as they were at the start.
        split: opened.
        done: scans that were asked.
        unopened: scan -> why it could not be.
        is_over: nothing more will be asked.
    """
    answered = sum(len(scene.rows) for scene in done)
    closed = sum(len(scene.rows) for scene in split.scenes if scene.scene_id in unopened)
    missing = len(split.expressions) - len(split.rows)
    left = len(split.expressions) - answered - closed - missing
    counts = {NOT_HERE: missing, NOT_OPENED: closed, NOT_YET: left}
    said = [*facts.notes, *unopened.values(), *(note for scene in done for note in scene.notes)]
    if len(said) > _NOTES:
        said[_NOTES:] = [f"{len(said) - _NOTES} more notes like these were left out."]
    return replace(
        facts,
        box_source="+".join(sorted({s.box_source for s in done} - {"none"})) or "none",
        is_complete=is_over and not left,
        not_asked={reason: count for reason, count in counts.items() if count},
        candidates_hash=candidates_hash(done) if is_over else "",
        notes=tuple(said),
    )


def _model_name(model: str | Path) -> str:
    run, step = _checkpoint(model)
    if run:
        return f"{Path(run).name}-step-{step}"
    path = Path(model)
    # A finished run keeps its model in a folder of that name.
    is_of_run = path.name == "model" and (path.parent / CONFIG).is_file()
    return path.parent.name if is_of_run else path.stem


def _checkpoint(model: str | Path) -> tuple[str, int]:
    """The run that a model folder is a checkpoint of, and its step; "" and 0 for another model."""
    path = Path(model)
    if not path.is_dir():
        return "", 0
    folder = path.resolve()
    step = _STEP.fullmatch(folder.name)
    if step is None or folder.parent.name != CHECKPOINTS:
        return "", 0
    return str(folder.parent.parent), int(step.group(1))


def weights_hash(model: str | Path) -> str:
    """Twelve hex digits of a model's weights; "" for answers that were imported."""
    if answer_file(model) is not None:
        return ""
    files = sorted(find_model(model).folder.glob("**/*.safetensors"))
    if not files:
        return model_mark(model)
    is_small = sum(path.stat().st_size for path in files) <= _HASHED_WHOLE
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {path.stat().st_size}".encode())
        with path.open("rb") as file:
            digest.update(
                hashlib.file_digest(file, "sha256").digest() if is_small else file.read(2**22)
            )
    return digest.hexdigest()[:12]
