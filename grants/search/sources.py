"""What can be found: for each kind of thing, its rows as the box knows them. One statement a source, two where it has parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from grants.agreements.models import Agreement, AgreementFunder
from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.awards.models import Award, Instalment
from grants.budget.models import BudgetChange, SpendingAuthority
from grants.kernel.db import Referenced, db
from grants.kernel.words import _
from grants.monitoring.models import Report
from grants.panel.models import Panel
from grants.payments.models import Payment
from grants.people.models import Organisation, Partnership, Person
from grants.places.models import Locality
from grants.rounds.models import Round, State
from grants.search.models import Kind, Sight
from grants.spending.models import Charge, DistributedGrant, OwnSpend, PlanLine, SpendingPlan
from grants.strategy.models import Indicator, Priority, Strategy
from grants.streams.models import Commitment, Component, Contribution, Line, PastGrant, Pool, Pot, Stream


class Draft(NamedTuple):
    """What an entry is made of, before its words are folded."""

    kind: Kind
    ref: str
    title: str
    note: str | None
    sight: Sight
    words: Collection[str | None] = ()
    opens: tuple[Kind, str] | None = None  # where that is another thing's page
    partnership_id: int | None = None
    stream: str | None = None
    organisation_id: int | None = None
    announced: bool = False


Which = ColumnElement[bool]


class Source(NamedTuple):
    """One kind of thing: whose rows it reads, how its references begin (None: slugs do), and what it makes of the rows."""

    kind: Kind
    model: type[Referenced]
    prefixes: tuple[str, ...]
    drafts: Callable[[Which], Iterable[Draft]]


def _all(asked: Select[*tuple[Any, ...]], model: type[Referenced], which: Which) -> Iterator[Any]:
    yield from db.session.execute(asked.where(which).order_by(model.id))


def _parts(
    parent: InstrumentedAttribute[Any], said: Collection[InstrumentedAttribute[Any]], ids: Collection[int]
) -> Mapping[int, list[str]]:
    """The words of the parts of some things, by the thing's id. One statement."""
    found: dict[int, list[str]] = {}
    if ids:
        for key, *words in db.session.execute(select(parent, *said).where(parent.in_(ids)).order_by(parent)):
            found.setdefault(key, []).extend(word for word in words if word)
    return found


def _year(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02}"


def _of(*parts: str | None) -> str | None:
    return ", ".join(part for part in parts if part) or None


def _organisations(which: Which) -> Iterator[Draft]:
    for one in db.session.scalars(select(Organisation).where(which).order_by(Organisation.id)):
        yield Draft(
            Kind.ORGANISATION, one.ref, one.name, _of(one.organisation_type, one.area), Sight.STAFF,
            [*one.other_names, one.charity_number, one.sector], organisation_id=one.id,
        )  # fmt: skip


def _partnerships(which: Which) -> Iterator[Draft]:
    for one in db.session.scalars(select(Partnership).where(which).order_by(Partnership.id)):
        yield Draft(
            Kind.PARTNERSHIP, one.ref, one.name, _of(one.kind.replace("_", " "), one.area), Sight.FACTS, [one.short_name],
            partnership_id=one.id,
        )  # fmt: skip


def _people(which: Which) -> Iterator[Draft]:
    for one in db.session.scalars(select(Person).where(which).order_by(Person.id)):
        yield Draft(Kind.PERSON, one.ref, one.name, one.email, Sight.PEOPLE)


def _places(which: Which) -> Iterator[Draft]:
    over = aliased(Locality)
    asked = (
        select(Locality.ref, Locality.name, Locality.kind, over.name, Partnership.name, Partnership.id, Locality.top_issue)
        .join(Partnership, Partnership.id == Locality.partnership_id)
        .outerjoin(over, over.id == Locality.parent_id)
    )
    for ref, name, kind, inside, partnership, partnership_id, issue in _all(asked, Locality, which):
        yield Draft(
            Kind.PLACE, ref, name, _of(kind.replace("_", " "), inside), Sight.FACTS, [partnership, issue],
            partnership_id=partnership_id,
        )  # fmt: skip


