"""Decisions on bids within what is held for the round."""
