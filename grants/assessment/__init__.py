"""Assignment, conflicts of interest and independent scores."""
