"""The entries that run inside child processes."""
