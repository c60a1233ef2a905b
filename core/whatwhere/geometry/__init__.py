"""Boxes, poses and cameras: numpy only, shapes, units and frames in the names."""
