"""Raising, approving and recording payments."""
