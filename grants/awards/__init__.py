"""Offer, agreement, instalments, shares."""
