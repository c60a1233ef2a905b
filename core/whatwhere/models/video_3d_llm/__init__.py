"""Video-3D-LLM's head, positions and sequence, so that its weights answer here."""
