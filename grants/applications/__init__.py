"""Drafting, saving and submitting a bid."""
