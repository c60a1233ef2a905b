"""One sentence about answers in words: which modalities say the same, and nothing more."""

from collections.abc import Mapping
from itertools import groupby

from whatwhere.models.grounder import Answer, Modality

_TAGS: tuple[tuple[Modality, str], ...] = (("fused", "Fused"), ("2d", "2D"), ("3d", "3D"))


def reply_verdict(answers: Mapping[Modality, Answer]) -> str:
    """Which of the fused, the 2D-only and the 3D-only answer say the same.

    Case, blanks and stops make no difference; whether an answer is right is not judged.
    """
    said = {tag: _plain(answers[modality].text) for modality, tag in _TAGS if modality in answers}
    silent = [tag for tag, text in said.items() if not text]
    spoken = {tag: text for tag, text in said.items() if text}
    if not spoken:
        return "No modality says anything."
    alike = sorted(spoken, key=lambda tag: list(spoken.values()).index(spoken[tag]))
    groups = [list(tags) for _, tags in groupby(alike, key=lambda tag: spoken[tag])]
    return f"{_of_groups(groups)}{_of_silent(silent)}"


def _of_groups(groups: list[list[str]]) -> str:
    first, *others = groups
    if not others:
        if len(first) == 1:
            return f"Only {_within(first[0])} answers."
        return f"{_listed(first)} say the same."
    shared = max(groups, key=len)
    rest = [tag for group in groups if group is not shared for tag in group]
    if len(shared) == 1:
        return f"{_listed([tag for group in groups for tag in group])} say different things."
    other = _within(rest[0]) if len(rest) == 1 else _listed(rest)
    return f"{_listed(shared)} say the same; {other} says something else."


def _of_silent(tags: list[str]) -> str:
    if not tags:
        return ""
    return f" {_listed(tags)} {'says' if len(tags) == 1 else 'say'} nothing."


def _within(tag: str) -> str:
    return tag.replace("Fused", "fused")


def _listed(tags: list[str]) -> str:
    *first, last = tags
    return f"{', '.join(first)} and {last}" if first else last


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".!")
