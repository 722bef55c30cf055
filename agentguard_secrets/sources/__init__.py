"""Turns the world, from files to pushes, into chunks of text to scan."""
