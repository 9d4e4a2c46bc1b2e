"""Queries only: the position and what money has done."""
