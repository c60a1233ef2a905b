"""Prompts to token ids and back, by the tokenizer that a language model came with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tokenizers import Tokenizer

from whatwhere.models.grounder import Answer, Modality
from whatwhere.models.tokenizer_file import read_tokenizer


class Texts:
    """Wraps a `tokenizer.json` of the `tokenizers` library."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a model folder's tokenizer.json.

        Raises:
            ModelError: there is none, or it cannot be read.
        """
        return cls(read_tokenizer(path))

    def write(self, path: Path) -> None:
        """Save as tokenizer.json."""
        path.write_text(self.as_json(), encoding="utf-8")

    def as_json(self) -> str:
        """The content of tokenizer.json."""
        return str(self.tokenizer.to_str())

    @property
    def size(self) -> int:
        """Number of token ids."""
        return int(self.tokenizer.get_vocab_size())

    def encode(self, prompt: str, text: str) -> list[int]:
        """Token ids of a prompt with `{text}` in it; special tokens only where it names them."""
        said = prompt.replace("{text}", text)
        ids: list[int] = self.tokenizer.encode(said, add_special_tokens=False).ids
        return ids

    def answer(
        self, modality: Modality, token_ids: list[int], log_probs: Sequence[float]
    ) -> Answer:
        """What was said in one modality, token by token."""
        pieces = tuple(self.decode([token_id]) for token_id in token_ids)
        return Answer(modality, self.decode(token_ids), pieces, tuple(log_probs))

    def decode(self, token_ids: list[int]) -> str:
        """The text of token ids, special tokens left out."""
        return str(self.tokenizer.decode(token_ids, skip_special_tokens=True)).strip()
