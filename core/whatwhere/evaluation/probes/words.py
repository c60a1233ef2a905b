"""Probes of the sentence: the scene stays as it is."""

import re

from whatwhere.evaluation.probes.phrases import before_place, phrases_in, put
from whatwhere.evaluation.probes.probe import Case, Edit, NotApplicable, Probe, nowhere_to_go
from whatwhere.evaluation.probes.synonyms import noun_in

_NO_PLACE = NotApplicable("The sentence says no relation that we know the words of.")
_NO_NOUNS = "the|a|an|find|show|me|point|to|where|is|i|mean"
_HAS_NOUN = re.compile(rf"\b(?!(?:{_NO_NOUNS})\b)\w+", re.I)


def _swap(case: Case) -> Edit | NotApplicable:
    phrases = phrases_in(case.text)
    if not phrases:
        return _NO_PLACE
    for phrase in phrases:
        if phrase.opposite is not None:
            note = f"{phrase.words} → {phrase.opposite}"
            text = put(case.text, phrase, phrase.opposite)
            return nowhere_to_go(case) or Edit("move", text=text, note=note)
    return NotApplicable(f'"{phrases[0].words}" has no opposite that holds in every room.')


def _drop_anchor(case: Case) -> Edit | NotApplicable:
    phrases = phrases_in(case.text)
    if not phrases:
        return _NO_PLACE
    left = before_place(case.text, phrases[0])
    if not _HAS_NOUN.search(left):
        return NotApplicable("The sentence begins with its relation, so nothing is left without.")
    return nowhere_to_go(case) or Edit("either", text=left, note=f"only “{left}”")


def _synonym(case: Case) -> Edit | NotApplicable:
    for phrase in phrases_in(case.text):
        if phrase.synonym is not None:
            text = put(case.text, phrase, phrase.synonym)
            return Edit("stay", text=text, note=f"{phrase.words} → {phrase.synonym}")
    noun = noun_in(case.text)
    if noun is None:
        return NotApplicable("We know no other words for what the sentence says.")
    start, end, other = noun
    text = case.text[:start] + other + case.text[end:]
    return Edit("stay", text=text, note=f"{case.text[start:end]} → {other}")


def _negate(case: Case) -> Edit | NotApplicable:
    phrases = phrases_in(case.text)
    if not phrases:
        return _NO_PLACE
    phrase = phrases[0]
    left = before_place(case.text, phrase)
    if not _HAS_NOUN.search(left):
        return NotApplicable("The sentence begins with its relation, so it cannot be denied.")
    text = f"{left} that is not {case.text[phrase.start :]}"
    return nowhere_to_go(case) or Edit("move", text=text, note=f"not {phrase.words}")


WORDS: tuple[Probe, ...] = (
    Probe(
        "swap-relation",
        "Swap the relation",
        "words",
        "Says the opposite relation, so whatever was chosen should be chosen no more.",
        {
            "stayed": "Prediction did not move: relation ignored ({note}).",
            "moved": "Prediction moved with the relation ({note}).",
        },
        _swap,
    ),
    Probe(
        "drop-anchor",
        "Drop the relation and its anchor",
        "words",
        "Leaves only what the sentence is about; anything of that class may be chosen.",
        {
            "stayed": "Prediction stayed with {note}: looks or habit lead there by themselves.",
            "moved": "Prediction left without its relation: the relation had decided.",
        },
        _drop_anchor,
    ),
    Probe(
        "synonym",
        "Say it in other words",
        "words",
        "Says the same with other words, so the answer should stay.",
        {
            "stayed": "Prediction stayed ({note}).",
            "moved": "Prediction moved although the meaning stayed ({note}): it hangs on words.",
        },
        _synonym,
    ),
    Probe(
        "negate",
        "Deny the relation",
        "words",
        "Denies the relation, so whatever was chosen should be chosen no more.",
        {
            "stayed": "Prediction did not move: the denial is ignored ({note}).",
            "moved": "Prediction moved when the relation was denied ({note}).",
        },
        _negate,
    ),
)
