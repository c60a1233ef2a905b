"""Whether the bias numbers mean what they say: answers that were planted, and trained models."""
