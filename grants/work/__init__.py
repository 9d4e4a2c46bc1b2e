"""What is done after a commit: mail today, other jobs later, each taken under a lease."""