def _strategies(which: Which) -> Iterator[Draft]:
    for one in db.session.scalars(select(Strategy).where(which).order_by(Strategy.id)):
        years = "–".join(str(day.year) for day in (one.starts_on, one.ends_on) if day)
        yield Draft(
            Kind.STRATEGY, one.ref, one.name, _of(one.owner, years), Sight.FACTS, partnership_id=one.partnership_id
        )  # fmt: skip


def _priorities(which: Which) -> Iterator[Draft]:
    asked = select(
        Priority.ref, Priority.title, Priority.text, Priority.code, Priority.lead, Strategy.name, Strategy.partnership_id
    ).join(Priority.strategy)
    for ref, title, text, code, lead, strategy, partnership_id in _all(asked, Priority, which):
        yield Draft(
            Kind.PRIORITY, ref, title or text or _("Title not stated"), _of(code, strategy), Sight.FACTS, [text, lead],
            partnership_id=partnership_id,
        )  # fmt: skip


def _indicators(which: Which) -> Iterator[Draft]:
    owner = func.coalesce(Strategy.partnership_id, Indicator.partnership_id)
    asked = (
        select(Indicator.ref, Indicator.title, Strategy.name, Strategy.id, Strategy.partnership_id, Indicator.partnership_id)
        .outerjoin(Indicator.strategy)
        .add_columns(Indicator.data_source, owner)
    )
    for ref, title, strategy, strategy_id, of_strategy, own, source, _owner in _all(asked, Indicator, which):
        yield Draft(
            Kind.INDICATOR, ref, title, strategy, Sight.FACTS, [source],
            partnership_id=own if strategy_id is None else of_strategy,
        )  # fmt: skip


def _streams(which: Which) -> Iterator[Draft]:
    for one in db.session.scalars(select(Stream).where(which).order_by(Stream.id)):
        yield Draft(
            Kind.STREAM, one.ref, one.name, None, Sight.STREAM, [one.code, one.ring_fence],
            partnership_id=one.partnership_id, stream=one.ref,
        )  # fmt: skip


