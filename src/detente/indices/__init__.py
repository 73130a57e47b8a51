"""Cooperation-conflict indices: reading them, their intervals, and the consensus of sources."""
