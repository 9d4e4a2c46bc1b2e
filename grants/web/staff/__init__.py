"""Pages for those who hold a duty."""
