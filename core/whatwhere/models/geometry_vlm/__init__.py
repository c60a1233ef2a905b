"""A grounder that says its box: appearance and geometry summed into one token per patch."""
