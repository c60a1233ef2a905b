"""Procedural rooms written in the official ScanNet and ScanRefer form."""
