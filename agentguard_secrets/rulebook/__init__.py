"""Turns rules/*.toml into detect/table.py, and proves it."""
