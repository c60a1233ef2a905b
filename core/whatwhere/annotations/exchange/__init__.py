"""Annotated cases as files of other programs' forms, and back."""
