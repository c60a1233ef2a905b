import pytest

from whatwhere.errors import ExpressionError
from whatwhere.language.expressions import Expression


def test_a_typed_sentence_is_trimmed_and_has_no_target() -> None:
    expression = Expression.typed("room", "  the   chair\n")
    assert expression.text == "the chair"
    assert expression.target_id is None


@pytest.mark.parametrize("text", ["", "   ", "?!", "\n\t"])
def test_a_sentence_without_words_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="empty"):
        Expression.typed("room", text)
