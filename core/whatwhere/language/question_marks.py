"""Which texts are questions, to be answered in words, and which are expressions, to be pointed at.

A question mark decides. Data sets of questions (ScanQA, SQA3D) end theirs with one, referring
expressions have none.
"""

_MARKS = ("?", "\uff1f", "\u061f")  # Latin, full-width, Arabic


def is_question(text: str) -> bool:
    """Whether a text ends with a question mark; quotes and blanks behind it do not count."""
    return text.rstrip(" \t\r\n\"'\u201d\u2019)").endswith(_MARKS)
