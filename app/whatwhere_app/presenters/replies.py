"""Answers in words as rows: a modality each, the models side by side."""

from collections.abc import Mapping
from math import exp

from whatwhere.models.grounder import Answer
from whatwhere_app.presenters.reply_verdict import reply_verdict
from whatwhere_app.presenters.shown import MODALITY_LAYERS, model_title
from whatwhere_app.view_values import Said, SaidRow
from whatwhere_app.workspace_values import Replies

_LACKING = Said("No such answer.", is_faint=True)
_POINTS = Said("\u2013", is_faint=True)


def heads_of(replies: Mapping[str, Replies]) -> tuple[str, ...]:
    """What stands above each model's column; nothing above a single one."""
    if len(replies) < 2:
        return ()
    return tuple(f"{tag} {model_title(name)}" for tag, name in zip("AB", replies, strict=False))


def verdict_of(replies: Mapping[str, Replies]) -> str:
    """A sentence per model: what its answers have in common, or why there is none."""
    said = []
    for tag, (name, item) in zip("AB", replies.items(), strict=False):
        whose = f"{tag} ({model_title(name)}): " if len(replies) > 1 else ""
        said.append(f"{whose}{item.fault or reply_verdict(item.answers)}")
    return "\n".join(said)


def rows_of(replies: Mapping[str, Replies]) -> tuple[SaidRow, ...]:
    """A row per modality; none while no model has an answer in words."""
    if not any(item.answers for item in replies.values()):
        return ()
    return tuple(
        SaidRow(layer, tuple(_said(item, item.answers.get(layer)) for item in replies.values()))
        for layer in MODALITY_LAYERS
    )


def _said(replies: Replies, answer: Answer | None) -> Said:
    if replies.fault:
        return _POINTS
    if answer is None:
        return _LACKING
    pieces = zip(answer.tokens, answer.log_probs, strict=True)
    hint = "\n".join(f"{token.strip() or repr(token)}  {exp(value):.0%}" for token, value in pieces)
    caption = f"{exp(answer.mean_log_prob):.0%} per token" if answer.tokens else ""
    if not answer.text:
        return Said("(nothing)", caption, hint, is_faint=True)
    return Said(answer.text, caption, hint)
