"""The generator: true books and a true history at any size, the same for the same seed, and never among real data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants import create_app
from grants.applications import queries
from grants.applications.frozen import content, digest
from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.awards.models import Award, State
from grants.demo.generator import build, house, scale
from grants.kernel import clock
from grants.kernel.db import Base, db
from grants.kernel.errors import RuleBroken
from grants.ledger import queries as books
from grants.ledger.models import Account, Close, Transfer
from grants.payments import rules as payments
from grants.payments.models import Payment
from grants.people.models import Approval, Duty
from grants.people.queries import by_email
from grants.questions.queries import document
from grants.streams import commands as streams
from tests.builders.people import a_person
from tests.conftest import empty, quick_place, settings_for

TINY, SEED = 30, 7
# What is not the data's: keys and instants of recording, and what is salted or keyed with a secret.
APART = {
    "audit_event": {"uid", "command", "digest", "detail_digest"},
    "audit_detail": {"salt"},
    "person": {"password_hash"},
    "work_cursor": {"at"},
}


@pytest.fixture
def generated(made: Flask) -> Iterator[Flask]:
    """The smallest partnership on each engine, read by a test of its own."""
    with made.app_context():
        yield made
        db.session.remove()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The same, made once."""
    if request.param == "sqlite":
        app = create_app(settings_for(quick_place()))
    else:
        app = request.getfixturevalue("postgresql_session_app")
    with app.app_context():
        build.ensure(TINY, SEED)
    yield app
    with app.app_context():
        if request.param == "postgresql":
            empty()
        db.session.remove()


def the_data() -> str:
    """A digest of every row of every table, but for what is keyed."""
    seal = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        columns = [c for c in table.columns if c.name not in APART.get(table.name, set())]
        if table.name == "kernel_mark":
            columns = [table.c.name, table.c.says]
        for row in db.session.execute(select(*columns).order_by(*table.primary_key.columns)):
            seal.update(json.dumps([table.name, *map(str, row)]).encode())
    return seal.hexdigest()


def test_its_books_and_its_history_are_proved(generated: Flask) -> None:
    for command in ("check-ledger", "check-audit"):
        answer = generated.test_cli_runner().invoke(args=[command])
        assert (answer.exit_code, answer.output.count("\n")) == (0, 1), answer.output


def test_it_has_as_many_awards_as_were_asked_for_in_every_state(generated: Flask) -> None:
    there = dict(db.session.execute(select(Award.state, func.count()).group_by(Award.state)).all())
    assert sum(there.values()) == TINY
    assert {State.OFFERED, State.ACCEPTED, State.CLOSED} <= set(there)


def test_every_table_that_was_written_has_an_event_about_each_root(generated: Flask) -> None:
    """Every thing with a reference is the subject of an event, but for those that another's event tells of."""
    subjects = set(db.session.scalars(select(Base.metadata.tables["audit_event"].c.subject)))
    told_by_another = {"locality", "instalment", "search_entry"}
    silent = {
        f"{table.name} {ref}"
        for table in Base.metadata.sorted_tables
        if "ref" in table.columns and table.name not in told_by_another
        for ref in db.session.scalars(select(table.c.ref))
        if ref not in subjects
    }
    assert silent == set()


def test_an_as_at_question_by_its_closes_equals_replaying_every_transfer(generated: Flask) -> None:
    assert db.session.scalar(select(func.count()).select_from(Close))
    for day in (clock.last_day(2025), scale.TODAY, scale.BEGAN):
        by_snapshot = dict(books.as_at(day))
        replayed: dict[tuple[str, str], int] = {}
        for side, sign in ((Transfer.to_id, 1), (Transfer.from_id, -1)):
            rows = db.session.execute(
                select(Account.book_id, Account.bucket, func.sum(Transfer.pence))
                .join(Account, Account.id == side)
                .where(Transfer.effective_date <= day)
                .group_by(Account.book_id, Account.bucket)
            )
            for book, bucket, pence in rows:
                code = books_by_id()[book]
                replayed[code, bucket] = replayed.get((code, bucket), 0) + sign * int(pence)
        assert {key: money.pence for key, money in by_snapshot.items()} == {k: p for k, p in replayed.items() if p}


