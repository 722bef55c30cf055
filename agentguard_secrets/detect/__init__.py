"""Turns text into findings: rules, checks, suppression, redaction."""
