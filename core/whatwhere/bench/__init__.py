"""The project's own benchmarks, one module each."""
