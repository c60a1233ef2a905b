"""The window killed while somebody annotates in it, and what is there when it starts again."""
