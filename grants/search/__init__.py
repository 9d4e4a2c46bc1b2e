"""One box over references, names and titles."""