def _pots(which: Which) -> Iterator[Draft]:
    asked = (
        select(Pot.id, Pot.ref, Pot.year, Pot.slug, Stream.name, Stream.ref, Stream.partnership_id, Pool.name)
        .join(Pot.stream)
        .outerjoin(Pool, Pool.ref == Pot.pool)
    )
    rows = list(_all(asked, Pot, which))
    ids = [row[0] for row in rows]
    parts = [
        _parts(Line.pot_id, (Line.ref, Line.name), ids),
        _parts(Component.pot_id, (Component.name,), ids),
        _parts(Contribution.pot_id, (Contribution.ref, Contribution.description), ids),
    ]
    for id_, ref, year, slug, name, stream, partnership_id, pool in rows:
        words = [word for part in parts for word in part.get(id_, ())]
        yield Draft(
            Kind.POT, ref, f"{name} {_year(year)}", pool, Sight.STREAM, [slug, *words],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _agreements(which: Which) -> Iterator[Draft]:
    rows = list(db.session.scalars(select(Agreement).where(which).order_by(Agreement.id)))
    funders: dict[int, list[str]] = {}
    for key, name in db.session.execute(
        select(AgreementFunder.agreement_id, Organisation.name)
        .join(AgreementFunder.organisation)
        .where(AgreementFunder.agreement_id.in_([one.id for one in rows]))
        .order_by(AgreementFunder.id)
    ):
        funders.setdefault(key, []).append(name)
    for one in rows:
        yield Draft(
            Kind.AGREEMENT, one.ref, one.name, ", ".join(dict.fromkeys(funders.get(one.id, ()))) or None, Sight.AGREEMENT,
            [one.funder_reference], partnership_id=one.partnership_id,
        )  # fmt: skip


def _plans(which: Which) -> Iterator[Draft]:
    asked = select(
        SpendingPlan.id, SpendingPlan.ref, SpendingPlan.year, SpendingPlan.version, Agreement.name, Agreement.partnership_id
    ).join(SpendingPlan.agreement)
    rows = list(_all(asked, SpendingPlan, which))
    lines = _parts(PlanLine.plan_id, (PlanLine.line, PlanLine.project, PlanLine.provider), [row[0] for row in rows])
    for id_, ref, year, version, agreement, partnership_id in rows:
        yield Draft(
            Kind.PLAN, ref, _("Spending plan %(year)s, version %(version)s", year=_year(year), version=version), agreement,
            Sight.PARTNERSHIP, lines.get(id_, ()), partnership_id=partnership_id,
        )  # fmt: skip


def _own_spend(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            OwnSpend.id, OwnSpend.ref, OwnSpend.title, OwnSpend.payee, Organisation.name, Pot.ref, Stream.ref,
            Stream.partnership_id, OwnSpend.plan_line,
        )
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .outerjoin(OwnSpend.organisation)
    )  # fmt: skip
    rows = list(_all(asked, OwnSpend, which))
    ids = [row[0] for row in rows]
    charges = _parts(Charge.spend_id, (Charge.ref, Charge.document, Charge.what), ids)
    given = _parts(DistributedGrant.spend_id, (DistributedGrant.recipient, DistributedGrant.title), ids)
    for id_, ref, title, payee, organisation, pot, stream, partnership_id, line in rows:
        yield Draft(
            Kind.OWN_SPEND, ref, title, _of(payee, pot), Sight.STREAM,
            [organisation, line, *charges.get(id_, ()), *given.get(id_, ())],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _changes(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            BudgetChange.ref, BudgetChange.kind, BudgetChange.reason, BudgetChange.document, BudgetChange.resolution, Pot.ref,
            Stream.ref, Stream.partnership_id,
        )
        .join(Pot, Pot.id == BudgetChange.pot_id)
        .join(Pot.stream)
    )  # fmt: skip
    for ref, kind, reason, document, resolution, pot, stream, partnership_id in _all(asked, BudgetChange, which):
        yield Draft(
            Kind.CHANGE, ref, f"{_(kind.value).capitalize()}: {reason}", pot, Sight.BUDGET, [document, resolution],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _authorities(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            SpendingAuthority.ref, SpendingAuthority.kind, SpendingAuthority.reason, SpendingAuthority.underwriter,
            SpendingAuthority.document, Pot.ref, Stream.ref, Stream.partnership_id,
        )
        .join(SpendingAuthority.pot)
        .join(Pot.stream)
    )  # fmt: skip
    for ref, kind, reason, underwriter, document, pot, stream, partnership_id in _all(asked, SpendingAuthority, which):
        yield Draft(
            Kind.AUTHORITY, ref, f"{_(kind.value).capitalize()}: {reason}", _of(underwriter, pot), Sight.BUDGET, [document],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _commitments(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            Commitment.ref, Commitment.recipient, Commitment.service, Commitment.protected, Commitment.approval_basis, Pot.ref,
            Stream.name, Stream.ref, Stream.partnership_id, Organisation.name,
        )
        .join(Commitment.stream)
        .outerjoin(Commitment.pot)
        .outerjoin(Commitment.organisation)
    )  # fmt: skip
    for ref, recipient, service, protected, basis, pot, name, stream, partnership_id, organisation in _all(
        asked, Commitment, which
    ):
        yield Draft(
            Kind.COMMITMENT, ref, _of(service, recipient) or ref, _of(protected, pot or name), Sight.STREAM,
            [basis, organisation], partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _past_grants(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            PastGrant.ref, PastGrant.project, PastGrant.recipient, Organisation.name, PastGrant.fiscal_year, PastGrant.issue,
            Pot.ref, Stream.name, Stream.ref, Stream.partnership_id, Priority.ref, Strategy.partnership_id,
        )
        .outerjoin(PastGrant.stream)
        .outerjoin(PastGrant.pot)
        .outerjoin(PastGrant.organisation)
        .outerjoin(Priority, Priority.ref == PastGrant.priority)
        .outerjoin(Priority.strategy)
    )  # fmt: skip
    for row in _all(asked, PastGrant, which):
        ref, project, recipient, organisation, year, issue, pot, name, stream, partnership_id, priority, of_strategy = row
        shown = ((Kind.POT, pot), (Kind.STREAM, stream), (Kind.PRIORITY, priority))
        opens = next(((kind, at) for kind, at in shown if at), None)
        if opens is None:
            continue  # it stands on no page
        in_stream = stream is not None
        yield Draft(
            Kind.PAST_GRANT, ref, project, _of(recipient or organisation, name, year),
            Sight.STREAM if in_stream else Sight.FACTS, [organisation, issue], opens=opens,
            partnership_id=partnership_id if in_stream else of_strategy, stream=stream,
        )  # fmt: skip


