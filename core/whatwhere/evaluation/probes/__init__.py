"""Small edits of a case, each with what should happen to the answer."""
