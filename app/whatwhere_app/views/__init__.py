"""Widgets: they show values and emit wishes, and know nothing else."""
