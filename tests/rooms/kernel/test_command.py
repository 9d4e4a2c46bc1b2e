"""Only commands write: all or nothing, once for a key, tried again when it is not now, and nothing left unsaid."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import OperationalError

from grants.audit import queries as audit
from grants.audit.record import declare, record
from grants.kernel import command as kernel
from grants.kernel.command import command, unguarded
from grants.kernel.db import db
from grants.kernel.errors import Busy, NotFound, Refused, RuleBroken, Stale, Undisciplined
from grants.kernel.marks import Mark
from grants.kernel.references import Counter, OnceKey, next_reference
from grants.people.models import Organisation
from tests.builders.people import an_organisation

declare({"test.changed": "Changed to %(name)s"})


@command
def rename(organisation: Organisation, *, name: str) -> Organisation:
    organisation.name = name
    record("test.changed", organisation, by="test", name=name)
    return organisation


@command
def make(*, ref: str, name: str = "A", fail: bool = False) -> Organisation:
    organisation = Organisation(ref=ref, name=name)
    db.session.add(organisation)
    record("test.changed", organisation, by="test", name=name)
    if fail:
        raise RuleBroken("No.")
    return organisation


def named(ref: str) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(Organisation.name).where(Organisation.ref == ref))


def test_what_is_done_is_committed_and_what_is_refused_is_not(app: Flask) -> None:
    make(ref="one")
    with pytest.raises(RuleBroken):
        make(ref="two", fail=True)
    assert (named("one"), named("two")) == ("A", None)
    assert audit.history("two") == []


def test_a_command_inside_a_command_joins_it(app: Flask) -> None:
    @command
    def both() -> None:
        make(ref="one")
        make(ref="two", fail=True)

    with pytest.raises(RuleBroken):
        both()
    assert named("one") is None


def test_a_refusal_inside_may_be_caught_and_the_rest_still_stands(app: Flask) -> None:
    @command
    def both() -> None:
        make(ref="one")
        try:
            raise Refused()
        except Refused:
            make(ref="two")

    both()
    assert (named("one"), named("two")) == ("A", "A")


def test_nothing_is_written_outside_a_command(app: Flask) -> None:
    organisation = an_organisation()
    organisation.name = "Changed"
    with pytest.raises(Undisciplined, match="changed outside a command"):
        db.session.flush()
    db.session.rollback()
    db.session.add(Organisation(ref="x", name="x"))
    with pytest.raises(Undisciplined):
        db.session.commit()
    db.session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organisation SET name = 'x'",
        "  delete from organisation",
        "INSERT INTO organisation (ref) VALUES ('x')",
        "WITH a AS (SELECT 1) UPDATE organisation SET name = 'x'",
        "DROP TABLE organisation",
        "CREATE TABLE x (id int)",
        "ALTER TABLE organisation ADD COLUMN x int",
        "-- quietly\nDELETE FROM organisation",
        "/* quietly */ UPDATE organisation SET name = 'x'",
        "SELECT 1; DELETE FROM organisation",
        "EXPLAIN ANALYZE DELETE FROM organisation",
    ],
)
def test_no_statement_however_written_gets_past_the_guard(sqlite_app: Flask, statement: str) -> None:
    with pytest.raises(Undisciplined):
        db.session.execute(text(statement))
    db.session.rollback()
    with pytest.raises(Undisciplined), db.engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(Undisciplined), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_bulk_statements_outside_a_command_are_refused(app: Flask) -> None:
    with pytest.raises(Undisciplined):
        db.session.execute(update(Organisation).values(name="x"))
    db.session.rollback()
    with pytest.raises(Undisciplined):
        db.session.execute(insert(Organisation), [{"ref": "x", "name": "x"}])
    db.session.rollback()


def test_a_change_without_an_event_does_not_commit(app: Flask) -> None:
    organisation = an_organisation()
    ref = organisation.ref

    @command
    def silently(organisation: Organisation) -> None:
        organisation.name = "Changed"

    with pytest.raises(Undisciplined, match=ref):
        silently(organisation)

    @command
    def about_another(organisation: Organisation) -> None:
        organisation.name = "Changed"
        record("test.changed", "somebody-else", by="test", name="Changed")

    with pytest.raises(Undisciplined, match=ref):
        about_another(organisation)
    assert named(ref) != "Changed"


def test_a_table_written_by_statement_needs_an_event_that_covers_it(app: Flask) -> None:
    ref = an_organisation().ref

    @command
    def uncovered() -> None:
        db.session.execute(update(Organisation).values(name="Changed"))
        record("test.changed", ref, by="test", name="Changed")

    @command
    def covered() -> None:
        db.session.execute(update(Organisation).values(name="Changed"))
        record("test.changed", ref, by="test", covers=("organisation",), name="Changed")

    with pytest.raises(Undisciplined, match="organisation"):
        uncovered()
    covered()
    assert named(ref) == "Changed"


def test_bookkeeping_needs_no_event(app: Flask) -> None:
    @command
    def mark() -> None:
        db.session.add(Mark(name="seen", says="yes"))

    mark()
    assert db.session.scalar(select(Mark.says)) == "yes"


def test_an_event_says_all_that_its_sentence_needs(app: Flask) -> None:
    @command
    def badly(code: str) -> None:
        record(code, "x", by="test")

    for code in ("test.changed", "test.never-declared"):
        with pytest.raises(Undisciplined):
            badly(code)


# -- once ---------------------------------------------------------------------------------------------------------------


def test_the_same_key_answers_with_what_was_made(app: Flask) -> None:
    first = make(ref="one", key="k")  # type: ignore[call-arg]
    again = make(ref="two", key="k")  # type: ignore[call-arg]
    assert (first.ref, again.ref) == ("one", "one")
    assert named("two") is None
    assert make(ref="two", key="other").ref == "two"  # type: ignore[call-arg]


def test_a_key_answers_where_the_deed_would_now_be_refused(app: Flask) -> None:
    make(ref="one", key="k")  # type: ignore[call-arg]
    assert make(ref="one", key="k").ref == "one"  # type: ignore[call-arg]  # the reference is taken by now
    with pytest.raises(Exception):  # noqa: B017  # without the key it is refused
        make(ref="one")


def test_a_refused_deed_leaves_its_key_free(app: Flask) -> None:
    with pytest.raises(RuleBroken):
        make(ref="one", fail=True, key="k")  # type: ignore[call-arg]
    assert make(ref="one", key="k").ref == "one"  # type: ignore[call-arg]
    assert db.session.scalar(select(OnceKey.reference)) == "one"


def test_a_key_belongs_to_its_command(app: Flask) -> None:
    organisation = make(ref="one", key="k")  # type: ignore[call-arg]
    assert rename(organisation, name="B", key="k").name == "B"  # type: ignore[call-arg]


def _press(instance: str, url: str, start: Any, told: Any) -> None:
    from tests.rooms.ledger.racers import an_app

    with an_app(instance, url):
        start.wait()
        told.put(make(ref=next_ref(), key="the form").ref)  # type: ignore[call-arg]


def next_ref() -> str:
    import os

    return f"made-by-{os.getpid()}"


def test_a_form_pressed_four_times_at_once_makes_one_thing(app: Flask) -> None:
    db.session.remove()
    db.engine.dispose()
    apart: Any = multiprocessing.get_context("fork")
    start, told = apart.Event(), apart.Queue()
    given = (app.instance_path, app.config["SQLALCHEMY_DATABASE_URI"], start, told)
    pressing = [apart.Process(target=_press, args=given) for _ in range(4)]
    for process in pressing:
        process.start()
    start.set()
    answers = {told.get(timeout=30) for _ in pressing}
    for process in pressing:
        process.join()
    assert len(answers) == 1
    assert db.session.scalars(select(Organisation.ref)).all() == list(answers)


# -- again, and for good ------------------------------------------------------------------------------------------------


class _Passing(Exception):
    sqlstate = "40001"


def _not_now(times: int) -> tuple[Any, list[int]]:
    tried: list[int] = []

    @command
    def hard(*, ref: str) -> Organisation:
        tried.append(1)
        done = make(ref=ref)
        db.session.flush()
        if len(tried) <= times:
            raise OperationalError("", {}, _Passing())
        return done

    return hard, tried


def test_what_the_database_calls_not_now_is_tried_again_from_the_start(app: Flask) -> None:
    hard, tried = _not_now(3)
    assert hard(ref="one").ref == "one"
    assert len(tried) == 4
    assert len(audit.history("one")) == 1


def test_it_gives_up_in_words_and_nothing_was_changed(app: Flask) -> None:
    hard, tried = _not_now(99)
    with pytest.raises(Busy):
        hard(ref="one")
    assert len(tried) == kernel.TRIES
    assert named("one") is None


def test_what_a_command_decides_upon_is_read_again(app: Flask) -> None:
    organisation = an_organisation()
    ref = organisation.ref
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text(f"UPDATE organisation SET name = 'Meanwhile' WHERE ref = '{ref}'"))
    seen = []

    @command
    def look(organisation: Organisation) -> None:
        seen.append(organisation.name)

    look(organisation)
    assert seen == ["Meanwhile"]


def test_a_subject_that_is_gone_is_not_found(app: Flask) -> None:
    organisation = make(ref="one")
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM organisation"))
    with pytest.raises(NotFound):
        rename(organisation, name="B")


def test_a_row_changed_by_somebody_else_is_stale(app: Flask) -> None:
    @command
    def behind_my_back() -> None:
        from sqlalchemy.orm.exc import StaleDataError

        raise StaleDataError("0 rows matched")

    with pytest.raises(Stale):
        behind_my_back()


def test_reading_forgets_nothing_it_should_not_and_never_writes(app: Flask) -> None:
    an_organisation()
    assert not kernel.inside()
    db.session.scalars(select(Organisation)).all()
    assert not db.session.new and not db.session.dirty


# -- references ---------------------------------------------------------------------------------------------------------


def test_references_count_up_by_kind_and_year(app: Flask) -> None:
    from datetime import UTC, datetime

    from grants.kernel import clock

    @command
    def some() -> list[str]:
        return [next_reference("AWD"), next_reference("AWD"), next_reference("APP")]

    with clock.stopped(datetime(2026, 3, 31, tzinfo=UTC)):
        assert some() == ["AWD-25-00001", "AWD-25-00002", "APP-25-00001"]
    with clock.stopped(datetime(2026, 4, 1, tzinfo=UTC)):
        assert some() == ["AWD-26-00001", "AWD-26-00002", "APP-26-00001"]
        assert some()[0] == "AWD-26-00003"
    assert db.session.query(Counter).count() == 4
