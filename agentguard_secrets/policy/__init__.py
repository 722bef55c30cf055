"""Turns findings into a decision, by the written policy."""
