"""Turns what an agent is about to do into acts that the policy has a word about."""
