"""Passwords, as argon2id hashes. Nothing here touches the database: hashing takes a fifth of a second."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app


@cache
def _hasher(cost: str) -> PasswordHasher:
    # 'normal' is the library's default, RFC 9106's second recommendation: 64 MiB, three passes, four lanes.
    return PasswordHasher() if cost == "normal" else PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _ours() -> PasswordHasher:
    return _hasher(current_app.extensions["grants"].password_cost)


@cache
def _nobodys(cost: str) -> str:
    return _hasher(cost).hash("nobody has this password")


def _plain(password: str) -> str:
    """The same letters however the keyboard made them."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _ours().hash(_plain(password))


def fits(kept: str | None, password: str) -> bool:
    """Is this the password? Takes as long for an address nobody has, and for somebody without a password."""
    against = kept or _nobodys(current_app.extensions["grants"].password_cost)
    try:
        return _ours().verify(against, _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Was it made with less work than is asked for now?"""
    return _ours().check_needs_rehash(kept)
