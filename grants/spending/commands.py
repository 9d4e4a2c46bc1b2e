"""Own spend: planned, committed, charged, put right, closed. And what a distributor gave out, from its imported list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.lifecycle import move
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket, Move
from grants.people import commands as people
from grants.people import queries as people_queries
from grants.people.delegation import What, acts_for, resolution_needed, table
from grants.people.models import Organisation, Person
from grants.spending import policies, queries, rules
from grants.spending.models import SPEND_MOVES, Charge, DistributedGrant, OwnSpend, SpendKind, SpendState
from grants.spending.rules import GrantFacts
from grants.strategy.models import Priority
from grants.streams.draws import draw
from grants.streams.models import Line, Pot
from grants.streams.promises import barred

declare(
    {
        "spend.planned": mark("Planned %(amount)s for %(title)s, paid to %(payee)s"),
        "spend.committed": mark("Committed %(amount)s"),
        "spend.increased": mark("Committed %(amount)s more: %(reason)s"),
        "spend.reduced": mark("Gave back %(amount)s: %(reason)s"),
        "spend.closed": mark("Closed, giving back %(amount)s"),
        "spend.cancelled": mark("Cancelled before anything was committed: %(reason)s"),
        "spend.placed": mark("Measured against the spending plan’s line %(line)s"),
        "spend.charged": mark("Charged %(net)s net of %(vat)s VAT on %(charged_on)s, document %(document)s"),
        "spend.charge_reversed": mark("Reversed the charge of %(net)s: %(reason)s"),
        "spend.given_out": mark("Imported %(rows)s grants given out by %(distributor)s, %(amount)s in all, from %(file)s"),
    }
)

APPROVAL = "own spend"  # what the approval record is of


@command
def plan_spend(
    pot: Pot,
    *,
    kind: SpendKind,
    title: str,
    payee: str,
    planned: Money,
    starts_on: date,
    ends_on: date,
    approval_basis: str,
    by: Person,
    organisation: Organisation | None = None,
    priority: Priority | None = None,
    outside_plan: str | None = None,
    line: Line | None = None,
    plan_line: str | None = None,
    fictional: bool = False,
) -> OwnSpend:
    """Say that a pot's own money will go on a post, a recharge, an invoice, equipment, an event or a distributor.

    Nothing is posted: planned is only a plan until somebody else commits it.
    """
    require(policies.plan_spend, by, pot)
    named = queries.pot_of_line(plan_line) if plan_line else None
    found = list(
        rules.unplannable(
            pot,
            kind=kind,
            title=title,
            payee=payee,
            organisation=organisation,
            planned=planned,
            starts_on=starts_on,
            ends_on=ends_on,
            approval_basis=approval_basis,
            priority=priority,
            outside_plan=outside_plan,
            line=line,
            plan_line_pot=None if not plan_line else named.ref if named else "",
        )
    )
    if found:
        raise RuleBroken(*found)
    spend = OwnSpend(
        ref=next_reference("OWN"),
        pot=pot,
        line=line,
        plan_line=plan_line or None,
        kind=kind,
        title=title.strip(),
        payee=payee.strip(),
        organisation=organisation,
        planned=planned,
        priority=priority,
        outside_plan=None if priority else (outside_plan or "").strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        approval_basis=approval_basis.strip(),
        fictional=fictional,
        recorded_by=by.ref,
    )
    db.session.add(spend)
    record("spend.planned", spend, by=by, amount=planned, title=spend.title, payee=spend.payee, pot=pot.ref, kind=kind)
    return spend


@command
def commit(
    spend: OwnSpend, *, by: Person, amount: Money | None = None, on: date | None = None, resolution: str | None = None
) -> OwnSpend:
    """Take it from the pot's free money (or its line's) and commit it, in one batch: what is planned, or another amount.

    `on` is the day it counts from: today, or the pot's first day where that is still to come. The delegation table says who
    may, and whether a resolution must be cited.
    """
    wants = spend.planned if amount is None else amount
    _may_commit(spend, wants, by)
    spend.state = move(SPEND_MOVES, spend.state, SpendState.COMMITTED)
    day = on or max(clock.today(), spend.pot.starts_on)
    found = [*rules.uncommittable(spend, wants, day), *_stands_in_the_way(spend, wants, wants, resolution)]
    if found:
        raise RuleBroken(*found)
    _enter(
        spend,
        _offered_and_accepted(spend, wants),
        key=f"commit:{spend.ref}",
        on=day,
        by=by,
    )
    _approved(spend, wants, by)
    record("spend.committed", spend, by=by, amount=wants, on=day, resolution=resolution, for_=_for(spend, wants, by))
    return spend


@command
def change_commitment(spend: OwnSpend, *, to: Money, reason: str, by: Person, resolution: str | None = None) -> OwnSpend:
    """Commit more, or give back what will not be needed, so that `to` is promised in all, charged and uncharged together.

    More is decided as committing is, by whoever may approve the whole; less needs no second person.
    """
    stood = queries.standing_of(spend)
    more = to - stood.whole
    if more > Money(0):
        _may_commit(spend, to, by)
    else:
        require(policies.charge, by, spend)
    found = [*rules.not_committed(spend), *rules.unexplained(reason)]
    if not more:
        found.append(_("It is %(whole)s already. Enter another amount.", whole=str(stood.whole)))
    if more > Money(0):
        found += _stands_in_the_way(spend, more, to, resolution)
    else:
        found += rules.unreleasable(spend, -more, stood.committed)
    if found:
        raise RuleBroken(*found)
    if more > Money(0):
        moves = draw("increase", _purse(spend), Bucket.FREE, (spend.ref, Bucket.COMMITTED), more, **_where(spend))
    else:
        moves = _released(spend, -more)
    now = clock.now()
    _enter(spend, moves, key=f"change:{spend.ref}:{now.isoformat()}", on=_today(spend), by=by)
    if more > Money(0):
        _approved(spend, to, by)
        record("spend.increased", spend, by=by, amount=more, to=to, reason=reason.strip(), resolution=resolution)
    else:
        record("spend.reduced", spend, by=by, amount=-more, to=to, reason=reason.strip())
    return spend


@command
def charge(spend: OwnSpend, *, what: str, document: str, net: Money, vat: Money, charged_on: date | None, by: Person) -> Charge:
    """Charge an invoice, a journal or a month's pay to what is committed: net of VAT, which never touches the pot.

    Committed to paid and accounted for in one batch, dated the day of the charge, source the charge.
    """
    require(policies.charge, by, spend)
    stood, history = queries.standing_of(spend), books.history(spend.ref)
    then = rules.uncharged_from(history, spend.ref, charged_on or clock.today())
    found = list(
        rules.unchargeable(
            spend, what=what, document=document, net=net, vat=vat, charged_on=charged_on, left=stood.committed, left_then=then
        )
    )
    if found:
        raise RuleBroken(*found)
    assert charged_on
    made = Charge(
        ref=next_reference("CHG"),
        spend=spend,
        what=what.strip(),
        document=document.strip(),
        net=net,
        vat=vat,
        charged_on=charged_on,
        recorded_by=by.ref,
    )
    db.session.add(made)
    db.session.flush()
    moves = []
    for one in draw("approve", spend.ref, Bucket.COMMITTED, (spend.ref, Bucket.DUE), net, pot=spend.pot.ref):
        book, pence = one.out_of.book, one.pence
        due, paid, evidenced = (At(book, spend.ref, bucket) for bucket in (Bucket.DUE, Bucket.PAID, Bucket.EVIDENCED))
        moves += [one, Move("pay", due, paid, pence), Move("evidence", paid, evidenced, pence)]
    ledger.enter(moves, key=_batch(made), on=charged_on, by=by.ref, source=made.ref)
    record(
        "spend.charged",
        made,
        by=by,
        net=net,
        vat=vat,
        charged_on=charged_on,
        document=made.document,
        what=made.what,
        spend=spend.ref,
    )
    return made


@command
def reverse_charge(charge: Charge, *, reason: str, by: Person, on: date | None = None) -> Charge:
    """Put right a charge made by mistake: its whole batch the other way round, so that it is committed again.

    Of own spend that is closed the money goes on, in the same command, to where it came from.
    """
    spend = charge.spend
    require(policies.charge, by, spend)
    found = list(rules.unexplained(reason))
    if charge.reversed_at is not None:
        found.append(_("%(charge)s has been reversed already.", charge=charge.ref))
    day = on or clock.today()
    if not charge.charged_on <= day <= clock.today():
        found.append(
            _("The day of the reversal must be from %(start)s to today.", start=rules.day(charge.charged_on)),
        )
    if found:
        raise RuleBroken(*found)
    ledger.reverse(_batch(charge), key=f"reverse:{_batch(charge)}", on=day, by=by, source=charge.ref)
    charge.reversed_at, charge.reversed_because = clock.now(), reason.strip()
    if spend.state is SpendState.CLOSED:
        _enter(spend, _released(spend, charge.net), key=f"release:{_batch(charge)}", on=day, by=by)
        record("spend.reduced", spend, by=by, amount=charge.net, reason=charge.reversed_because)
    record("spend.charge_reversed", charge, by=by, net=charge.net, reason=charge.reversed_because, on=day, spend=spend.ref)
    return charge


@command
def close(spend: OwnSpend, *, by: Person) -> OwnSpend:
    """It is over: what was promised and never charged goes back to where it came from."""
    require(policies.charge, by, spend)
    spend.state = move(SPEND_MOVES, spend.state, SpendState.CLOSED)
    left = queries.standing_of(spend).committed
    if left:
        _enter(spend, _released(spend, left), key=f"close:{spend.ref}", on=_today(spend), by=by)
    record("spend.closed", spend, by=by, amount=left)
    return spend


@command
def cancel(spend: OwnSpend, *, reason: str, by: Person) -> OwnSpend:
    """Give up what was only planned. No money has moved."""
    require(policies.charge, by, spend)
    if found := list(rules.unexplained(reason)):
        raise RuleBroken(*found)
    spend.state = move(SPEND_MOVES, spend.state, SpendState.CANCELLED)
    record("spend.cancelled", spend, by=by, reason=reason.strip())
    return spend


@command
def place_spend(spend: OwnSpend, *, line: str | None, by: Person) -> OwnSpend:
    """Measure own spend against a line of a spending plan (PLN-…), or against none."""
    require(policies.charge, by, spend)
    named = queries.pot_of_line(line) if line else None
    if line and named is None:
        raise RuleBroken(_("There is no such line in a spending plan."))
    if named is not None and named.id != spend.pot_id:
        raise RuleBroken(
            _("That line of the spending plan is of %(other)s, not of %(pot)s.", other=named.ref, pot=spend.pot.ref)
        )
    spend.plan_line = line or None
    record("spend.placed", spend, by=by, line=line or _("none"))
    return spend


# -- what a distributor gave out ---------------------------------------------------------------------------------------


@command
def import_grants(spend: OwnSpend, rows: Sequence[GrantFacts], *, file: str, by: Person) -> int:
    """Keep a distributor's list, read and checked cell by cell before: all of it or none. How many rows were new.

    A grant that is there and says the same is left as it is; one that says otherwise is refused, by its row.
    """
    require(policies.charge, by, spend)
    found = [*_unfit_list(spend, rows)]
    if found:
        raise RuleBroken(*found)
    there = queries.given_before(spend)
    fresh = [one for one in rows if one.distributor_reference not in there]
    if fresh:
        add_grants(spend, fresh, file=file, by=by)
    return len(fresh)


def _unfit_list(spend: OwnSpend, rows: Sequence[GrantFacts]) -> list[str]:
    from_rules = wrong_in_list(spend, rows)
    return [
        _("Row %(row)s, column %(column)s: %(sentence)s", row=one.row, column=one.column, sentence=one.sentence)
        if one.row is not None
        else one.sentence
        for one in from_rules
    ]


def wrong_in_list(spend: OwnSpend, rows: Sequence[GrantFacts]) -> list[rules.Wrong]:
    """Everything wrong with a list beside what is there: ring-fence, dates, sums, names, rows that said otherwise before.

    Reads only; pages and the importer ask it before the command does. Four statements however long the list.
    """
    there = queries.given_before(spend)
    known = queries.known_organisations({one.organisation for one in rows if one.organisation})
    priorities = queries.known_priorities({one.priority for one in rows if one.priority})
    found = list(
        rules.unfit_grants(
            spend.pot.stream,
            (spend.pot.starts_on, spend.pot.ends_on),
            queries.handed_out(spend),
            [_with_kind(one, known) for one in rows],
            {key: row.amount for key, row in there.items()},
        )
    )
    if spend.kind is not SpendKind.DISTRIBUTION:
        found.append(
            rules.Wrong(None, None, _("%(spend)s is not money given out by a distributor, so it has no list.", spend=spend.ref))
        )
    elif spend.state in (SpendState.PLANNED, SpendState.CANCELLED):
        found.append(
            rules.Wrong(
                None, None, _("%(spend)s is %(state)s: nothing was handed out.", spend=spend.ref, state=_(spend.state.value))
            )
        )
    known = queries.known_organisations({one.organisation for one in rows if one.organisation})
    priorities = queries.known_priorities({one.priority for one in rows if one.priority})
    for one in rows:
        if one.organisation and one.organisation not in known:
            found.append(rules.Wrong(one.row, "recipient_slug", _("There is no organisation %(ref)s.", ref=one.organisation)))
        if one.priority and one.priority not in priorities:
            found.append(rules.Wrong(one.row, "priority_slug", _("There is no priority %(ref)s.", ref=one.priority)))
        if (was := there.get(one.distributor_reference)) is not None and _says(was) != _said(one):
            found.append(
                rules.Wrong(
                    one.row,
                    "distributor_reference",
                    _(
                        "This grant was imported before and says otherwise (%(was)s to %(recipient)s). What was imported "
                        "is not overwritten: make the row the same, or leave it out.",
                        was=str(was.amount),
                        recipient=was.recipient,
                    ),
                )
            )
    return sorted(found, key=lambda one: one.row or 0)


def _with_kind(one: GrantFacts, known: Mapping[str, queries.Known]) -> GrantFacts:
    """The row with what is known of the organisation it names; of one that is not there nothing more is said."""
    body = known.get(one.organisation or "")
    return one._replace(organisation=one.organisation if body else None, is_voluntary=body.is_voluntary if body else None)


def _says(was: DistributedGrant) -> tuple[Any, ...]:
    organisation = was.organisation.ref if was.organisation else None
    return (was.recipient, was.recipient_type, was.title, was.amount, was.decided_on, organisation, was.priority)


def _said(one: GrantFacts) -> tuple[Any, ...]:
    return (one.recipient, one.recipient_type, one.title, one.amount, one.decided_on, one.organisation, one.priority)


@command
def add_grants(spend: OwnSpend, rows: Sequence[GrantFacts], *, file: str, by: Person | str) -> None:
    """Write rows that were checked before, as one event about the distribution. Who may is for whoever calls."""
    known = queries.known_organisations({one.organisation for one in rows if one.organisation})
    now = clock.now()
    db.session.execute(
        insert(DistributedGrant),
        [
            {
                "spend_id": spend.id,
                "distributor_reference": one.distributor_reference,
                "recipient": one.recipient,
                "organisation_id": known[one.organisation].id if one.organisation else None,
                "recipient_type": one.recipient_type,
                "title": one.title,
                "amount": one.amount,
                "decided_on": one.decided_on,
                "priority": one.priority,
                "file": file,
                "recorded_at": now,
            }
            for one in rows
        ],
    )
    record(
        "spend.given_out",
        spend,
        by=by,
        covers=("distributed_grant",),
        rows=len(rows),
        distributor=spend.payee,
        amount=total(one.amount for one in rows),
        file=file,
    )


# -- within ------------------------------------------------------------------------------------------------------------


def _may_commit(spend: OwnSpend, whole: Money, by: Person) -> None:
    require(policies.commit, by, spend, whole, table(spend.pot.stream.partnership))


def _stands_in_the_way(spend: OwnSpend, needs: Money, whole: Money, resolution: str | None) -> list[str]:
    """What bars free money from being promised: the pot itself, too little left, a resolution that is missing."""
    found = list(barred(spend.pot))
    if not found:
        free = books.left(spend.pot.ref, _purse(spend), Bucket.FREE)
        found += rules.too_little_free(spend.line.name if spend.line else spend.pot.ref, free, needs)
    asked = resolution_needed(What.OWN_SPEND, whole, table(spend.pot.stream.partnership))
    if asked and not (resolution or "").strip():
        found.append(_("So much can only be committed under a resolution. Enter it, with its date."))
    return found


def _purse(spend: OwnSpend) -> str:
    """Whose free money it draws on: a line's, or the pot's own."""
    return spend.line.ref if spend.line else ""


def _where(spend: OwnSpend) -> dict[str, Any]:
    return {"pot": spend.pot.ref, "pots": [spend.pot.ref]}


def _offered_and_accepted(spend: OwnSpend, amount: Money) -> list[Move]:
    found = []
    for one in draw("offer", _purse(spend), Bucket.FREE, (spend.ref, Bucket.OFFERED), amount, **_where(spend)):
        promised = At(one.into.book, spend.ref, Bucket.COMMITTED)
        found += [one, Move("accept", one.into, promised, one.pence)]
    return found


def _released(spend: OwnSpend, amount: Money) -> list[Move]:
    """Back to free: to the line it came from in its own pot, else (carried into another year) to that pot."""
    moves = draw("release", spend.ref, Bucket.COMMITTED, ("", Bucket.FREE), amount, pot=spend.pot.ref)
    home = spend.pot.ref
    return [one._replace(into=At(one.into.book, _purse(spend) if one.into.book == home else "", Bucket.FREE)) for one in moves]


def _today(spend: OwnSpend) -> date:
    """Today, or the pot's first day where that is still to come: nothing is dated before the pot has money."""
    return max(clock.today(), spend.pot.starts_on)


