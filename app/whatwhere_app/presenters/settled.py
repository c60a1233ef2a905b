"""When it is worth reckoning what takes longer than going on to the next cases."""

SETTLED_S = 0.12
"""Who goes through the steps of a run stays at none of them for so long."""