def books_by_id() -> dict[int, str]:
    table = Base.metadata.tables["ledger_book"]
    return dict(db.session.execute(select(table.c.id, table.c.code)).all())


def test_no_account_is_below_nought_at_the_end_of_any_day(generated: Flask) -> None:
    standing: dict[int, int] = {}
    sources = set(db.session.scalars(select(Account.id).where(Account.floor.is_(None))))
    moves = db.session.execute(
        select(Transfer.effective_date, Transfer.from_id, Transfer.to_id, Transfer.pence).order_by(Transfer.effective_date)
    ).all()
    for n, (day, out_of, into, pence) in enumerate(moves):
        standing[out_of] = standing.get(out_of, 0) - pence
        standing[into] = standing.get(into, 0) + pence
        if n + 1 == len(moves) or moves[n + 1][0] != day:
            assert [number for number, is_ in standing.items() if is_ < 0 and number not in sources] == [], day


def test_a_snapshot_is_what_sending_the_bid_would_have_frozen(generated: Flask) -> None:
    sent = db.session.scalars(select(Application).where(Application.state == ApplicationState.DECIDED).limit(5)).all()
    for bid in sent:
        assert bid.snapshot and bid.submitted_at
        now = content(bid, document(bid.round.question_set), queries.about(bid), by=bid.started_by, at=bid.submitted_at)
        assert (now, digest(now)) == (bid.snapshot.content, bid.snapshot.digest)


def test_each_approved_payment_has_its_approval_of_these_very_figures(generated: Flask) -> None:
    approved = db.session.scalars(select(Payment).where(Payment.approved_at.is_not(None))).all()
    of_payments = select(Approval.subject, Approval.digest).where(Approval.what == payments.APPROVAL)
    digests = dict(db.session.execute(of_payments).all())
    assert {one.ref: payments.digest(one) for one in approved} == digests


def test_ordinary_commands_follow_with_the_next_numbers(generated: Flask) -> None:
    finance = by_email(house.email(Duty.FINANCE_OFFICER))
    assert finance
    before = db.session.scalar(select(func.count()).select_from(Base.metadata.tables["stream"]))
    with clock.stopped(scale.NOW):
        streams.open_stream(ref="another", name="Another", partnership=finance.holdings[0].partnership, by=finance)  # type: ignore[arg-type]
    assert db.session.scalar(select(func.count()).select_from(Base.metadata.tables["stream"])) == (before or 0) + 1


def test_the_same_seed_makes_the_same_data_and_another_seed_other_data(sqlite_app: Flask) -> None:
    def of(seed: int) -> str:
        build.ensure(TINY, seed, reset=True)
        return the_data()

    first = of(1)
    assert of(1) == first
    assert of(2) != first


def test_doing_it_again_does_nothing_and_another_size_is_refused_without_reset(sqlite_app: Flask) -> None:
    assert build.ensure(3, 1).fresh
    kept = the_data()
    assert not build.ensure(3, 1).fresh
    with pytest.raises(RuleBroken, match="generated with 3 awards, seed 1"):
        build.ensure(4, 1)
    assert the_data() == kept
    assert build.ensure(4, 1, reset=True).fresh
    assert db.session.scalar(select(func.count()).select_from(Award)) == 4


def test_it_refuses_a_database_with_anything_else_in_it_and_changes_nothing(sqlite_app: Flask) -> None:
    a_person(Duty.FINANCE_OFFICER)
    kept = the_data()
    with pytest.raises(RuleBroken, match="not empty"):
        build.ensure(TINY, SEED)
    assert the_data() == kept


def test_serve_refuses_what_was_generated(sqlite_app: Flask) -> None:
    build.ensure(1, 1)
    answer = sqlite_app.test_cli_runner().invoke(args=["serve"])
    assert answer.exit_code == 1
    assert "This database was filled by `flask generate`." in answer.output
