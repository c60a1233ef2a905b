"""From a model and a split to numbers: what `whatwhere evaluate` and `whatwhere.evaluate` do."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whatwhere.errors import ConfigError, SceneError
from whatwhere.evaluation.answered import SceneAnswers
from whatwhere.evaluation.metric import split_hash
from whatwhere.evaluation.question_report import FORMS, question_report
from whatwhere.evaluation.split_report import Rules, SplitReport, split_report
from whatwhere.folders import user_folder
from whatwhere.language.splits import Split, open_split
from whatwhere.models.cache_cap import usual_cache_bytes
from whatwhere.models.grounder import IsCancelled, Modality, as_speaker, parse_modalities
from whatwhere.serving.answer_log import answer_log
from whatwhere.serving.asked_model import (
    answer_file,
    load_asked,
    model_mark,
    proposal_source,
    proposals_said,
)
from whatwhere.serving.file_answers import FileAnswerer
from whatwhere.serving.question_answers import QuestionFile, SpeakerAnswerer
from whatwhere.serving.split_runner import (
    Answerer,
    GrounderAnswerer,
    Progressed,
    run_split,
)

if TYPE_CHECKING:
    from whatwhere.models.kept_features import KeptFeatures

LOG_NAME = "answers.jsonl"

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be evaluated.

    Attributes:
        model: a name from `whatwhere models list`, a model folder, or a file of answers.
        split: the sentences and their scans.
        modalities: what the model may see; those that it lacks are left out.
        proposals: a file or folder of candidates, or "geometric" for those that are found in the
            mesh; None takes the annotated objects.
        first: only so many candidates of each scan.
        rules: which definitions.
        device: where the model runs.
        cache_bytes: what may be kept on disk of scans that models looked at, so that the next
            evaluation of the same scans need not look; 0 keeps nothing.
    """

    model: str | Path
    split: Split
    modalities: tuple[Modality, ...] = ("fused", "2d", "3d")
    proposals: Path | str | None = None
    first: int | None = None
    rules: Rules = field(default_factory=Rules)
    device: str = "auto"
    cache_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Encodings:
    """Whether scans had to be looked at.

    Attributes:
        num_used: found on disk as this model saw them before.
        num_made: looked at now.
        cache_bytes: what all on disk may take together.
    """

    num_used: int
    num_made: int
    cache_bytes: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came out.

    Attributes:
        model: its name.
        split: what was asked.
        modalities: that were asked.
        answers: of every scan that could be opened.
        unopened: a sentence per scan that could not.
        report: the numbers.
        wall_s: seconds of this call; of one that went on, the rest only.
        rows_answered: sentences that this call answered.
        encodings: None where the model keeps nothing of what it sees.
    """

    model: str
    split: Split
    modalities: tuple[str, ...]
    answers: tuple[SceneAnswers, ...]
    unopened: tuple[str, ...]
    report: SplitReport
    wall_s: float
    rows_answered: int
    encodings: Encodings | None = None

    def as_json(self) -> dict[str, Any]:
        """The `evaluate` JSON document."""
        encode_s = sum(scene.encode_s for scene in self.answers)
        ground_s = sum(scene.ground_s for scene in self.answers)
        asked = {row for scene in self.answers for row in scene.rows}
        rate = self.rows_answered / self.wall_s if self.rows_answered and self.wall_s else None
        return {
            "model": self.model,
            "data": self.split.file.form,
            "split": self.split.name,
            **self.report.as_json(),
            "not_asked": {
                "rows": len(self.split.expressions) - len(asked),
                "num_scenes_not_here": len(self.split.missing),
                "scenes_not_here": list(self.split.missing[:_NAMED]),
                "not_opened": list(self.unopened[:_NAMED]),
                "num_rows_dropped": len(self.split.file.problems),
                "rows_dropped": list(self.split.file.problems[:_NAMED]),
            },
            "queries_per_s": rate,
            "seconds": {"encode": encode_s, "ground": ground_s},
            "encodings": None if self.encodings is None else asdict(self.encodings),
            "encoder_share": encode_s / (encode_s + ground_s) if encode_s + ground_s else None,
        }


def evaluate(  # noqa: PLR0913 - the options of `whatwhere evaluate`
    model: str | Path,
    sentences: Path | str,
    *,
    split: str = "val",
    scans: Path | str | None = None,
    modalities: str | Sequence[str] = ("fused", "2d", "3d"),
    proposals: Path | str | None = None,
    rules: Rules | None = None,
    out: Path | None = None,
    device: str = "auto",
    cache_mb: int | None = None,
) -> dict[str, Any]:
    """Score a model on a split, or go on where an earlier call was stopped.

    Args:
        model: a name from `whatwhere models list`, a model folder, or a file of answers.
        sentences: a file of ScanRefer, Nr3D, Sr3D, ScanEnts3D, ScanQA or SQA3D, or a folder with
            one.
        split: which of a folder's files.
        scans: the folder that holds the scans.
        modalities: what the model may see.
        proposals: a file or folder of candidates, or "geometric"; None takes the annotated objects.
        rules: which definitions; the official ones by default.
        out: folder for the answers; None takes one of the user's.
        device: where the model runs.
        cache_mb: what may be kept on disk of scans that models looked at, 0 for nothing; None for
            2,000, or what lies there already.

    Returns:
        The `evaluate` JSON document.

    Raises:
        WhatWhereError: something is missing or broken; what was answered is kept in `out`.
    """
    asked = Asked(
        model,
        open_split(Path(sentences), split=split, scans=None if scans is None else Path(scans)),
        parse_modalities(modalities),
        proposals,
        rules=rules or Rules(),
        device=device,
        cache_bytes=usual_cache_bytes() if cache_mb is None else cache_mb * 10**6,
    )
    return run_evaluation(asked, out or default_folder(asked)).as_json()


def default_folder(asked: Asked) -> Path:
    """Where the answers of an evaluation are kept: the same evaluation, the same folder."""
    about = repr(sorted(_about(asked, asked.modalities).items()))
    mark = hashlib.sha256(about.encode()).hexdigest()[:8]
    name = "-".join([Path(asked.model).stem, asked.split.name, mark])
    folder = user_folder("data") / "evaluations"
    return folder / re.sub(r"[^A-Za-z0-9._-]+", "_", name)


def run_evaluation(
    asked: Asked,
    folder: Path,
    *,
    on_progress: Callable[[Progressed], None] | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Evaluated:
    """Answer what is not answered yet, then score all of it.

    Args:
        asked: what.
        folder: holds the answers, also those of an earlier call.
        on_progress: told after every scan.
        is_cancelled: polled between scans.

    Raises:
        Cancelled: `is_cancelled` returned True; what was answered is kept.
        ConfigError: the folder holds another evaluation, or the rules cannot be applied.
        WhatWhereError: the model failed; what was answered is kept.
    """
    _report(asked, (), asked.modalities)  # tries the rules before hours are spent
    started = time.perf_counter()
    with (
        _answerer(asked, is_cancelled) as (name, modalities, answerer, kept),
        answer_log(folder / LOG_NAME, _about(asked, modalities)) as log,
    ):
        before = sum(len(scene.rows) for scene in log.done.values())
        answers, unopened = run_split(
            answerer, asked.split, log, on_progress=on_progress, is_cancelled=is_cancelled
        )
    if not answers:
        raise SceneError(
            f"not one scan of {asked.split.name} could be asked",
            remedy=unopened[0].rstrip(".") if unopened else "Check the scans",
        )
    return Evaluated(
        name,
        asked.split,
        modalities,
        answers,
        unopened,
        _report(asked, answers, modalities),
        time.perf_counter() - started,
        sum(len(scene.rows) for scene in answers) - before,
        None if kept is None else Encodings(kept.num_used, kept.num_made, asked.cache_bytes),
    )


@contextmanager
def _answerer(
    asked: Asked, is_cancelled: IsCancelled | None
) -> Iterator[tuple[str, tuple[Modality, ...], Answerer, "KeptFeatures | None"]]:
    """The model's name, its modalities among those asked for, what answers, what it saw before."""
    path, asks = answer_file(asked.model), asked.split.file.form in FORMS
    if path is not None:
        stored = QuestionFile(path) if asks else FileAnswerer(path)
        yield Path(asked.model).stem, stored.modalities, stored, None
        return
    from whatwhere.models.external import closing_external

    proposals = proposal_source(asked.proposals, asked.first)
    grounder = load_asked(asked.model, device=asked.device, cache_bytes=asked.cache_bytes)
    has = grounder.capabilities.modalities
    modalities = tuple(name for name in asked.modalities if name in has)
    if not modalities:
        raise ConfigError(
            f"{grounder.name} has none of the modalities {', '.join(asked.modalities)}",
            remedy=f"Ask for {', '.join(has)}",
        )
    with closing_external(grounder):
        answerer: Answerer
        if asks:
            answerer = SpeakerAnswerer(
                as_speaker(grounder), modalities, proposals, is_cancelled=is_cancelled
            )
        else:
            answerer = GrounderAnswerer(grounder, modalities, proposals, is_cancelled=is_cancelled)
        kept: KeptFeatures | None = getattr(grounder, "kept", None) if asked.cache_bytes else None
        yield grounder.name, modalities, answerer, kept


def _about(asked: Asked, modalities: Sequence[str]) -> dict[str, Any]:
    """What the answers depend on: an evaluation goes on only where all of it is the same."""
    return {
        "model": str(asked.model),
        "model_files": model_mark(asked.model),
        "split": asked.split.name,
        "split_hash": split_hash(asked.split.expressions),
        "modalities": list(modalities),
        "proposals": proposals_said(asked.proposals),
        "first": asked.first,
    }


def _report(
    asked: Asked, answers: Sequence[SceneAnswers], modalities: Sequence[str]
) -> SplitReport:
    if asked.split.file.form in FORMS:
        return question_report(asked.split.file, answers, modalities)
    return split_report(asked.split.file, answers, modalities, asked.rules)
