"""What happened, who did it and to what: events that are never changed, sealed in a chain."""
