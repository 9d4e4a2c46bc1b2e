"""Funder agreements: who gives the money, on what terms, what has come in."""
