"""Question sets as data."""
