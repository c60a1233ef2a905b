"""Referring expressions and the data sets they come from."""
