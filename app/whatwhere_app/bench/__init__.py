"""Figures about the window, found by `whatwhere bench`."""
