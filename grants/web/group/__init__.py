"""A group's own pages: applying, accepting, reporting."""
