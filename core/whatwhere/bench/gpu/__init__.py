"""Networks of real sizes on a GPU, or small ones of the same form on any machine."""
