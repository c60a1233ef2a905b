"""What the store of annotations bears, and how quick it is."""
