"""Coming in: passwords, links and codes, tries, sign-ins that end, registrations and held forms."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken, TooMany
from grants.kernel.policy import objections
from grants.notices import commands as notices
from grants.people import commands, entry, passwords, policies, queries
from grants.people.models import Attempt, Duty, HeldPost, Holding, Organisation, Person, Registration, SignIn, SignInCode
from grants.work.models import Task
from tests.builders.people import PASSWORD, a_group, a_person, an_administrator

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WRONG = "The email address or the password is not right. Check both and try again."


@pytest.fixture(autouse=True)
def settings_stay(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test changes in the settings is put back: on PostgreSQL the application outlives the test."""
    found = request.getfixturevalue("app") if "app" in request.fixturenames else None
    before = found.extensions["grants"] if found else None
    yield
    if found:
        found.extensions["grants"] = before


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def set_setting(app: Flask, **values: object) -> None:
    app.extensions["grants"] = app.extensions["grants"].model_copy(update=values)


def letter() -> dict[str, str]:
    """The link's token and the code of the newest e-mail."""
    text = db.session.scalar(select(Task).order_by(Task.id.desc()).limit(1)).facts["text"]
    link = next(line for line in text.splitlines() if "/sign-in/link/" in line).rsplit("/", 1)[1].split("?")[0]
    codes = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("Your code is ")]
    return {"link": link, "code": codes[0] if codes else "", "text": text}


def sign_in(email: str, password: str = PASSWORD, network: str = "192.0.2.1", browser: str | None = None) -> entry.Opened:
    return entry.sign_in_with_password(email=email, password=password, network=network, browser=browser)


# -- passwords --------------------------------------------------------------------------------------------------------


def test_the_right_password_signs_in_and_only_a_hash_of_the_token_is_kept(app: Flask) -> None:
    person = a_person(email="jo@example.org", password=PASSWORD)

    opened = sign_in(" JO@example.org ")

    assert entry.signed_in(opened.token).person.ref == person.ref
    row = db.session.scalar(select(SignIn))
    assert opened.token not in (row.token_hash, row.how)
    assert person.password_hash.startswith("$argon2id$")


