"""What the presenters ask for: scenes from disk, answers from the grounder host."""
