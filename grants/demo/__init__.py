"""A believable partnership, built through commands under a stopped clock."""
