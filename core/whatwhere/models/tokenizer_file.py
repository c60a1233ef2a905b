"""The `tokenizer.json` of a model folder."""

from pathlib import Path

from tokenizers import Tokenizer

from whatwhere.errors import ModelError


def read_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer of the `tokenizers` library.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"the tokenizer cannot be read ({error.strerror})",
            remedy="Copy the whole model folder again",
            path=path,
        ) from error
    except Exception as error:  # the library raises nothing narrower
        raise ModelError(
            "the tokenizer is not valid", remedy="Copy the whole model folder again", path=path
        ) from error
