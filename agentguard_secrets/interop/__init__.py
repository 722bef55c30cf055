"""Turns files of other programs into ours, and ours into theirs."""
