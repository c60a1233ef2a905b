"""What models answered over whole splits, a row per case."""
