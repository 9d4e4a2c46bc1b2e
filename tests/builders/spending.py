"""Own spend and spending plans for tests, through commands: `an_own_spend("1000")` is planned, `committed(…)` more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from grants.agreements import commands as agreements
from grants.agreements.models import Agreement
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.spending import commands, plans, queries, rules
from grants.spending.models import Charge, OwnSpend, SpendingPlan, SpendKind
from grants.spending.rules import LineFacts
from grants.streams.models import Certainty, Pot
from tests.builders.people import a_person, an_organisation
from tests.builders.streams import a_finance_officer, a_pot, a_stream


def this_year() -> int:
    """The financial year the tests run in: money planned for it can be committed and charged today."""
    return clock.financial_year(clock.today())


def a_pot_of_this_year(allocation: str = "10000", **facts: Any) -> Pot:
    """A pot whose year is today's."""
    return a_pot(allocation, year=facts.pop("year", this_year()), **facts)


def chief_of(pot: Pot) -> Person:
    """Somebody who may approve own spend up to £100,000 and did not ask for it."""
    return a_person(Duty.CHIEF_FINANCE_OFFICER, partnership=pot.stream.partnership)


def an_own_spend(planned: str = "1000", *, pot: Pot | None = None, by: Person | None = None, **facts: Any) -> OwnSpend:
    """Own spend planned by a finance officer for the whole of its pot's year."""
    pot = pot or a_pot_of_this_year()
    given = {
        "kind": SpendKind.RECHARGE,
        "title": "Analyst’s time",
        "payee": "The police",
        "starts_on": pot.starts_on,
        "ends_on": pot.ends_on,
        "approval_basis": "Board, resolution 7",
        "outside_plan": "Runs across every priority",
    } | facts
    return commands.plan_spend(pot, planned=Money.pounds(planned), by=by or a_finance_officer(pot.stream.partnership), **given)


def committed(planned: str = "1000", *, pot: Pot | None = None, on: date | None = None, **facts: Any) -> OwnSpend:
    """Own spend committed by the chief finance officer from its pot's first day on."""
    spend = an_own_spend(planned, pot=pot, **facts)
    return commands.commit(spend, on=on or spend.pot.starts_on, by=chief_of(spend.pot))


def a_charge(net: str = "100", *, spend: OwnSpend, vat: str = "0", on: date | None = None, **facts: Any) -> Charge:
    """A charge dated today, with a document."""
    given = {"what": "One month", "document": "JNL 100"} | facts
    by = given.pop("by", None) or a_finance_officer(spend.pot.stream.partnership)
    return commands.charge(spend, net=Money.pounds(net), vat=Money.pounds(vat), charged_on=on or clock.today(), by=by, **given)


def an_agreement(*pots: tuple[Pot, str], change_limit: str | None = "1000", funder: Organisation | None = None) -> Agreement:
    """A funder's agreement that gives these pots confirmed money (in pounds), beside what they were opened with."""
    partnership = pots[0][0].stream.partnership
    by = a_finance_officer(partnership)
    years = [pot.year for pot, _pounds in pots]
    made = agreements.add_agreement(
        partnership=partnership,
        name="Agreement with the mayor",
        funder=funder or an_organisation("Mayor’s office", is_voluntary=False),
        starts_on=clock.first_day(min(years)),
        ends_on=clock.last_day(max(years)),
        change_limit=None if change_limit is None else Money.pounds(change_limit),
        by=by,
    )
    for pot, pounds in pots:
        allocated(made, pot, pounds, Certainty.CONFIRMED)
    return made


def allocated(agreement: Agreement, pot: Pot, pounds: str, certainty: Certainty) -> None:
    """Money under the agreement for a pot, as sure as that."""
    agreements.add_allocation(
        agreement,
        pot,
        certainty=certainty,
        amount=Money.pounds(pounds),
        effective_on=pot.starts_on,
        document="Letter of 1 March",
        by=a_finance_officer(agreement.partnership),
    )


def a_line(pot: Pot, pounds: str, project: str = "Advocates", *, line: str | None = None, **facts: Any) -> LineFacts:
    """What is typed of one line."""
    given = {"provider": "A service", "results": "Fewer repeat victims"} | facts
    return LineFacts(line, pot, project, amount=Money.pounds(pounds), **given)


def a_draft(
    agreement: Agreement, lines: Sequence[LineFacts] = (), *, note: str | None = None, by: Person | None = None
) -> SpendingPlan:
    """A draft with these lines, of the year of the first line's pot (or today's)."""
    by = by or a_finance_officer(agreement.partnership)
    year = lines[0].pot.year if lines else this_year()
    plan = plans.draft_plan(agreement, year=year, note=note, by=by)
    if lines:
        db.session.refresh(plan)
        plans.save_lines(plan, lines, edition=plan.edition, by=by)
    return queries.plan_of_staff(by, plan.ref)


def agreed(plan: SpendingPlan) -> SpendingPlan:
    """A draft taken to the board and the funder, who agreed, all today."""
    by = a_finance_officer(plan.agreement.partnership)
    today = clock.today()
    plans.resolve(plan, resolution="Board, minute 12", resolved_on=today, by=by)
    plans.send(plan, sent_on=today, by=by)
    return plans.record_agreed(plan, agreed_on=today, said="Agreed", by=by)


def a_standing_plan(pot: Pot, *lines: LineFacts, change_limit: str | None = "1000", gives: str = "10000") -> SpendingPlan:
    """A plan that the funder agreed, under an agreement of its own that gives the pot that much."""
    return agreed(a_draft(an_agreement((pot, gives), change_limit=change_limit), lines or [a_line(pot, "5000")]))


def a_plan_and_spend(partnership: Partnership) -> dict[str, str]:
    """A plan that stands, a draft, an update, own spend and a charge, by the names the access walk uses."""
    pot = a_pot_of_this_year(stream=a_stream(partnership=partnership))
    stands = a_standing_plan(pot)
    draft = a_draft(an_agreement((a_pot_of_this_year(stream=a_stream(partnership=partnership)), "100")))
    officer = a_finance_officer(partnership)
    before = a_pot(year=pot.year - 1, stream=pot.stream)
    reported = a_standing_plan(before)
    through = rules.quarters(before.year)[0]
    update = plans.write_update(
        reported,
        through=through,
        figures={line.line: rules.Stood(line.amount, Money(0), Money(0)) for line in reported.lines},
        words={},
        said="",
        sent_on=None,
        by=officer,
    )
    spend = committed("100", pot=pot)
    return {
        "plan": stands.ref,
        "plan draft": draft.ref,
        "plan update": update.ref,
        "quarter": rules.quarters(pot.year)[0].isoformat(),
        "own spend": spend.ref,
        "own spend planned": an_own_spend(pot=pot).ref,
        "charge": a_charge("10", spend=spend).ref,
    }
