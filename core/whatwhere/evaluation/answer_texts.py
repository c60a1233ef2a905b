"""When an answer in words is right: the rules that circulate, which differ by several points."""

import re
from collections.abc import Sequence

_SPELT = {
    "letf": "left",
    "let": "left",
    "tehre": "there",
    "rigth": "right",
    "rght": "right",
    "behine": "behind",
    "tv": "TV",
    "chai": "chair",
    "wasing": "washing",
    "waslked": "walked",
    "oclock": "o'clock",
    "backwards": "backward",
    "none": "zero",
}
_NUMBERS = {
    str(number): word
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
} | {"23": "twenty-three"}
_WORD = re.compile(rf"\b({'|'.join([*_SPELT, *_NUMBERS])})\b")
_TYPES = ("what", "is", "how", "can", "which")


def cleaned(answer: str) -> str:
    """LEO's and SQA3D's way: lower case, typing errors mended, numbers as words, no articles."""
    text = re.sub(" {2,}", " ", answer.lower().strip(" "))
    text = re.sub(r"[^a-z0-9,'\s\-:]+", "", text)
    text = _WORD.sub(lambda match: (_SPELT | _NUMBERS)[match[1]], text)
    text = re.sub(r"\bo' +clock\b", "o'clock", text)
    text = re.sub(r"\b([a-zA-Z]+)[0-9]\b", r"\1", text)
    for article in ("a", "an", "the"):
        text = re.sub(rf"\b{article}\b ([a-zA-Z]+)", r"\1", text)
    return text


def is_exact(said: str, answers: Sequence[str]) -> bool:
    """ScanQA's EM@1: word for word, capitals and full stops included; an empty answer is wrong."""
    return bool(said) and said in answers


def is_exact_cleaned(said: str, answers: Sequence[str]) -> bool:
    """EM@1 after `cleaned`, as LEO and SQA3D count."""
    return is_exact(cleaned(said), [cleaned(answer) for answer in answers])


def is_refined(said: str, answers: Sequence[str]) -> bool:
    """LEO's EM-R: right as well where one contains the other, blanks aside.

    The empty text is contained in everything, and is wrong here.
    """
    own = _packed(cleaned(said))
    others = [_packed(cleaned(answer)) for answer in answers]
    return bool(own) and any(other and (own in other or other in own) for other in others)


def question_type(question: str) -> str:
    """SQA3D's kinds: what, is, how, can, which, others, by the first word."""
    first = question.lower().split(maxsplit=1)[:1]
    return first[0] if first and first[0] in _TYPES else "others"


def _packed(text: str) -> str:
    return "".join(text.split())
