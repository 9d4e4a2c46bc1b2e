"""Questions answered with money, a number, a date or a postcode: read strictly, shown again exactly as typed."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms.utils import unset_value

from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.places import postcodes
from grants.places.postcodes import Postcode
from grants.web.fields import Asked


class _Typed(Asked):
    """A field whose text becomes a value, or a sentence; either way what was typed is shown again."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = self.read(typed) if typed else None

    def shown(self, value: Any) -> str:
        return str(value)

    def read(self, typed: str) -> Any:
        raise NotImplementedError


class MoneyField(_Typed):
    """Pounds and whole pence. Nothing is rounded: what cannot be read exactly is refused in words."""

    look = "money"
    prefix = "£"
    width = 10
    inputmode = "decimal"
    spellcheck = False

    def __init__(
        self, label: str = "", validators: Any = None, *, least: Money | None = None, most: Money | None = None, **said: Any
    ):
        super().__init__(label, validators, **said)
        self.least, self.most = least, most

    def shown(self, value: Money) -> str:
        return str(value).replace("£", "").removesuffix(".00")

    def read(self, typed: str) -> Money:
        plain = re.sub(r"\s", "", typed)
        if re.fullmatch(r"£?-£?[\d,]+(\.\d*)?", plain, re.ASCII):
            raise ValueError(_("%(Thing)s cannot be less than £0", Thing=self.headed))
        if found := re.fullmatch(
            r"£?(\d{1,3}\.\d\d0|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+(?=,))(?:,(\d{1,2}))?", plain, re.ASCII
        ):
            raise ValueError(self._with_a_point(found[1], found[2]))
        if re.fullmatch(r"£?[\d,]*\.\d{3,}", plain, re.ASCII):
            raise ValueError(_("%(Thing)s must be in pounds and whole pence, like 1,250.50", Thing=self.headed))
        if re.fullmatch(r"£?[\d,]{14,}(\.\d*)?", plain, re.ASCII) and len(re.sub(r"\D", "", plain.split(".")[0])) > 11:
            raise ValueError(_("%(Thing)s is too large. Check how many noughts you typed", Thing=self.headed))
        try:
            amount = Money.pounds(plain)
        except ValueError as unreadable:
            raise ValueError(
                _("%(Thing)s must be an amount of money, like 1,250 or 1250.50", Thing=self.headed)
            ) from unreadable
        self._within(amount)
        return amount

    def _with_a_point(self, whole: str, pence: str | None) -> str:
        """'1.200' may be thousands, as other countries write them, or pence with a nought too many: ask which."""
        thousands = whole.replace(".", ",") + (f".{pence:0<2}" if pence else "")
        if pence is None and whole.count(".") == 1:
            return _(
                "%(Thing)s is not clear. If you mean %(more)s, type %(thousands)s. If you mean £%(less)s, type %(less)s",
                Thing=self.headed,
                more=f"£{thousands}",
                thousands=thousands,
                less=whole[:-1],
            )
        return _(
            "%(Thing)s must have a comma between thousands and a point before pence. If you mean %(more)s, type %(thousands)s",
            Thing=self.headed,
            more=f"£{thousands}",
            thousands=thousands,
        )

    def _within(self, amount: Money) -> None:
        if self.least is not None and amount < self.least:
            raise ValueError(_("%(Thing)s must be %(least)s or more", Thing=self.headed, least=self.least))
        if self.most is not None and amount > self.most:
            raise ValueError(_("%(Thing)s must be %(most)s or less", Thing=self.headed, most=self.most))


class _Numbered(_Typed):
    """A number with a least and a most."""

    look = "number"
    width = 5
    spellcheck = False

    def __init__(self, label: str = "", validators: Any = None, *, least: Any = None, most: Any = None, **said: Any):
        super().__init__(label, validators, **said)
        self.least, self.most = least, most

    def within(self, number: Any) -> Any:
        if self.least is not None and self.most is not None and not self.least <= number <= self.most:
            raise ValueError(
                _("%(Thing)s must be between %(least)s and %(most)s", Thing=self.headed, least=self.least, most=self.most)
            )
        if self.least is not None and number < self.least:
            raise ValueError(_("%(Thing)s must be %(least)s or more", Thing=self.headed, least=self.least))
        if self.most is not None and number > self.most:
            raise ValueError(_("%(Thing)s must be %(most)s or less", Thing=self.headed, most=self.most))
        return number