def test_wrong_password_unknown_address_no_password_and_stopped_account_answer_the_same(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    a_person(email="mail-only@example.org")
    stopped = a_person(email="gone@example.org", password=PASSWORD)
    commands.stop(stopped, by=an_administrator())

    for email, password in (
        ("jo@example.org", "wrong horse"),
        ("nobody@example.org", PASSWORD),
        ("mail-only@example.org", PASSWORD),
        ("mail-only@example.org", ""),
        ("gone@example.org", PASSWORD),
    ):
        with pytest.raises(RuleBroken) as broken:
            sign_in(email, password)
        assert (broken.value.problems, broken.value.fields) == ((WRONG,), {})
    assert count(SignIn) == 0


def test_an_unknown_address_costs_the_same_hashing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    checked: list[str] = []
    verify = passwords.PasswordHasher.verify
    monkeypatch.setattr(
        passwords.PasswordHasher, "verify", lambda self, kept, typed: (checked.append(kept), verify(self, kept, typed))[1]
    )

    for email in ("jo@example.org", "nobody@example.org"):
        with pytest.raises(RuleBroken):
            sign_in(email, "wrong horse")

    parameters = [kept.split("$")[1:4] for kept in checked]
    assert len(parameters) == 2 and parameters[0] == parameters[1]


def test_nothing_is_locked_while_a_password_is_hashed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from grants.kernel import command

    a_person(email="jo@example.org", password=PASSWORD)
    inside: list[bool] = []
    for name in ("fits", "hashed"):
        real = getattr(passwords, name)
        monkeypatch.setattr(passwords, name, lambda *a, real=real: (inside.append(command.inside()), real(*a))[1])

    sign_in("jo@example.org")
    commands.register(name="Al", email="al@example.org", password=PASSWORD)

    assert inside == [False, False]


def test_a_password_made_with_less_work_is_hashed_again(app: Flask) -> None:
    from argon2 import PasswordHasher

    person = a_person(email="jo@example.org", password=PASSWORD)
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with unguarded():
        db.session.execute(update(Person).where(Person.id == person.id).values(password_hash=old))
        db.session.commit()

    sign_in("jo@example.org")

    assert not passwords.outdated(queries.person(person.ref).password_hash)


def test_everybody_sets_their_own_password_and_other_browsers_are_signed_out(app: Flask) -> None:
    person = a_person(email="jo@example.org", password=PASSWORD)
    here, elsewhere = sign_in("jo@example.org"), sign_in("jo@example.org")

    with pytest.raises(RuleBroken, match="not your current password"):
        entry.change_password(person, current="wrong", new="three random words", network="n", keep=None, by=person)
    with pytest.raises(Refused):
        commands.set_password(person, password="three random words", by=an_administrator())
    with pytest.raises(RuleBroken, match="at least 12"):
        commands.set_password(person, password="short", by=person)
    keep = entry.signed_in(here.token)
    entry.change_password(person, current=PASSWORD, new="three random words", network="n", keep=keep, by=person)

    assert entry.signed_in(here.token) is not None
    assert entry.signed_in(elsewhere.token) is None
    assert sign_in("jo@example.org", "three random words").person.ref == person.ref


def test_an_address_is_somebodys_only_once(app: Flask) -> None:
    a_person(email="jo@example.org")

    with pytest.raises(RuleBroken, match="already has this email address"):
        commands.register(name="Jo", email="JO@example.org")


# -- tries ------------------------------------------------------------------------------------------------------------


def test_too_many_wrong_passwords_for_an_address_have_to_wait_a_quarter_of_an_hour(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    tries = app.extensions["grants"].sign_in_tries
    with clock.stopped(NOON):
        for _try in range(tries):
            with pytest.raises(RuleBroken):
                sign_in("jo@example.org", "wrong horse")
        with pytest.raises(TooMany) as refused:
            sign_in("jo@example.org", PASSWORD)
    assert refused.value.sentence == "There were too many tries. Wait 16 minutes and try again."
    assert refused.value.retry_after == 901

    with clock.stopped(NOON + timedelta(minutes=15)):
        assert sign_in("jo@example.org").person.email == "jo@example.org"


def test_an_unknown_address_is_throttled_with_the_same_answer(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    answers: dict[str, list[object]] = {"jo@example.org": [], "nobody@example.org": []}
    with clock.stopped(NOON):
        for email, said in answers.items():
            for _try in range(12):
                try:
                    sign_in(email, "wrong horse")
                except RuleBroken as broken:
                    said.append(broken.problems)
                except TooMany as many:
                    said.append((many.sentence, many.retry_after))

    assert answers["jo@example.org"] == answers["nobody@example.org"]


def test_a_known_browser_gets_in_while_strangers_fail_and_others_are_not_affected(app: Flask) -> None:
    jo = a_person(email="jo@example.org", password=PASSWORD)
    a_person(email="al@example.org", password=PASSWORD)
    known = entry.browser_cookie(jo, None)
    for _try in range(app.extensions["grants"].sign_in_tries):
        with pytest.raises(RuleBroken):
            sign_in("jo@example.org", "wrong horse", network="198.51.100.7")

    with pytest.raises(TooMany):
        sign_in("jo@example.org")
    assert sign_in("jo@example.org", browser=known).person.ref == jo.ref
    assert sign_in("al@example.org").person.email == "al@example.org"
    with pytest.raises(TooMany):
        sign_in("jo@example.org", browser="made-up.0000")
    with pytest.raises(TooMany):  # another person's cookie is no good
        sign_in("jo@example.org", browser=entry.browser_cookie(queries.by_email("al@example.org"), None))


def test_a_known_browser_is_throttled_too(app: Flask) -> None:
    known = entry.browser_cookie(a_person(email="jo@example.org", password=PASSWORD), None)
    for _try in range(app.extensions["grants"].sign_in_tries):
        with pytest.raises(RuleBroken):
            sign_in("jo@example.org", "wrong horse", browser=known)

    with pytest.raises(TooMany):
        sign_in("jo@example.org", browser=known)


def test_one_network_address_cannot_try_many_addresses(app: Flask) -> None:
    set_setting(app, sign_in_tries_from=10)
    a_person(email="jo@example.org", password=PASSWORD)
    for n in range(10):
        with pytest.raises(RuleBroken):
            sign_in(f"guess{n}@example.org", "wrong", network="198.51.100.7")

    with pytest.raises(TooMany):
        sign_in("jo@example.org", network="198.51.100.7")
    assert sign_in("jo@example.org", network="203.0.113.9").person.email == "jo@example.org"


def test_a_sign_in_that_succeeds_is_not_counted_as_a_try(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)

    for _time in range(app.extensions["grants"].sign_in_tries + 2):
        sign_in("jo@example.org")

    assert count(Attempt) == 0


def test_tries_at_once_are_counted_one_after_the_other(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    tries = app.extensions["grants"].sign_in_tries
    said: list[str] = []

    def guess() -> None:
        with app.app_context():
            try:
                sign_in("jo@example.org", "wrong horse")
            except (RuleBroken, TooMany) as error:
                said.append(type(error).__name__)
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=guess) for _ in range(tries + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["RuleBroken"] * tries + ["TooMany"] * 4


# -- sign-ins end -----------------------------------------------------------------------------------------------------


def test_a_sign_in_ends_when_it_is_old_idle_signed_out_or_the_account_is_stopped(app: Flask) -> None:
    person = a_person(email="jo@example.org", password=PASSWORD)
    with clock.stopped(NOON):
        idle, old, out, stopped = (sign_in("jo@example.org").token for _ in range(4))
    settings = app.extensions["grants"]

    with clock.stopped(NOON + timedelta(minutes=settings.idle_minutes - 1)):
        assert entry.signed_in(idle)
        entry.seen(entry.signed_in(old).id)
        entry.sign_out(out)
        assert entry.signed_in(out) is None
    with clock.stopped(NOON + timedelta(minutes=settings.idle_minutes)):
        assert entry.signed_in(idle) is None
        assert entry.signed_in(old)
    for minutes in range(60, settings.session_hours * 60, 60):
        with clock.stopped(NOON + timedelta(minutes=minutes)):
            entry.seen(db.session.scalar(select(SignIn.id).where(SignIn.token_hash == entry.hashed("sign-in", old))))
    with clock.stopped(NOON + timedelta(hours=settings.session_hours)):
        assert entry.signed_in(old) is None
    commands.stop(person, by=an_administrator())
    with clock.stopped(NOON):
        assert entry.signed_in(stopped) is None


def test_who_is_signed_in_and_what_they_hold_is_one_statement(app: Flask, statements) -> None:
    person = a_person(Duty.ASSESSOR, Duty.PANEL_MEMBER, email="jo@example.org", password=PASSWORD)
    token = sign_in("jo@example.org").token
    db.session.rollback()

    with statements() as made:
        found = entry.signed_in(token)
        assert [held.duty for held in found.person.holdings] == [Duty.ASSESSOR, Duty.PANEL_MEMBER]

    assert (len(made), found.person.ref) == (1, person.ref)


# -- links and codes --------------------------------------------------------------------------------------------------


def ask(email: str, page: str = "page", network: str = "192.0.2.1") -> None:
    notices.send_way_in(email=email, page=page, network=network)


def test_the_code_works_on_the_page_that_asked_and_once(app: Flask) -> None:
    person = a_person(email="jo@example.org")
    ask("jo@example.org", page="mine")
    code = letter()["code"]

    with pytest.raises(RuleBroken, match="no longer works"):
        entry.open_with_code(page="another", code=code, network="n")
    assert entry.open_with_code(page="mine", code=code, network="n").person.ref == person.ref
    with pytest.raises(RuleBroken, match="no longer works"):
        entry.open_with_code(page="mine", code=code, network="n")
    assert count(SignIn) == 1


def test_the_link_works_once_and_takes_the_code_with_it(app: Flask) -> None:
    person = a_person(email="jo@example.org")
    ask("jo@example.org")
    sent = letter()

    assert entry.behind_link(sent["link"]) is not None
    assert count(SignIn) == 0
    assert entry.open_with_link(sent["link"]).person.ref == person.ref
    for again in (
        lambda: entry.open_with_link(sent["link"]),
        lambda: entry.open_with_code(page="page", code=sent["code"], network="n"),
    ):
        with pytest.raises(RuleBroken, match="no longer works"):
            again()
    assert entry.behind_link(sent["link"]) is None


def test_link_and_code_run_out(app: Flask) -> None:
    a_person(email="jo@example.org")
    with clock.stopped(NOON):
        ask("jo@example.org")
    sent = letter()

    with clock.stopped(NOON + timedelta(minutes=app.extensions["grants"].code_minutes)):
        assert entry.behind_link(sent["link"]) is None
        with pytest.raises(RuleBroken, match="too old"):
            entry.open_with_link(sent["link"])
        with pytest.raises(RuleBroken, match="no longer works"):
            entry.open_with_code(page="page", code=sent["code"], network="n")


def test_a_code_can_be_guessed_at_five_times_and_then_even_the_right_one_fails(app: Flask) -> None:
    a_person(email="jo@example.org")
    ask("jo@example.org")
    code = letter()["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    said = []
    for _try in range(5):
        with pytest.raises(RuleBroken) as broken:
            entry.open_with_code(page="page", code=wrong, network="n")
        said.append(str(broken.value))
    with pytest.raises(RuleBroken, match="no longer works"):
        entry.open_with_code(page="page", code=code, network="n")
    assert said == [entry.WRONG_CODE] * 4 + [entry.CODE_OVER]


def test_an_address_nobody_has_gets_the_same_rows_and_answers_but_no_mail(app: Flask) -> None:
    a_person(email="jo@example.org")
    commands.stop(a_person(email="gone@example.org"), by=an_administrator())
    said: dict[str, list[str]] = {}
    for email in ("jo@example.org", "nobody@example.org", "gone@example.org"):
        ask(email, page=email)
        said[email] = []
        for _try in range(6):
            with pytest.raises(RuleBroken) as broken:
                entry.open_with_code(page=email, code="not it", network=email)
            said[email].append(str(broken.value))

    assert said["jo@example.org"] == said["nobody@example.org"] == said["gone@example.org"]
    assert count(SignInCode) == 3
    assert [task.facts["to"] for task in db.session.scalars(select(Task))] == ["jo@example.org"]


def test_only_so_many_emails_are_asked_for(app: Flask) -> None:
    for email in ("jo@example.org", "nobody@example.org"):
        if email.startswith("jo"):
            a_person(email=email)
        for _time in range(app.extensions["grants"].sign_in_tries):
            ask(email, page=entry.token(), network=email)
        with pytest.raises(TooMany):
            ask(email, page=entry.token(), network=email)
    assert count(Task) == app.extensions["grants"].sign_in_tries


def test_two_presses_of_one_link_at_once_sign_in_once(app: Flask) -> None:
    a_person(email="jo@example.org")
    ask("jo@example.org")
    link = letter()["link"]
    said: list[str] = []

    def press() -> None:
        with app.app_context():
            try:
                entry.open_with_link(link)
                said.append("in")
            except RuleBroken:
                said.append("over")
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["in"] + ["over"] * 5
    assert count(SignIn) == 1


def test_no_table_holds_a_link_a_code_or_a_token_as_it_was_sent(app: Flask) -> None:
    a_person(email="jo@example.org")
    ask("jo@example.org", page="the page's secret")
    sent = letter()
    opened = entry.open_with_link(sent["link"])

    secrets = {sent["link"], sent["code"], opened.token, "the page's secret"}
    for model in (SignInCode, SignIn):
        for row in db.session.scalars(select(model)):
            assert not secrets & {str(value) for name, value in vars(row).items() if not name.startswith("_")}


# -- registering ------------------------------------------------------------------------------------------------------


def register(email: str = "new@example.org", page: str = "page", **facts: object) -> None:
    given = {"name": "Jo Bloggs", "group_name": "New Group", "charity_number": "1234567", "is_voluntary": True, "network": "n"}
    notices.send_registration(email=email, page=page, **(given | facts))  # type: ignore[arg-type]


def test_nothing_exists_until_the_address_is_confirmed(app: Flask) -> None:
    register()

    assert (count(Person), count(Organisation), count(Holding), count(Registration)) == (0, 0, 0, 1)


def test_confirming_makes_the_person_the_group_and_both_duties(app: Flask) -> None:
    register()

    opened = entry.open_with_code(page="page", code=letter()["code"], network="n")

    person = queries.person(opened.person.ref)
    group = queries.organisations_of(person)[0]
    assert (person.name, person.email) == ("Jo Bloggs", "new@example.org")
    assert (group.name, group.charity_number, group.is_voluntary, group.ref[:4]) == ("New Group", "1234567", True, "ORG-")
    assert [held.duty for held in person.holdings] == [Duty.APPLICANT, Duty.CERTIFIER]
    assert entry.signed_in(opened.token) is not None


def test_a_known_address_gets_the_same_answer_and_a_second_group(app: Flask) -> None:
    known = a_person(email="jo@example.org", name="Jo as known")
    register("jo@example.org", page="one")
    register("new@example.org", page="two")
    texts = [task.facts["subject"] for task in db.session.scalars(select(Task).order_by(Task.id))]
    assert texts == ["Confirm your email address"] * 2

    link = db.session.scalars(select(Task).order_by(Task.id)).first().facts["text"].split("/sign-in/link/")[1].split()[0]
    opened = entry.open_with_link(link)

    assert opened.person.ref == known.ref
    assert queries.person(known.ref).name == "Jo as known"
    assert [group.name for group in queries.organisations_of(queries.person(known.ref))] == ["New Group"]


def test_a_registration_says_everything_wrong_at_once(app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        register("not an address", name=" ", group_name="")

    assert len(broken.value.problems) == 3
    assert (count(Registration), count(Task)) == (0, 0)


def test_an_auditor_who_registers_a_group_is_told_why_not(app: Flask) -> None:
    a_person(Duty.AUDITOR, email="auditor@example.org")
    register("auditor@example.org")

    with pytest.raises(RuleBroken, match="auditor"):
        entry.open_with_link(letter()["link"])
    assert (count(Organisation), count(SignIn)) == (0, 0)


def test_a_certifier_asks_somebody_in_as_an_applicant_who_says_yes(app: Flask) -> None:
    group, applicant, certifier = a_group("Bridge")

    with pytest.raises(Refused):
        notices.send_invitation(group, name="Al", email="al@example.org", by=applicant)
    notices.send_invitation(group, name="Al", email="al@example.org", by=certifier)
    assert queries.by_email("al@example.org") is None
    assert [one.email for one in queries.invited(group)] == ["al@example.org"]
    opened = entry.open_with_link(letter()["link"])

    assert [(held.duty, held.given_by.ref) for held in queries.person(opened.person.ref).holdings] == [
        (Duty.APPLICANT, certifier.ref)
    ]
    assert queries.invited(group) == []
    assert objections(policies.invite, opened.person, group, duty=Duty.APPLICANT) != []


def test_a_certifier_cannot_make_anybody_a_certifier_not_even_themselves_again(app: Flask) -> None:
    group, applicant, certifier = a_group()

    for somebody in (applicant, certifier):
        with pytest.raises(Refused):
            commands.give_duty(somebody, duty=Duty.CERTIFIER, organisation=group, starts_on=clock.today(), by=certifier)
    with pytest.raises(RuleBroken, match="already"):
        notices.send_invitation(group, name="Me", email=certifier.email, by=certifier)


# -- held forms and tidying -------------------------------------------------------------------------------------------


def test_a_held_form_is_its_owners_for_a_day(app: Flask) -> None:
    jo, al = a_person(), a_person()
    with clock.stopped(NOON):
        token = entry.hold(path="/x", fields={"a": ["1", "2"]}, person_id=jo.id, network="n")
        assert entry.held(token, jo).fields == {"a": ["1", "2"]}
        assert entry.held(token, al) is None
        assert entry.held("another", jo) is None
    with clock.stopped(NOON + timedelta(days=1, seconds=1)):
        assert entry.held(token, jo) is None
    entry.drop_held(token)
    assert count(HeldPost) == 0


def test_tidying_takes_away_what_has_had_its_day_and_nothing_else(app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    with clock.stopped(NOON):
        sign_in("jo@example.org")
        ask("jo@example.org")
        register()
        entry.hold(path="/x", fields={"a": ["1"]}, person_id=None, network="n")
    with clock.stopped(NOON + timedelta(hours=1)):
        entry.tidy()
        assert (count(SignIn), count(SignInCode), count(Registration), count(HeldPost)) == (1, 1, 1, 1)
    with clock.stopped(NOON + timedelta(days=40)):
        entry.tidy()
        assert (count(SignIn), count(SignInCode), count(Registration), count(HeldPost), count(Attempt)) == (0, 0, 0, 0, 0)


def test_two_administrators_cannot_end_each_other_at_once(app: Flask) -> None:
    first, second = an_administrator(), a_person(Duty.ADMINISTRATOR)
    refs = [(first.ref, second.ref), (second.ref, first.ref)]
    said: list[str] = []

    def end(by: str, of: str) -> None:
        with app.app_context():
            try:
                commands.end_duty(queries.person(of).holdings[0], on=clock.today() - timedelta(days=1), by=queries.person(by))
                said.append("ended")
            except (RuleBroken, Refused):
                said.append("refused")
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=end, args=pair) for pair in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["ended", "refused"]