def _batch(charge: Charge) -> str:
    return f"charge:{charge.ref}"


def _enter(spend: OwnSpend, moves: Sequence[Move], *, key: str, on: date, by: Person) -> None:
    ledger.enter(moves, key=key, on=on, by=by.ref, source=spend.ref)


def _approved(spend: OwnSpend, whole: Money, by: Person) -> None:
    """The second person's yes, kept as every approval is; nothing where the officer acts under their own delegation."""
    if by.ref != spend.recorded_by:
        people.give_approval(
            what=APPROVAL,
            subject=spend.ref,
            digest=_digest(spend, whole),
            pence=whole,
            asked_by=people_queries.person(spend.recorded_by),
            by=by,
        )


def _digest(spend: OwnSpend, whole: Money) -> str:
    """The figures approved, at this instant: the same amount approved again later is another approval."""
    figures = [spend.ref, spend.pot.ref, spend.payee, whole.pence, clock.now().isoformat()]
    return hashlib.sha256(json.dumps(figures, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _for(spend: OwnSpend, whole: Money, by: Person) -> str | None:
    """Whom the person stood in for, where they approved as a deputy."""
    stream = spend.pot.stream
    deputised = acts_for(by, What.OWN_SPEND, whole, stream.partnership, stream.ref)
    return deputised.ref if deputised else None
