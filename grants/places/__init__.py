"""Localities and, later, areas and need."""
