"""Turns what outlives a run into values, and back."""
