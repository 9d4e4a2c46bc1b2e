"""Files people send us: what is taken, how it is made harmless, where it lies, and a group's own documents."""
