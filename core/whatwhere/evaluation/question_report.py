"""The numbers of a model that answers questions: ScanQA and SQA3D in the variants in use."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.evaluation.answer_texts import (
    cleaned,
    is_exact,
    is_exact_cleaned,
    is_refined,
    question_type,
)
from whatwhere.evaluation.answered import SceneAnswers
from whatwhere.evaluation.caption_scores import Tokenizer, caption_scores, lacking
from whatwhere.evaluation.meteor import Meteor, lacking_meteor, meteor_program
from whatwhere.evaluation.metric import Facts, Metric, measured, split_hash
from whatwhere.evaluation.rates import Rate
from whatwhere.evaluation.split_report import SplitReport
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.situations import Question

FORMS = ("ScanQA", "SQA3D")
"""Data sets of questions."""

_EXACT: dict[str, tuple[tuple[str, str, Callable[[str, Sequence[str]], bool]], ...]] = {
    "ScanQA": (
        ("em1", "official", is_exact),
        ("em1", "leo", is_exact_cleaned),
        ("em1-refined", "leo", is_refined),
    ),
    "SQA3D": (("em1", "official", is_exact_cleaned), ("em1-refined", "leo", is_refined)),
}
_TEXTS: tuple[tuple[str, Tokenizer, Callable[[str], str]], ...] = (
    ("official", "ptb", str),
    ("video-3d-llm", "none", lambda text: text.rstrip(" ").removesuffix(".")),
    ("leo", "ptb", cleaned),
)
"""Variant, tokenizer, and what is done to answers before it."""


def question_report(
    file: ExpressionFile, answers: Sequence[SceneAnswers], modalities: Sequence[str]
) -> SplitReport:
    """Score what was said.

    Args:
        file: the whole loaded split.
        answers: of the scans that were asked.
        modalities: that the model was asked in.

    Raises:
        ConfigError: the split keeps its answers (ScanQA's test splits).
    """
    questions = [item for item in file.expressions if isinstance(item, Question)]
    if not any(item.answers for item in questions):
        raise ConfigError(
            "this split keeps its answers to itself, so nothing can be scored",
            remedy="Evaluate on val, or submit the answers to the data set's server",
        )
    rows = [row for scene in answers for row in scene.rows]
    kept = [place for place, row in enumerate(rows) if questions[row].answers]
    asked = [questions[rows[place]] for place in kept]
    scene_of = [index for index, scene in enumerate(answers) for _ in scene.rows]
    scenes = np.array([scene_of[place] for place in kept], int)
    source = "+".join(sorted({item.box_source for item in answers if item.fault is None})) or "none"
    facts = Facts("", source, split_hash(asked))
    kinds = np.array([question_type(item.text) for item in asked], np.str_)
    said = {modality: _column(answers, modality, kept) for modality in modalities}
    with _meteor(asked) as meteor:
        by_modality = {
            modality: (
                *_exact(file.form, column, asked, scenes, facts, kinds),
                *_texts(file.form, column, asked, facts, meteor),
            )
            for modality, column in said.items()
        }
    return SplitReport(
        num_rows=len(asked),
        num_scenes=len(set(scenes.tolist())),
        split_hash=facts.split_hash,
        box_source=source,
        counts={str(kind): int((kinds == kind).sum()) for kind in np.unique(kinds)},
        recall=(),
        by_modality=by_modality,
        unanswered={name: sum(not text for text in column) for name, column in said.items()},
        targets_without_box=0,
        left_out=len(rows) - len(kept),
        num_empty=sum(scene.num_empty for scene in answers),
        faults=tuple(scene.fault for scene in answers if scene.fault is not None),
        notes=_notes(meteor),
    )


def _exact(
    form: str,
    said: Sequence[str],
    asked: Sequence[Question],
    scenes: NDArray[np.integer],
    facts: Facts,
    kinds: NDArray[np.str_],
) -> list[Metric]:
    return [
        measured(
            f"{form.lower()}.{name}.{variant}",
            np.array([rule(text, item.answers) for text, item in zip(said, asked, strict=True)]),
            scenes,
            replace(facts, variant=variant),
            {"question": kinds},
        )
        for name, variant, rule in _EXACT[form]
    ]


def _texts(
    form: str,
    said: Sequence[str],
    asked: Sequence[Question],
    facts: Facts,
    meteor: Meteor | None,
) -> list[Metric]:
    """Scores of the whole corpus, which are no means over rows and have no parts."""
    found = []
    for variant, tokenizer, prepared in _TEXTS:
        if not asked or lacking(tokenizer) is not None:
            continue
        scores = caption_scores(
            [prepared(text) for text in said],
            [[prepared(answer) for answer in item.answers] for item in asked],
            tokenizer,
            meteor=meteor,
        )
        found += [
            Metric(
                f"{form.lower()}.{name}.{variant}",
                replace(facts, variant=f"{variant}, over the corpus"),
                Rate(value, len(asked)),
            )
            for name, value in scores.items()
        ]
    return found


def _meteor(asked: Sequence[Question]) -> AbstractContextManager[Meteor | None]:
    """One program for all modalities and variants; None where it cannot run or has no work."""
    has_work = bool(asked) and lacking_meteor() is None
    return meteor_program() if has_work else nullcontext()


def _notes(meteor: Meteor | None) -> tuple[str, ...]:
    """Why some numbers are not there."""
    reasons = [why for _, how, _ in _TEXTS if (why := lacking(how))]
    reasons.append((lacking_meteor() or "") if meteor is None else meteor.fault)
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def _column(answers: Sequence[SceneAnswers], modality: str, kept: Sequence[int]) -> list[str]:
    column: list[str | None] = []
    for scene in answers:
        column += scene.said.get(modality, (None,) * len(scene.rows))
    return [column[place] or "" for place in kept]