def _rounds(which: Which) -> Iterator[Draft]:
    asked = (
        select(Round.ref, Round.title, Round.purpose, Round.state, Pot.ref, Stream.ref, Stream.partnership_id)
        .join(Round.pot)
        .join(Pot.stream)
    )
    for ref, title, purpose, state, pot, stream, partnership_id in _all(asked, Round, which):
        yield Draft(
            Kind.ROUND, ref, title, None, Sight.STREAM, [purpose, pot],
            partnership_id=partnership_id, stream=stream, announced=state is not State.PLANNED,
        )  # fmt: skip


def _applications(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            Application.ref, Application.title, Application.submitted_at, Application.state, Organisation.name,
            Organisation.id, Round.title, Stream.ref, Stream.partnership_id,
        )
        .join(Application.organisation)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
    )  # fmt: skip
    for ref, title, sent, state, group, group_id, round_, stream, partnership_id in _all(asked, Application, which):
        seen = sent is not None and state is not ApplicationState.DRAFT
        yield Draft(
            Kind.APPLICATION, ref, title or _("Application without a title yet"), _of(group, round_),
            Sight.BIDS if seen else Sight.NOBODY,
            partnership_id=partnership_id, stream=stream, organisation_id=group_id,
        )  # fmt: skip


def _panels(which: Which) -> Iterator[Draft]:
    asked = (
        select(Panel.ref, Round.title, Round.ref, Stream.ref, Stream.partnership_id)
        .join(Panel.round)
        .join(Round.pot)
        .join(Pot.stream)
    )
    for ref, title, round_ref, stream, partnership_id in _all(asked, Panel, which):
        yield Draft(
            Kind.PANEL, ref, _("Panel for %(round)s", round=title), None, Sight.BIDS, [round_ref],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _awards(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            Award.id, Award.ref, Award.title, Award.purpose, Organisation.name, Organisation.id, Pot.ref, Stream.name,
            Stream.ref, Stream.partnership_id, Application.ref, Commitment.ref, Award.decision, Award.plan_line,
        )
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .outerjoin(Award.application)
        .outerjoin(Award.commitment)
    )  # fmt: skip
    rows = list(_all(asked, Award, which))
    instalments = _parts(Instalment.award_id, (Instalment.ref,), [row[0] for row in rows])
    for id_, ref, title, purpose, group, group_id, pot, name, stream, partnership_id, *refs in rows:
        yield Draft(
            Kind.AWARD, ref, title, _of(group, name), Sight.STREAM, [pot, purpose, *refs, *instalments.get(id_, ())],
            partnership_id=partnership_id, stream=stream, organisation_id=group_id,
        )  # fmt: skip


