"""Turns results into text for people and programs."""
