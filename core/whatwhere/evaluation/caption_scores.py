"""BLEU, ROUGE-L, CIDEr and METEOR of a corpus, by the library that all papers use (pycocoevalcap).

It is an optional part: without it these scores are left out, and without Java those that need the
Penn Treebank's tokenizer are, too. METEOR needs Java as well. SPICE is not computed: its parser's
models, half a gigabyte, are no part of the library.
"""

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from whatwhere.errors import NotSupportedError
from whatwhere.evaluation.meteor import Meteor

Tokenizer = Literal["ptb", "none"]

_JAR = "stanford-corenlp-3.4.1.jar"
_PUNCTUATION = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-"]
    + [".", "?", "!", ",", ":", "-", "--", "...", ";"]
)
_TIMEOUT_S = 600


def lacking(tokenizer: Tokenizer) -> str | None:
    """Why the scores cannot be computed here, or None."""
    if importlib.util.find_spec("pycocoevalcap") is None:
        return 'BLEU, ROUGE-L and CIDEr need pip install "whatwhere[qa]"'
    if tokenizer == "ptb" and shutil.which("java") is None:
        return "the official BLEU, ROUGE-L and CIDEr need Java for the tokenizer"
    return None


def caption_scores(
    said: Sequence[str],
    answers: Sequence[Sequence[str]],
    tokenizer: Tokenizer,
    *,
    meteor: Meteor | None = None,
) -> dict[str, float]:
    """Scores of a whole corpus; 1 is full marks, but CIDEr goes up to 10.

    Args:
        said: n answers; an empty one scores nothing.
        answers: n lists of those that count as right, one at least in each.
        tokenizer: the Penn Treebank's, as officially, or none: words are parted by blanks.
        meteor: computes METEOR, which is left out where that fails; None leaves it out, too.

    Raises:
        NotSupportedError: the library or Java is missing.
    """
    if (reason := lacking(tokenizer)) is not None:
        raise NotSupportedError("answers cannot be compared by words here", remedy=reason)
    from pycocoevalcap.bleu.bleu import Bleu  # type: ignore[import-not-found, unused-ignore]
    from pycocoevalcap.cider.cider import Cider  # type: ignore[import-not-found, unused-ignore]
    from pycocoevalcap.rouge.rouge import Rouge  # type: ignore[import-not-found, unused-ignore]

    flat = [*said, *(answer for row in answers for answer in row)]
    words = iter(_ptb(flat) if tokenizer == "ptb" else [" ".join(text.split()) for text in flat])
    own = {index: [next(words)] for index in range(len(said))}
    right = {index: [next(words) for _ in row] for index, row in enumerate(answers)}
    bleu, _ = Bleu(4).compute_score(right, own, verbose=0)
    rouge, _ = Rouge().compute_score(right, own)
    cider, _ = Cider().compute_score(right, own)
    scores = {f"bleu-{number}": float(value) for number, value in enumerate(bleu, start=1)}
    scores |= {"rouge-l": float(rouge), "cider": float(cider)}
    if meteor is not None:
        found = meteor.score([own[index][0] for index in own], list(right.values()))
        scores |= {} if found is None else {"meteor": found}
    return scores


def _ptb(texts: Sequence[str]) -> list[str]:
    """Tokens joined by blanks, lower case, without punctuation."""
    import pycocoevalcap.tokenizer  # type: ignore[import-not-found, unused-ignore]

    folder = Path(next(iter(pycocoevalcap.tokenizer.__path__)))
    lines = "\n".join(" ".join(text.split()) for text in texts) + "\n"
    command = ["java", "-cp", str(folder / _JAR), "edu.stanford.nlp.process.PTBTokenizer"]
    done = subprocess.run(
        [*command, "-preserveLines", "-lowerCase"],
        input=lines.encode(),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    found = done.stdout.decode("utf-8", "replace").split("\n")[: len(texts)]
    if done.returncode or len(found) != len(texts):
        raise NotSupportedError(
            "the Penn Treebank's tokenizer failed",
            remedy="Check that `java -version` works",
        )
    return [" ".join(word for word in line.split() if word not in _PUNCTUATION) for line in found]
