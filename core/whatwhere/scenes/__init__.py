"""Scans on disk and in memory."""