class IntegerField(_Numbered):
    """A whole number."""

    inputmode = "numeric"

    def read(self, typed: str) -> int:
        plain = re.sub(r"[\s,]", "", typed)
        if not re.fullmatch(r"-?\d{1,15}", plain, re.ASCII):
            raise ValueError(_("%(Thing)s must be a whole number, like 12", Thing=self.headed))
        return int(self.within(int(plain)))


class DecimalField(_Numbered):
    """A measured number, kept exactly as typed."""

    inputmode = "decimal"
    width = 10

    def shown(self, value: Decimal) -> str:
        return format(value, "f")

    def read(self, typed: str) -> Decimal:
        plain = re.sub(r"[\s,]", "", typed)
        if not re.fullmatch(r"-?\d{1,15}(\.\d{1,8})?", plain, re.ASCII):
            raise ValueError(_("%(Thing)s must be a number, like 12 or 12.5", Thing=self.headed))
        number = self.within(Decimal(plain))
        assert isinstance(number, Decimal)
        return number


class PostcodeField(_Typed):
    """A whole postcode, forgivingly read. That nobody knows it is no mistake: the page asks `places.postcodes` and says so."""

    width = 10
    autocomplete = "postal-code"
    spellcheck = False

    def read(self, typed: str) -> Postcode:
        return postcodes.read(typed)


_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
PARTS: Mapping[str, str] = {"day": mark("Day"), "month": mark("Month"), "year": mark("Year")}


class DatePartsField(Asked):
    """A date typed as day, month and year; a missing part is named, a date that never was is refused."""

    look = "date"
    thing = mark("the date")
    parts: Mapping[str, str] = {}
    data: Any
    wrong: Sequence[str] = ()

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        self.parts, self.wrong = dict.fromkeys(PARTS, ""), ()
        if self.data is not None:
            self.parts = {part: str(getattr(self.data, part)) for part in PARTS}
        if formdata is None:
            return
        self.parts = {part: formdata.get(f"{self.name}-{part}", "") for part in PARTS}
        self.raw_data, self.data = [typed for typed in self.parts.values() if typed], None
        if self.raw_data:
            try:
                self.data = self._read()
            except ValueError as unreadable:
                self.process_errors.append(unreadable.args[0])

    def _read(self) -> date:
        self.wrong = [part for part, typed in self.parts.items() if not typed]
        if self.wrong:
            missing = _(" and a ").join(_(PARTS[part]).lower() for part in self.wrong)
            raise ValueError(_("%(Thing)s must include a %(missing)s", Thing=self.headed, missing=missing))
        month = self.parts["month"].lower()
        named = [n for n, name in enumerate(_MONTHS, 1) if len(month) >= 3 and name.startswith(month)]
        numbers = {"day": self.parts["day"], "month": str(named[0]) if named else month, "year": self.parts["year"]}
        self.wrong = [p for p, n in numbers.items() if not re.fullmatch(r"\d{4}" if p == "year" else r"\d{1,2}", n, re.ASCII)]
        if self.wrong == ["year"]:
            raise ValueError(_("%(Thing)s must have a year of 4 figures, like 2027", Thing=self.headed))
        try:
            if self.wrong:
                raise ValueError
            found = date(int(numbers["year"]), int(numbers["month"]), int(numbers["day"]))
        except ValueError:
            self.wrong = self.wrong or list(PARTS)
            raise ValueError(_("%(Thing)s must be a real date, like 27 3 2027", Thing=self.headed)) from None
        if not 1900 <= found.year <= 2200:
            self.wrong = ["year"]
            raise ValueError(_("%(Thing)s must be between 1900 and 2200", Thing=self.headed))
        return found

    @property
    def anchor(self) -> str:
        return f"{self.id}-{(self.wrong or ('day',))[0]}"

    def _value(self) -> str:
        return ""
