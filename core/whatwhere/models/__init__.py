"""Models that ground sentences."""
