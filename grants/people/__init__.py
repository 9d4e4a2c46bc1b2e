"""People, organisations, partnerships and their roles, duties, sign-in, approvals."""
