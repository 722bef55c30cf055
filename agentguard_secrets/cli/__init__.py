"""Turns a command line into an exit status."""
