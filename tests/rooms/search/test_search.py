"""One box finds what a person may open and nothing else, and follows whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from grants.applications import commands as applications
from grants.assessment.models import Interest
from grants.audit.models import Event
from grants.audit.record import declare, record
from grants.awards.models import Award
from grants.kernel import clock
from grants.kernel.command import command, unguarded
from grants.kernel.db import db
from grants.people import commands as people
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.search import commands, queries
from grants.search.models import Entry, Kind
from grants.search.queries import search
from grants.work import cursors
from grants.work.models import Cursor
from tests.builders.applications import a_draft, a_place, a_planned_round, a_round, a_submitted, closed
from tests.builders.awards import ago, an_award, assigned, somebody
from tests.builders.people import a_group, a_partnership, a_person, an_administrator, an_organisation

Statements = Callable[[], AbstractContextManager[list[str]]]

declare({"test.loaded": "Loaded %(table)s"})


def found(by: Person, words: str) -> list[tuple[Kind, str]]:
    """What is found, in order, once the index has followed what happened."""
    commands.catch_up()
    return [(hit.kind, hit.ref) for hit in search(by, words).hits]


def refs(by: Person, words: str) -> set[str]:
    return {ref for _kind, ref in found(by, words)}


def officer(partnership: Partnership) -> Person:
    return a_person(Duty.GRANTS_OFFICER, partnership=partnership)


def zebra_award() -> Award:
    """An award of £3,000 to a group called Zebra crossing."""
    award = an_award("3000")
    with unguarded():
        db.session.execute(update(Organisation).where(Organisation.id == award.organisation_id).values(name="Zebra crossing"))
        db.session.commit()
    commands.rebuild()
    return award


# -- what is found ----------------------------------------------------------------------------------------------------


def test_the_beginning_of_every_word_finds_a_thing_whatever_its_case_and_accents(app):
    group = an_organisation("Siân's Café & Women’s Club")
    by = a_person(Duty.THEME_LEAD)

    for typed in ("sian", "SIÂN’S", "caf wom", "women's cafe", "and club", group.ref.lower()):
        assert (typed, found(by, typed)) == (typed, [(Kind.ORGANISATION, group.ref)])
    assert found(by, "cafe lantern") == []
    assert found(by, "afe") == []  # the beginning of a word, not its middle


def test_things_named_so_come_before_things_that_only_mention_it_in_the_order_of_their_kinds(app):
    award = zebra_award()
    by = somebody(award.application.round, Duty.GRANTS_OFFICER)

    assert [kind for kind, _ref in found(by, "zebra")] == [Kind.ORGANISATION, Kind.AWARD, Kind.APPLICATION]
    assert [kind for kind, _ref in found(by, "project 1")][:2] == [Kind.AWARD, Kind.APPLICATION]


def test_a_whole_reference_answers_with_the_thing_itself(app):
    award = an_award("3000")
    by = somebody(award.application.round, Duty.GRANTS_OFFICER)
    pot, instalment = award.pot.ref, award.instalments[0].ref
    commands.catch_up()

    for typed in (award.ref, award.ref.lower(), award.ref.replace("-", ""), award.ref.replace("-", " "), f" {award.ref} "):
        whole = search(by, typed).whole
        assert whole is not None and (whole.kind, whole.ref) == (Kind.AWARD, award.ref), typed
    assert search(by, pot).whole == queries.Hit(Kind.POT, pot, Kind.POT, pot, search(by, pot).hits[0].title, None, True)
    of_part = search(by, instalment)
    assert of_part.whole is not None and of_part.whole.ref == award.ref  # the only thing that has this instalment
    assert search(by, "AWD-99-99999") == queries.NOTHING._replace(words="AWD-99-99999", hits=[], pages=0)


@pytest.mark.parametrize(
    "typed",
    ['"', "*", "lan*", 'lan" OR "x', "NEAR(lan ter)", "-lantern", "lantern:*", "a & b | !c <-> d", "named : x", "'; DROP",
     "{x}", "\\", "%", "_", "lantern\x00", "‘’", "🙂🙂", "كلمة", "1e5 0x1f .5 2026-01-01", "https://x.org/?q=a&b=c", "x" * 200],
)  # fmt: skip
def test_nothing_typed_is_a_command(app: Flask, typed: str):
    by = officer(a_partnership())
    an_organisation("Lantern 1e5 0x1f")
    commands.catch_up()

    assert search(by, typed).page == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60))
@example(typed="\ud7ff'\"*")
def test_whatever_is_typed_is_answered(app: Flask, typed: str):
    by = db.session.scalar(select(Person).limit(1)) or a_person(Duty.AUDITOR)
    assert search(by, typed).page == 1


def test_a_name_of_numbers_and_signs_is_found_by_itself(app):
    names = [
        "1e5 Club",
        "0x1f Group",
        "5.5.2026 Fund",
        "A1B2C3",
        "7Up!",
        "ab12@example.org Trust",
        "and/or",
        "www.lantern.org.uk",
    ]
    groups = [an_organisation(name) for name in names]
    by = officer(a_partnership())

    assert [refs(by, name) for name in names] == [{group.ref} for group in groups]


# -- by whom ----------------------------------------------------------------------------------------------------------


def test_staff_find_what_their_partnership_and_streams_hold_and_no_other(app):
    award = zebra_award()
    stream = award.pot.stream
    here = a_person(Duty.FINANCE_OFFICER, partnership=stream.partnership)
    other_stream = a_person(Duty.FINANCE_OFFICER, partnership=stream.partnership, streams=["another_stream"])
    elsewhere = a_person(Duty.FINANCE_OFFICER, partnership=a_partnership())
    auditor = a_person(Duty.AUDITOR)

    group = {award.organisation.ref}  # organisations are everybody's who works here
    assert refs(here, "zebra") == group | {award.ref}
    assert refs(auditor, "zebra") == group | {award.ref, award.application.ref}
    assert (refs(other_stream, "zebra"), refs(elsewhere, "zebra"), refs(a_person(), "zebra")) == (group, group, set())
    assert (search(elsewhere, award.ref).whole, search(other_stream, award.pot.ref).whole) == (None, None)


def test_a_groups_people_find_what_is_their_own_and_rounds_that_were_announced(app):
    group, applicant, _certifier = a_group("Zebra group")
    _other, stranger, _ = a_group("Yak group")
    open_round, planned = a_round(title="Zebra round"), a_planned_round(title="Zebra planned")
    draft = a_draft(round=open_round, group=group, by=applicant)

    assert found(applicant, "zebra") == [
        (Kind.ORGANISATION, group.ref),
        (Kind.ROUND, open_round.ref),
        (Kind.APPLICATION, draft.ref),
    ]
    assert found(stranger, "zebra") == [(Kind.ROUND, open_round.ref)]
    assert refs(somebody(open_round, Duty.GRANTS_OFFICER), "zebra") == {group.ref, open_round.ref}  # a draft is the group's own
    assert refs(somebody(planned, Duty.GRANTS_OFFICER), "planned") == {planned.ref}
    assert refs(stranger, group.ref) == set()


def test_bids_are_found_by_those_who_read_bids_and_by_nobody_kept_from_them(app):
    with ago(29):
        round_ = a_round(opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=22))
        bid, other = (a_submitted("4000", round=round_, title=f"Projekt {n}") for n in (1, 2))
    closed(round_)
    partnership = round_.pot.stream.partnership
    view = assigned(bid, interest=Interest.CONFLICT)
    without = assigned(other, interest=Interest.NONE)
    acts_too = somebody(round_, Duty.PANEL_MEMBER)
    members = a_person(Duty.PANEL_MEMBER, partnership=partnership)

    people.give_duty(
        acts_too, duty=Duty.APPLICANT, organisation=bid.organisation, starts_on=clock.today(), by=an_administrator()
    )
    people.give_duty(
        view.assessor, duty=Duty.PANEL_MEMBER, partnership=partnership, starts_on=clock.today(), by=an_administrator()
    )

    both = {bid.ref, other.ref}
    assert refs(members, "projekt") == both
    assert refs(somebody(round_, Duty.FINANCE_OFFICER), "projekt") == set()
    assert refs(without.assessor, "projekt") == set()  # an assessor reads bids on their own pages
    assert refs(view.assessor, "projekt") == {other.ref}  # declared a conflict of interest in the one
    commands.catch_up()
    assert {(hit.ref, hit.staff) for hit in search(acts_too, "projekt").hits} == {(bid.ref, False), (other.ref, True)}
    assert search(view.assessor, bid.ref).total == 0


def test_people_are_found_by_administrators_and_auditors_alone(app):
    somebody_ = a_person(Duty.THEME_LEAD, name="Zebedee Quick", email="zq@example.org")
    administrator = a_person(Duty.ADMINISTRATOR, partnership=a_partnership())

    assert refs(administrator, "zebedee") == refs(a_person(Duty.AUDITOR), "zq@example.org") == {somebody_.ref}
    assert (refs(somebody_, "zebedee"), refs(a_person(Duty.CHIEF_FINANCE_OFFICER), "zebedee")) == (set(), set())


def test_places_are_found_up_and_down_the_line_of_partnerships(app):
    upper = a_partnership()
    lower = a_partnership(parent=upper)
    place = a_place("Zennor", partnership=lower)

    assert [refs(officer(one), "zennor") for one in (upper, lower)] == [{place.ref}, {place.ref}]
    assert refs(officer(a_partnership()), "zennor") == set()


# -- following what happens -------------------------------------------------------------------------------------------


def test_what_changes_is_found_by_its_new_name_and_no_longer_by_the_old(app):
    round_ = a_round()
    group, applicant, _certifier = a_group("Lantern")
    draft = a_draft(round=round_, group=group, by=applicant)
    assert refs(applicant, "application without") == {draft.ref}

    applications.save_place(draft, title="Zebra crossing", priority=None, locality=None, edition=draft.edition, by=applicant)

    assert (refs(applicant, "zebra"), refs(applicant, "application without")) == ({draft.ref}, set())


def test_a_set_loaded_by_statement_is_found_when_its_event_names_the_table(app):
    @command
    def load() -> None:
        rows = [{"ref": f"zeb-{n}", "name": f"Zebra {n}", "other_names": [], "fictional": True} for n in range(1200)]
        db.session.execute(insert(Organisation), rows)
        record("test.loaded", "IMP-26-00001", by="test", covers=("organisation",), table="organisation")

    by = officer(a_partnership())
    load()
    commands.catch_up()

    answer = search(by, "zebra")
    assert (answer.total, answer.more, answer.pages, len(answer.hits)) == (1000, True, 50, 20)
    assert (search(by, "zebra 1199").total, search(by, "zebra", page=50).hits[-1].kind) == (1, Kind.ORGANISATION)


def test_an_event_that_commits_late_is_followed_all_the_same(app):
    """On PostgreSQL numbers are given when an event is written and seen when it commits, which may be in another order."""
    group = an_organisation("Zebra")
    by = officer(a_partnership())
    commands.catch_up()
    newest = cursors.newest()
    late = _event(newest + 1, group.ref)
    _plant(_event(newest + 3, "SEAL-1"))
    commands.catch_up()
    with unguarded():
        db.session.execute(text("UPDATE organisation SET name = 'Yak' WHERE ref = :ref"), {"ref": group.ref})
        db.session.commit()
    assert refs(by, "yak") == set()

    _plant(late)
    commands.catch_up()
    _plant(_event(newest + 4, "SEAL-2"))  # whatever happens next brings it in

    assert refs(by, "yak") == {group.ref}


def test_a_number_never_used_is_looked_for_no_longer_than_a_command_lasts(app):
    an_organisation("Zebra")
    commands.catch_up()
    newest = cursors.newest()
    _plant(_event(newest + 3, "SEAL-1"))
    commands.catch_up()
    assert _missing() == [[newest + 1, newest + 2]]
    with clock.stopped(clock.now() + timedelta(hours=2)):
        _plant(_event(newest + 4, "SEAL-2"))
        commands.catch_up()
    assert _missing() == []


def _event(number: int, subject: str) -> dict[str, object]:
    return {
        "id": number, "uid": f"planted-{number}", "at": clock.now(), "by": "test", "code": "test.built", "subject": subject,
        "facts": {}, "command": "planted", "digest": "planted",
    }  # fmt: skip


def _plant(event: dict[str, object]) -> None:
    with unguarded():
        db.session.execute(insert(Event), [event])
        db.session.commit()


def _missing() -> list[list[int]]:
    cursor = db.session.scalars(select(Cursor)).one()
    return [gap[:2] for gap in cursor.missing]


def test_following_twice_or_making_it_again_changes_nothing(app):
    an_award("3000")
    commands.catch_up()
    before = _entries()

    assert commands.catch_up() == 0
    assert commands.rebuild() == len(before)
    assert (_entries(), commands.behind().events) == (before, 0)


def test_making_it_again_mends_what_is_wrong(app):
    group = an_organisation("Zebra")
    by = officer(a_partnership())
    commands.catch_up()
    before = _entries()
    with unguarded():
        db.session.execute(text("UPDATE search_entry SET named = 'nonsense'"))
        db.session.execute(text("UPDATE search_entry SET ref = 'gone', title = 'Gone' WHERE ref = :ref"), {"ref": group.ref})
        db.session.commit()
    assert refs(by, "zebra") == set()

    commands.rebuild()

    assert (refs(by, "zebra"), refs(by, "gone")) == ({group.ref}, set())
    assert _entries() == before


def _entries() -> set[tuple[object, ...]]:
    columns = [column for column in Entry.__table__.columns if column.key != "id"]
    return {tuple(row) for row in db.session.execute(select(*columns))}


def test_as_many_statements_for_one_find_as_for_three_hundred(app, statements: Statements):
    @command
    def load() -> None:
        rows = [{"ref": f"zeb-{n}", "name": f"Zebra {n}", "other_names": [], "fictional": True} for n in range(300)]
        db.session.execute(insert(Organisation), rows)
        record("test.loaded", "IMP-26-00001", by="test", covers=("organisation",), table="organisation")

    an_organisation("Yak")
    load()
    by = somebody(a_planned_round(), Duty.GRANTS_OFFICER)
    commands.catch_up()

    made = []
    for words in ("yak", "zebra", "nothing of the kind"):
        assert by.holdings
        with statements() as seen:
            search(by, words)
        made.append(len(seen))

    # 1) the line of partnerships 2) how many 3) the page
    assert made == [3, 3, 3]


def _postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


@pytest.fixture(autouse=True)
def fresh(app: Flask) -> Iterator[None]:
    """The cursor of a PostgreSQL database outlives its rows: begin at its newest event."""
    with unguarded():
        newest = db.session.scalar(text("SELECT last_value FROM audit_event_id_seq")) if _postgresql() else 0
        db.session.execute(delete(Cursor))
        db.session.add(Cursor(name=commands.NAME, upto=newest, missing=[], at=clock.now()))
        db.session.commit()
    yield
