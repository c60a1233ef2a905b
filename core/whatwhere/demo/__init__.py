"""Procedural rooms, written in the official ScanNet + ScanRefer form."""
