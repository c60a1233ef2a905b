"""Sentences to token ids, and which words a model never saw.

A model folder carries a `tokenizer.json` of the `tokenizers` library; the tiny models use one
token per word, so that an unknown word can be named to the user.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from whatwhere.errors import ModelError
from whatwhere.models.tokenizer_file import read_tokenizer

PAD, UNKNOWN, GROUND = "<pad>", "<unk>", "<ground>"
_WORD = re.compile(r"[\w'-]+")


class Words:
    """Wraps the tokenizer of one model.

    Raises:
        ModelError: the tokenizer lacks one of the special tokens.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        ids = [tokenizer.token_to_id(token) for token in (PAD, UNKNOWN, GROUND)]
        if None in ids:
            raise ModelError(
                f"the tokenizer lacks one of {PAD}, {UNKNOWN}, {GROUND}",
                remedy="Use the tokenizer.json that was saved with the model",
            )
        self.pad_id, self.unknown_id, self.ground_id = (int(value or 0) for value in ids)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """One token per word that occurs in the texts, lower case, in alphabetical order."""
        seen = sorted({word for text in texts for word in split_words(text)})
        vocabulary = {token: index for index, token in enumerate([PAD, UNKNOWN, GROUND, *seen])}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        return cls(tokenizer)

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a model folder's tokenizer.json.

        Raises:
            ModelError: there is none, or it cannot be read.
        """
        return cls(read_tokenizer(path))

    def as_json(self) -> str:
        """The content of tokenizer.json."""
        return str(self.tokenizer.to_str(pretty=True))

    def write(self, path: Path) -> None:
        """Save as tokenizer.json."""
        path.write_text(self.as_json(), encoding="utf-8")

    @property
    def size(self) -> int:
        """Number of token ids."""
        return int(self.tokenizer.get_vocab_size())

    @property
    def hash(self) -> str:
        """A short fingerprint of the vocabulary."""
        listed = "\n".join(f"{i} {t}" for t, i in sorted(self.tokenizer.get_vocab().items()))
        return hashlib.sha256(listed.encode()).hexdigest()[:16]

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """Token ids ending in `<ground>`, and the words that are unknown to the model."""
        words = split_words(text)
        ids: list[int] = []
        unknown: list[str] = []
        for word in words:
            word_ids = self.tokenizer.encode(word, add_special_tokens=False).ids
            if self.unknown_id in word_ids and word not in unknown:
                unknown.append(word)
            ids.extend(word_ids)
        return [*ids, self.ground_id], unknown


def split_words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return _WORD.findall(text.lower())