def _payments(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            Payment.ref, Payment.bank_reference, Instalment.ref, Award.ref, Award.title, Organisation.name, Stream.ref,
            Stream.partnership_id,
        )
        .join(Payment.award)
        .join(Payment.instalment)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
    )  # fmt: skip
    for ref, bank, instalment, award, title, group, stream, partnership_id in _all(asked, Payment, which):
        yield Draft(
            Kind.PAYMENT, ref, _("Payment for %(title)s", title=title), _of(group, award), Sight.STREAM, [bank, instalment],
            partnership_id=partnership_id, stream=stream,
        )  # fmt: skip


def _reports(which: Which) -> Iterator[Draft]:
    asked = (
        select(
            Report.ref, Report.number, Award.ref, Award.title, Organisation.name, Organisation.id, Stream.ref,
            Stream.partnership_id,
        )
        .join(Report.award)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
    )  # fmt: skip
    for ref, number, award, title, group, group_id, stream, partnership_id in _all(asked, Report, which):
        yield Draft(
            Kind.REPORT, ref, _("Report %(number)s on %(title)s", number=number, title=title), _of(group, award), Sight.STREAM,
            partnership_id=partnership_id, stream=stream, organisation_id=group_id,
        )  # fmt: skip


SOURCES = (
    Source(Kind.ORGANISATION, Organisation, (), _organisations),
    Source(Kind.STREAM, Stream, (), _streams),
    Source(Kind.POT, Pot, (), _pots),
    Source(Kind.AGREEMENT, Agreement, ("AGR",), _agreements),
    Source(Kind.ROUND, Round, ("RND",), _rounds),
    Source(Kind.AWARD, Award, ("AWD",), _awards),
    Source(Kind.APPLICATION, Application, ("APP",), _applications),
    Source(Kind.COMMITMENT, Commitment, (), _commitments),
    Source(Kind.OWN_SPEND, OwnSpend, ("OWN",), _own_spend),
    Source(Kind.PLAN, SpendingPlan, ("SPL",), _plans),
    Source(Kind.CHANGE, BudgetChange, ("BCH",), _changes),
    Source(Kind.AUTHORITY, SpendingAuthority, ("AUT",), _authorities),
    Source(Kind.PAYMENT, Payment, ("PAY",), _payments),
    Source(Kind.REPORT, Report, ("RPT",), _reports),
    Source(Kind.PANEL, Panel, ("PAN",), _panels),
    Source(Kind.PARTNERSHIP, Partnership, (), _partnerships),
    Source(Kind.STRATEGY, Strategy, (), _strategies),
    Source(Kind.PRIORITY, Priority, (), _priorities),
    Source(Kind.INDICATOR, Indicator, (), _indicators),
    Source(Kind.PLACE, Locality, (), _places),
    Source(Kind.PAST_GRANT, PastGrant, (), _past_grants),
    Source(Kind.PERSON, Person, ("PER",), _people),
)

# A thing that stands on another's page: the part's references begin so, and its row says which thing to look at again.
PARTS: Mapping[str, tuple[type[Referenced], InstrumentedAttribute[Any], type[Referenced]]] = {
    "CON": (Contribution, Contribution.pot_id, Pot),
    "LIN": (Line, Line.pot_id, Pot),
    "CHG": (Charge, Charge.spend_id, OwnSpend),
}


def of_table(table: str) -> Source | None:
    """The source that reads a table, for an event that says a whole set of rows was loaded."""
    return next((source for source in SOURCES if source.model.__tablename__ == table), None)


def sources_of(ref: str) -> Iterator[Source]:
    """Where a thing with this reference may be: by its letters, or everywhere slugs are."""
    prefix = ref.split("-")[0]
    known = [source for source in SOURCES if prefix in source.prefixes]
    yield from known or (source for source in SOURCES if not source.prefixes)


def rows(model: type[Referenced], ids: Iterable[int]) -> Which:
    """These rows of a table."""
    return model.id.in_(list(ids))
