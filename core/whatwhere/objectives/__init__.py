"""Training losses as small pure functions."""
