"""What the position tells beside its figures: not known, estimated, not confirmed, promised beyond, cut, pooled, closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask

from grants.budget.models import AuthorityKind
from grants.figures import queries
from grants.figures.columns import BECAME, CAME
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money, total
from grants.ledger import commands as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.papers import reports
from grants.streams import commands, passporting, years
from grants.streams.models import Certainty, Commitment, Pot
from tests.builders.agreements import a_step, an_allocation
from tests.builders.budget import an_authority, moved
from tests.builders.lines import a_line, a_pledge, a_pool
from tests.builders.people import a_partnership
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

Statements = Callable[[], AbstractContextManager[list[str]]]
B = Bucket
P = Money.pounds


def row(pot: Pot, found: queries.Position | None = None) -> queries.Row:
    return next(one for one in (found or queries.position(pot.year)).rows if one.pot == pot.ref)


def silent(pot: Pot, recipient: str = "Rangers") -> Commitment:
    """A passported commitment whose amount is not stated."""
    by = a_finance_officer(pot.stream.partnership)
    return commands.passport(
        pot,
        recipient=recipient,
        amount=None,
        protected_from=pot.starts_on,
        protected_until=pot.ends_on,
        approval_basis="Board, 3 March, resolution 4",
        by=by,
    )


def test_while_a_passported_amount_is_not_stated_free_is_not_known_and_with_an_estimate_it_is_marked(app: Flask) -> None:
    pot = a_pot("10000")
    rangers = silent(pot)
    assert row(pot).why_free == "not known: the amount protected for Rangers is not stated"
    other = silent(pot, "Drug Action Team")
    assert row(pot).why_free == "not known: the amounts of 2 protected commitments are not stated"
    found = queries.position(2026)
    assert (found.total["free"], found.total["allocated"]) == (None, P(10000))
    by = a_finance_officer(pot.stream.partnership)
    passporting.estimate(rangers, amount=P(3000), reason="Last year's invoice and 2%", by=by)
    passporting.state_amount(other, amount=P(1000), document="Letter of 2 May", by=by)
    found = queries.position(2026)
    now = row(pot, found)
    assert (now.why_free, now.estimated, now.figures["free"], now.figures["passported"]) == (None, P(3000), P(6000), P(4000))
    assert [(one.recipient, one.amount, one.estimate) for one in queries.protected(found)] == [
        ("Rangers", None, P(3000)),
        ("Drug Action Team", P(1000), None),
    ]
    assert "£3,000.00 of what is protected is a finance officer’s estimate" in " ".join(reports.notes(found))
    yesterday = clock.today() - timedelta(1)
    assert row(pot, queries.position(2026, on=yesterday)).figures["free"] is None  # no estimate then


def test_what_is_expected_or_indicative_or_pledged_is_listed_apart_and_in_no_total(app: Flask) -> None:
    pot = a_pot("1000")
    expected = an_allocation("300", Certainty.EXPECTED, pot=pot)
    indicative = an_allocation("200", Certainty.INDICATIVE, pot=pot)
    pledge = a_pledge(pot, "70")
    found = queries.position(2026)
    now = row(pot, found)
    assert (now.expected, now.indicative, now.figures["free"], found.total["allocated"]) == (P(300), P(200), P(1000), P(1000))
    assert [(one.ref, one.sure, one.amount) for one in reports.not_confirmed(found)] == [
        (expected.ref, "expected", P(300)),
        (indicative.ref, "indicative", P(200)),
        (pledge.ref, "pledged", P(70)),
    ]
    tables = [section.heading for section in reports.position_of(found).sections]
    assert tables == ["Position for 2026/27", "Not confirmed, and in no total"]
    a_step(expected, "300")
    assert row(pot).figures["allocated"] == P(1300)


def test_what_is_promised_beyond_what_is_held_heads_the_page_at_risk_first_and_apart(app: Flask) -> None:
    pot = a_pot("1000")
    coming = an_allocation("300", Certainty.INDICATIVE, pot=pot)
    risk = an_authority(pot, "300", kind=AuthorityKind.AT_RISK, allocation=coming)
    over = an_authority(pot, "500")
    moved(pot, "AWD-1", "1400", B.OFFERED)
    found = queries.position(2026)
    (beyond,) = found.beyond()
    assert (beyond.pot, beyond.over, beyond.at_risk, beyond.over_programming) == (pot.ref, P(400), P(300), P(100))
    assert [one.ref for one in beyond.authorities] == [risk.ref, over.ref]
    assert beyond.covered
    ((sentence, ref),) = reports.exceptions(found)
    assert ref == risk.ref
    assert (
        "£400.00 more than it holds: £300.00 at risk, against money not confirmed and £100.00 as over-programming" in sentence
    )
    assert row(pot).figures["free"] == -P(400)
    assert found.ties
    before = queries.position(2026, on=clock.today() - timedelta(1))
    assert before.beyond() == []
    after = queries.position(2026, on=pot.ends_on + timedelta(1))
    assert not after.beyond()[0].covered


def test_a_cut_that_could_not_be_taken_is_an_exception_until_it_is_found(app: Flask) -> None:
    allocation = an_allocation("1000")
    a_commitment("900", pot=allocation.pot)
    a_step(allocation, "600")
    found = queries.position(allocation.pot.year)
    ((sentence, ref),) = reports.exceptions(found)
    assert sentence.startswith("Cut not yet absorbed: £300.00 of ")
    assert ref.startswith("SHF-")
    assert row(allocation.pot, found).figures["allocated"] == P(900)  # what the books still hold of it
    assert found.ties


def test_pots_of_a_pool_stand_together_with_a_subtotal_and_totals_still_tie(app: Flask) -> None:
    pool, pots = a_pool("500", "9000")
    between = a_pot("4000", stream=a_stream(partnership=pots[0].stream.partnership))
    found = queries.position(2026)
    groups = found.groups()
    assert [(group.pool, [one.pot for one in group.rows]) for group in groups] == [
        (pool.ref, [pots[1].ref, pots[0].ref]),
        (None, [between.ref]),
    ]
    assert (groups[0].name, groups[0].total["free"], found.total["free"]) == ("A pool", P(9500), P(13500))
    for group in groups:
        assert total(group.total[c.key] or ZERO for c in CAME) == total(group.total[c.key] or ZERO for c in BECAME)
    assert [section.heading for section in reports.position_of(found).sections][1:] == ["Pools"]


def test_a_pots_lines_add_up_to_its_free_money_and_a_closed_pot_is_marked_from_its_day(app: Flask) -> None:
    pot = a_pot("1000")
    line = a_line(pot, "250", name="Contingency")
    found = queries.position(2026)
    assert found.lines(pot.ref) == [(line.ref, "Contingency", P(250)), ("", "In no line", P(750))]
    assert total(amount for _ref, _name, amount in found.lines(pot.ref)) == row(pot).figures["free"]
    years.close_pot(pot, on=clock.today(), reason="Year over", by=a_finance_officer(pot.stream.partnership))
    assert row(pot).closed_on == clock.today()
    assert row(pot, queries.position(2026, on=clock.today() - timedelta(1))).closed_on is None


def test_books_that_begin_with_a_stated_balance_are_in_the_totals_and_their_free_money_is_known(app: Flask) -> None:
    pot = a_pot(None, stream=a_stream(partnership=a_partnership()))
    put_in = Move("contribute", At(pot.ref, "partner:x", B.PARTNER), At(pot.ref, "", B.FREE), 117_800)
    ledger.post(put_in, key="begin", on=pot.starts_on, by="test", source=pot.ref)
    assert row(pot).figures["free"] is None
    with unguarded():
        pot.balance_from = pot.starts_on
        db.session.commit()
    found = queries.position(2026)
    now = row(pot, found)
    assert (now.counted, now.figures["free"], now.figures["allocated"], now.why_free) == (True, P(1178), None, None)
    assert (found.left_out, found.total["allocated"], found.total["free"], found.why_free) == (0, ZERO, P(1178), None)


def test_it_costs_the_same_statements_however_much_stands_beside(app: Flask, statements: Statements) -> None:
    pot = a_pot("1000")
    counts = []
    for _round in range(2):
        an_allocation("300", Certainty.EXPECTED, pot=pot)
        a_pledge(pot, "70")
        a_line(pot, "10")
        a_commitment("10", pot=pot)
        with statements() as made:
            found = queries.position(2026)
            found.groups(), found.beyond(), queries.protected(found), reports.exceptions(found)
        counts.append(len(made))
    assert counts == [7, 7]
