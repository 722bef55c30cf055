"""Turns decisions into words to those outside whom the policy names."""
