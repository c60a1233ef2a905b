"""A grounder whose language model reads frame tokens, candidates and words."""
