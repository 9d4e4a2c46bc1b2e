"""Pounds and pence, held as whole pence so that no penny is ever rounded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TYPED = re.compile(r"£?\s*(-?)\s*£?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?", re.ASCII)
LARGEST = 10**13  # one hundred billion pounds: beyond this somebody leant on the keyboard


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in whole pence (sterling). Immutable; arithmetic never leaves whole pence."""

    pence: int

    def __post_init__(self) -> None:
        if type(self.pence) is not int:
            raise TypeError(f"Money is whole pence, not {self.pence!r}")

    @classmethod
    def pounds(cls, typed: str | int) -> Money:
        """Read pounds as a person types them ('1,250', '£1250.50') or as a whole number of pounds.

        Raises ValueError for anything that is not an amount, for fractions of a penny and for absurd sizes.
        """
        found = _TYPED.fullmatch(str(typed).strip())
        if not found:
            raise ValueError(f"{typed!r} is not an amount of money in pounds and whole pence")
        sign, whole, part = found.groups()
        pence = int(whole.replace(",", "")) * 100 + int((part or "").ljust(2, "0"))
        if pence > LARGEST:
            raise ValueError(f"{typed!r} is more than this system holds")
        return cls(-pence if sign else pence)

    @property
    def plain(self) -> str:
        """For files: '1250.50', no sign for pounds and no commas."""
        return str(self).replace("£", "").replace(",", "")

    def __add__(self, other: Money) -> Money:
        return Money(self.pence + other.pence)

    def __sub__(self, other: Money) -> Money:
        return Money(self.pence - other.pence)

    def __neg__(self) -> Money:
        return Money(-self.pence)

    def __bool__(self) -> bool:
        return self.pence != 0

    def __str__(self) -> str:
        sign, pence = ("-", -self.pence) if self.pence < 0 else ("", self.pence)
        return f"{sign}£{pence // 100:,}.{pence % 100:02}"


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The sum; of nothing, £0.00."""
    return sum(amounts, start=ZERO)


def apportion(amount: Money, shares: Sequence[int]) -> list[Money]:
    """Split an amount by shares so that the parts add up to it exactly.

    Largest remainder; a tie goes to the earlier share (DESIGN section 4). Shares are any whole numbers
    of nought or more that do not all vanish, for example basis points summing to 10,000.
    """
    whole = sum(shares)
    if whole <= 0 or min(shares) < 0:
        raise ValueError("Shares are whole numbers of nought or more, and not all nought.")
    sign, pence = (-1, -amount.pence) if amount.pence < 0 else (1, amount.pence)
    parts = [pence * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: (-(pence * shares[n] % whole), n))
    for n in by_remainder[: pence - sum(parts)]:
        parts[n] += 1
    return [Money(sign * part) for part in parts]
