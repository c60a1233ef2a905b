"""What the states that answers are read from hold: similarity, read-outs, maps."""
