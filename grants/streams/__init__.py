"""Streams, pots, components, protected commitments, past grants."""
