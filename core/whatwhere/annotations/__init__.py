"""What users say of cases: stored at once, undoable for ever, carried in and out."""
