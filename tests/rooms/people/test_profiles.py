"""What a group says of itself: kept once, checked by its form, two people's versions shown, personal values erasable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken, Stale
from grants.people import queries, rules
from grants.people.about import Income, PaidStaff, Part, PolicyHeld, Profile, Volunteers
from grants.people.kinds import Kind
from grants.people.models import Duty, Organisation
from grants.people.profiles import save_profile
from tests.builders.people import a_group, a_person, an_organisation

WHOLE = Profile(
    kind=Kind.ASSOCIATION,
    charity_number="1090095",
    company_number="01234567",
    address="1 High Street\nReddish",
    postcode="SK5 6XY",
    home_address=True,
    telephone="0161 496 0000",
    website="https://www.example.org.uk",
    started=2019,
    does="We run a weekly meal for people who live alone.",
    income=Income.TO_10_000,
    paid_staff=PaidStaff.NONE,
    volunteers=Volunteers.SOME,
    policies=(PolicyHeld.SAFEGUARDING, PolicyHeld.EQUALITY),
    safeguarding_post="Secretary",
    safeguarding_agreed_on=date(2026, 3, 1),
    own_account=False,
)


def test_everything_said_is_kept_and_the_kind_says_whether_the_group_is_voluntary(app: Flask) -> None:
    group, applicant, _certifier = a_group(organisation_type=None, is_voluntary=None)

    save_profile(group, profile=WHOLE, edition=0, by=applicant)

    kept = queries.organisation(group.ref)
    assert queries.said_of(kept) == WHOLE
    assert (kept.organisation_type, kept.is_voluntary) == ("unincorporated association", True)
    save_profile(kept, profile=replace(WHOLE, kind=Kind.SCHOOL), edition=1, by=applicant)
    assert queries.organisation(group.ref).is_voluntary is False


def test_what_is_typed_loosely_is_kept_as_registers_write_it(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    loose = Profile(
        charity_number=" sc 042386 ", company_number="123456", postcode="sk56xy", website="example.org", does="  We \n meet. "
    )

    save_profile(group, profile=loose, edition=0, by=applicant)

    kept = queries.said_of(queries.organisation(group.ref))
    assert (kept.charity_number, kept.company_number) == ("SC042386", "00123456")
    assert (kept.postcode, kept.website, kept.does) == ("SK5 6XY", "https://example.org", "We meet.")
    assert kept.kind is Kind.CIO  # a kind that is not named leaves what was known


def test_two_who_save_from_the_same_page_see_both_versions_and_nothing_is_lost(app: Flask) -> None:
    group, applicant, certifier = a_group()
    save_profile(group, profile=replace(WHOLE, telephone="0161 111 1111"), edition=0, by=certifier)

    with pytest.raises(Stale) as stale:
        save_profile(group, profile=WHOLE, edition=0, by=applicant)

    assert ("Telephone", "0161 496 0000") in stale.value.yours
    assert ("Telephone", "0161 111 1111") in stale.value.theirs
    assert queries.said_of(queries.organisation(group.ref)).telephone == "0161 111 1111"
    save_profile(group, profile=WHOLE, edition=1, by=applicant)
    with pytest.raises(Stale):
        save_profile(group, profile=WHOLE, edition=1, by=certifier)


def test_everything_that_cannot_be_right_is_said_at_once_and_beside_its_field(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    wrong = Profile(
        charity_number="12",
        company_number="ABC",
        postcode="SK5",
        telephone="ring me",
        website="no website",
        started=clock.today().year + 1,
        does="x" * 201,
        home_address=True,
        safeguarding_post="Secretary",
    )

    with pytest.raises(RuleBroken) as broken:
        save_profile(group, profile=wrong, edition=0, by=applicant)

    assert set(broken.value.fields) == {
        "charity_number", "company_number", "postcode", "telephone", "website", "started", "does", "address", "policies",
    }  # fmt: skip
    assert broken.value.fields["charity_number"].startswith("Enter a charity number of 6 or 7 figures")
    assert queries.profile(queries.organisation(group.ref)) is None


def test_where_people_live_and_how_to_phone_them_stands_only_where_it_can_be_erased(app: Flask) -> None:
    group, applicant, _certifier = a_group()

    save_profile(group, profile=WHOLE, edition=0, by=applicant)

    event = db.session.scalars(
        select(Event).where(Event.code == "organisation.profile").options(joinedload(Event.detail))
    ).one()
    said = str(event.facts)
    assert [value in said for value in ("High Street", "SK5 6XY", "0161 496 0000", "Secretary")] == [False] * 4
    assert set(event.detail.facts) == {"address", "postcode", "telephone", "safeguarding_post"}


def test_only_the_groups_own_writers_and_those_it_may_tell_on_the_phone_change_it(app: Flask) -> None:
    group, _applicant, certifier = a_group()
    _other, stranger, _ = a_group()
    for duty in (Duty.READER, Duty.ADVISER):
        with pytest.raises(Refused):
            save_profile(group, profile=WHOLE, edition=0, by=a_person(duty, organisation=group))
    for somebody in (stranger, a_person(Duty.ASSESSOR)):
        with pytest.raises(Refused):
            save_profile(group, profile=WHOLE, edition=0, by=somebody)
    save_profile(group, profile=WHOLE, edition=0, by=certifier)
    save_profile(group, profile=WHOLE, edition=1, by=a_person(Duty.GRANTS_OFFICER))


def test_what_a_round_needs_and_is_not_said_is_one_sentence_each(app: Flask, statements) -> None:
    group, applicant, _certifier = a_group()
    needed = [Part.OWN_ACCOUNT, Part.POSTCODE, PolicyHeld.SAFEGUARDING, PolicyHeld.PUBLIC_LIABILITY]
    assert len(queries.profile_gaps(group, needed)) == 4
    save_profile(group, profile=WHOLE, edition=0, by=applicant)
    group = queries.organisation(group.ref)

    with statements() as made:
        gaps = queries.profile_gaps(group, needed)

    assert gaps == ["This fund needs you to have public liability insurance."]  # an account of their own was answered: no
    assert len(made) == 1


@pytest.mark.parametrize(
    "number, right",
    [
        ("279417", True), ("1090095", True), ("SC042386", True), ("100019", True), ("NIC100019", True), ("", True),
        ("12345", False), ("12345678", False), ("1090095-1", False), ("SC42386", False), ("one", False),
    ],
)  # fmt: skip
def test_a_charity_number_is_checked_by_its_form(sqlite_app: Flask, number: str, right: bool) -> None:
    assert (list(rules.bad_charity_number(number)) == []) is right


@pytest.mark.parametrize(
    "number, right",
    [("01234567", True), ("1234567", True), ("SC123456", True), ("IP00123R", True), ("R0000123", True), ("1234", False),
     ("123456789", False), ("XX123456", False)],
)  # fmt: skip
def test_a_company_number_is_checked_by_its_form(sqlite_app: Flask, number: str, right: bool) -> None:
    assert (list(rules.bad_company_number(number)) == []) is right


@given(st.text(max_size=30))
def test_whatever_is_typed_as_a_number_tidying_it_twice_is_tidying_it_once(typed: str) -> None:
    once = rules.tidy_company(typed)
    assert rules.tidy_company(once) == once


def test_an_organisation_of_a_source_keeps_its_own_type_until_it_says_otherwise(app: Flask) -> None:
    body = an_organisation(organisation_type="partnership body", is_voluntary=False)
    save_profile(body, profile=Profile(does="We meet."), edition=0, by=a_person(Duty.GRANTS_OFFICER))

    kept = db.session.scalars(select(Organisation).where(Organisation.ref == body.ref)).one()
    assert (kept.organisation_type, kept.is_voluntary) == ("partnership body", False)
