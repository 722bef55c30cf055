"""Turns the formats of others into our values, and our values into theirs."""
