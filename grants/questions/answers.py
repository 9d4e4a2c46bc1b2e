"""What an answer says: every answer is kept as it was typed, and read here, kind by kind, each time it is used.

An answer is one text. Of several choices or documents it has one to a line; a date is day/month/year; an address and a contact
have their parts on lines of their own. Whatever cannot be read stays as it is and is said in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from email_validator import EmailNotValidError, validate_email

from grants.kernel.money import Money
from grants.kernel.words import _, many
from grants.places import postcodes
from grants.questions.conditions import DAY, number
from grants.questions.document import NO, YES, Kind, Question, words_in

DATE = ("day", "month", "year")  # the parts of a date
CONTACT = ("name", "phone", "email")  # the lines of a contact


def fault(question: Question, answer: str) -> str | None:
    """What is wrong with an answer that is there, as a sentence without its full stop; none where nothing is."""
    if not answer.strip():
        return None
    return _READERS.get(question.kind, _any)(question, answer)


def parts(answer: str) -> list[str]:
    """The lines of an answer that has several."""
    return [one for one in answer.split("\n") if one.strip()]


def read_date(answer: str) -> date | None:
    """The day of a date's answer ('9/6/2027'), or none."""
    found = DAY.fullmatch(answer)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def too_long(question: Question, answer: str) -> str | None:
    """What is said of an answer over its limit: it is kept as typed, and shortened before it is sent."""
    used = words_in(answer)
    if question.words is None or used <= question.words:
        return None
    over = many("%(num)s word", "%(num)s words", used - question.words)
    return _(
        "“%(short)s” is %(over)s too long: use %(most)s words or fewer", short=question.short, over=over, most=question.words
    )


def _any(_question: Question, _answer: str) -> str | None:
    return None


def _money(question: Question, answer: str) -> str | None:
    try:
        amount = Money.pounds("".join(answer.split()))
    except ValueError:
        return _("“%(short)s” must be an amount of money, like 1,250 or 1250.50", short=question.short)
    return _within(question, Decimal(amount.pence) / 100, lambda pounds: str(Money.pounds(str(pounds))))


def _number(question: Question, answer: str) -> str | None:
    found = number(answer)
    if found is None or found != found.to_integral_value():
        return _("“%(short)s” must be a whole number, like 12", short=question.short)
    return _within(question, found, str)


def _within(question: Question, found: Decimal, shown: Callable[[int], str]) -> str | None:
    least = 0 if question.least is None else question.least
    if found < least:
        return _("“%(short)s” must be %(least)s or more", short=question.short, least=shown(least))
    if question.most is not None and found > question.most:
        return _("“%(short)s” must be %(most)s or less", short=question.short, most=shown(question.most))
    return None


def _date(question: Question, answer: str) -> str | None:
    if read_date(answer) is None:
        return _("“%(short)s” must be a real date, like 27 3 2027", short=question.short)
    return None


def _chosen(question: Question, answer: str) -> str | None:
    known = {option.value for option in question.options} if question.options else {YES, NO}
    return None if set(parts(answer)) <= known else question.missing


def _postcode(question: Question, answer: str) -> str | None:
    if read_postcode(answer) is None:
        return _("“%(short)s” must be a full postcode, like SK1 3XE", short=question.short)
    return None


def read_postcode(answer: str) -> postcodes.Postcode | None:
    """The postcode that was typed, as forgivingly as it is read everywhere; none where it is none."""
    try:
        return postcodes.read(answer)
    except ValueError:
        return None


def _contact(question: Question, answer: str) -> str | None:
    said = dict(zip(CONTACT, (*answer.split("\n"), "", "", ""), strict=False))
    if not said["name"].strip():
        return _("“%(short)s” needs a name", short=question.short)
    if not said["phone"].strip() and not said["email"].strip():
        return _("“%(short)s” needs a telephone number or an email address", short=question.short)
    if said["phone"].strip() and not 10 <= len(re.sub(r"\D", "", said["phone"])) <= 15:
        return _("“%(short)s” needs a full telephone number, like 0161 496 0000", short=question.short)
    if said["email"].strip():
        try:
            validate_email(said["email"].strip(), check_deliverability=False)
        except EmailNotValidError:
            return _("“%(short)s” needs an email address like name@example.com", short=question.short)
    return None


def _files(question: Question, answer: str) -> str | None:
    most = question.most or 1
    if len(parts(answer)) > most:
        return _("“%(short)s” takes at most %(most)s documents: remove some", short=question.short, most=most)
    return None


_READERS: Mapping[Kind, Callable[[Question, str], str | None]] = {
    Kind.SHORT: too_long,
    Kind.LONG: too_long,
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _chosen,
    Kind.CHOICES: _chosen,
    Kind.YES_NO: _chosen,
    Kind.POSTCODE: _postcode,
    Kind.CONTACT: _contact,
    Kind.FILE: _files,
}


def shown(question: Question, answer: str) -> str:
    """An answer as people read it."""
    if question.kind is Kind.DATE and (day := read_date(answer)):
        return f"{day.day} {day:%B %Y}"
    if question.kind is Kind.MONEY and fault(question, answer) is None and answer.strip():
        return str(Money.pounds("".join(answer.split())))
    if question.kind is Kind.POSTCODE and (read := read_postcode(answer)):
        return str(read)
    return question.shown(answer)


def several(answers: Sequence[str]) -> str:
    """The answers of a repeated section, as one text for a list."""
    return "; ".join(one for one in answers if one.strip())
