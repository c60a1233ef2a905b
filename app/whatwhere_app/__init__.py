"""The Qt program: a window that never loads torch."""
