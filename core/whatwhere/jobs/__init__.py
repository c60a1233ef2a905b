"""Child processes and the frames protocol that talks to them."""
