"""Files in: dry run, every error at once, one commit."""
