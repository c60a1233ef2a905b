"""Functions that draw one kind of value with any pyvista plotter."""
