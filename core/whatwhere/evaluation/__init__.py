"""What is measured, in pure numpy."""
