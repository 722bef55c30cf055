"""Turns one event of a coding agent into the guard's answer."""
