"""Accounts and transfers; nothing else moves money."""
