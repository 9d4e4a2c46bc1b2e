"""A pot's attributes in the accounts: capital or revenue, principal or agent, who answers for it, its codes. Each change is a
new row with its day, so that a page can show them as they stood, by date or as known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people.models import Person
from grants.streams import policies
from grants.streams.models import Pot, PotTerms, Role, Spending

declare(
    {"pot.terms_set": mark("From %(day)s: %(spending)s, %(role)s, answered for by %(officer)s, cost centre %(cost_centre)s")}
)


@command
def set_terms(
    pot: Pot,
    *,
    spending: Spending,
    role: Role,
    by: Person,
    responsible_officer: str | None = None,
    cost_centre: str | None = None,
    subjective_code: str | None = None,
    effective_on: date | None = None,
) -> PotTerms:
    """Say what a pot is in the accounts from a day on (its first day, where none is given). Nothing earlier is changed."""
    require(policies.look_after_pot, by, pot)
    day = effective_on or pot.starts_on
    before = terms_on(pot, on=day)
    said = {
        "spending": spending,
        "role": role,
        "responsible_officer": _clean(responsible_officer),
        "cost_centre": _clean(cost_centre),
        "subjective_code": _clean(subjective_code),
    }
    if found := list(unfit(pot, day, said, before)):
        raise RuleBroken(*found)
    terms = PotTerms(pot=pot, **said, effective_on=day, recorded_at=clock.now(), recorded_by=by.ref)
    db.session.add(terms)
    record(
        "pot.terms_set",
        pot,
        by=by,
        day=day,
        spending=spending,
        role=role,
        officer=terms.responsible_officer or "nobody stated",
        cost_centre=terms.cost_centre or "not stated",
        subjective_code=terms.subjective_code,
    )
    return terms


def _clean(typed: str | None) -> str | None:
    return (typed or "").strip() or None


def unfit(pot: Pot, day: date, said: Mapping[str, object], before: PotTerms | None) -> Iterator[str]:
    """What stops terms being set from a day."""
    if day < pot.starts_on:
        yield _("The day must be on or after %(day)s, the pot's first day.", day=f"{pot.starts_on.day} {pot.starts_on:%B %Y}")
    if before and all(getattr(before, name) == value for name, value in said.items()):
        yield _("These terms are in force on that day already. Change something, or go back.")


def terms_on(pot: Pot, on: date | None = None, known: datetime | None = None) -> PotTerms | None:
    """What was in force at the end of a day (today), by what had been recorded up to `known` (now). None: never stated."""
    asked = select(PotTerms).where(PotTerms.pot_id == pot.id, PotTerms.effective_on <= (on or clock.today()))
    if known is not None:
        asked = asked.where(PotTerms.recorded_at <= known)
    return db.session.scalar(asked.order_by(PotTerms.effective_on.desc(), PotTerms.id.desc()).limit(1))


def history_of(pot: Pot) -> Sequence[PotTerms]:
    """Every row of a pot's terms, the day last in force first."""
    return db.session.scalars(
        select(PotTerms).where(PotTerms.pot_id == pot.id).order_by(PotTerms.effective_on.desc(), PotTerms.id.desc())
    ).all()
