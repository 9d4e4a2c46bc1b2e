"""Coming in: throttled tries, passwords, links and codes sent by email, signed-in browsers, and forms that arrived signed out.

Only hashes of tokens are kept, keyed with the installation's secret, so a stolen table signs nobody in. An address that
nobody has gets the same rows, the same work and the same answers as one that somebody has.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, TooMany
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, many, mark
from grants.people import passwords, policies, queries, rules, takeovers
from grants.people.commands import act_for, new_person, set_password
from grants.people.kinds import VOLUNTARY, Kind
from grants.people.models import (
    Attempt,
    Duty,
    HeldPost,
    Organisation,
    Person,
    Registration,
    SignIn,
    SignInCode,
    WayIn,
)
from grants.settings import Settings

declare(
    {
        "person.signed_in": mark("Signed in by %(how)s"),
        "person.confirmed": mark("Confirmed their email address and registered"),
        "organisation.registered": mark("Registered this organisation"),
        "organisation.invited": mark("Asked somebody to act for this organisation"),
    }
)

WINDOW = timedelta(minutes=15)  # tries are counted over a quarter of an hour
CODE_TRIES = 5  # wrong codes on one page
SEEN_EVERY = timedelta(minutes=5)
HELD_FOR = timedelta(days=1)
INVITED_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)  # ended sign-ins


def _settings() -> Settings:
    found: Settings = current_app.extensions["grants"]
    return found


def token() -> str:
    """A secret nobody can guess, fit for a cookie or an address."""
    return secrets.token_urlsafe(32)


def hashed(purpose: str, *values: str) -> str:
    """What is kept of a secret or an address: keyed, and different for each purpose."""
    said = "\x1f".join((purpose, *values)).encode()
    return hmac.new(_settings().secret_key.encode(), said, hashlib.sha256).hexdigest()


class Opened(NamedTuple):
    """A sign-in that succeeded: whose, and the token for the cookie."""

    person: Person
    token: str


# -- tries ------------------------------------------------------------------------------------------------------------


@command
def count_tries(*whose: str, most: Sequence[int]) -> list[int]:
    """Count one try against each, or raise TooMany and count none. Answers with what to forget when the try succeeds."""
    since = clock.now() - WINDOW
    for one, limit in zip(whose, most, strict=True):
        if db.session.connection().dialect.name == "postgresql":  # so that tries at once are counted one after the other
            db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:whose))"), {"whose": one})
        times = db.session.scalars(
            select(Attempt.at).where(Attempt.whose == one, Attempt.at > since).order_by(Attempt.at.desc()).limit(limit)
        ).all()
        if len(times) >= limit:
            raise _too_many(times[-1] + WINDOW)
        db.session.execute(delete(Attempt).where(Attempt.whose == one, Attempt.at <= since))
    made = [Attempt(whose=one) for one in whose]
    db.session.add_all(made)
    db.session.flush()
    return [attempt.id for attempt in made]


def _too_many(until: datetime) -> TooMany:
    seconds = max(1, int((until - clock.now()).total_seconds()) + 1)
    wait = many("%(num)s minute", "%(num)s minutes", -(-seconds // 60))
    return TooMany(_("There were too many tries. Wait %(wait)s and try again.", wait=wait), retry_after=seconds)


def _forget(tries: Sequence[int]) -> None:
    db.session.execute(delete(Attempt).where(Attempt.id.in_(tries)))


def known_browser(email: str, cookie: str | None) -> str | None:
    """The mark of a browser in which the owner of this address has signed in before, if the cookie says so truly.

    Its tries are counted apart, so that a stranger's wrong passwords cannot shut the owner out.
    """
    number, _dot, proof = (cookie or "").partition(".")
    if number and hmac.compare_digest(proof, hashed("browser", rules.tidy_email(email), number)):
        return number
    return None


def browser_cookie(person: Person, cookie: str | None) -> str:
    """What a browser keeps after a sign-in, for `known_browser`."""
    number = known_browser(person.email, cookie) or secrets.token_urlsafe(12)
    return f"{number}.{hashed('browser', person.email, number)}"


def _try_for(email: str, network: str, cookie: str | None, what: str) -> list[int]:
    address = rules.tidy_email(email)
    browser = known_browser(email, cookie)
    own = hashed(f"tries {what} browser", address, browser) if browser else hashed(f"tries {what} address", address)
    settings = _settings()
    return count_tries(own, hashed("tries network", network), most=(settings.sign_in_tries, settings.sign_in_tries_from))


# -- a password -------------------------------------------------------------------------------------------------------


def sign_in_with_password(*, email: str, password: str, network: str, browser: str | None = None) -> Opened:
    """Sign somebody in. RuleBroken, always the same, where address or password is wrong; TooMany after too many tries.

    `network` is where from; `browser` the cookie of `browser_cookie`. The password is hashed while nothing is locked.
    """
    tries = _try_for(email, network, browser, "password")
    person = queries.by_email(email)
    kept = person.password_hash if person and person.active else None
    if not passwords.fits(kept, password) or person is None or kept is None:
        raise RuleBroken(_("The email address or the password is not right. Check both and try again."))
    better = passwords.hashed(password) if passwords.outdated(kept) else None
    return open_sign_in(person, how="password", tries=tries, kept=kept, better=better)


@command
def open_sign_in(
    person: Person, *, how: str, tries: Sequence[int] = (), kept: str | None = None, better: str | None = None
) -> Opened:
    """A new signed-in browser, with a token never used before. `kept` is the hash that was checked, if one was."""
    if not person.active or (kept is not None and person.password_hash != kept):
        raise RuleBroken(_("The email address or the password is not right. Check both and try again."))
    if better is not None:
        person.password_hash = better
    now, made = clock.now(), token()
    db.session.add(
        SignIn(
            person=person,
            token_hash=hashed("sign-in", made),
            started_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=_settings().session_hours),
            how=how,
        )
    )
    if tries:
        _forget(tries)
    record("person.signed_in", person, by=person, how=how)
    return Opened(person, made)


def change_password(person: Person, *, current: str | None, new: str, network: str, keep: SignIn | None, by: Person) -> None:
    """A person sets a password, showing the one they have. Wrong ones are counted like those of the sign-in page."""
    kept = person.password_hash
    if kept is not None:
        tries = _try_for(person.email, network, None, "change")
        if not passwords.fits(kept, current or ""):
            raise RuleBroken(_("That is not your current password."), field="current_password")
        _forgotten(tries)
    set_password(person, password=new, by=by, keep=keep)


@command
def _forgotten(tries: Sequence[int]) -> None:
    _forget(tries)


# -- signed-in browsers -----------------------------------------------------------------------------------------------


def signed_in(cookie: str) -> SignIn | None:
    """The sign-in behind a token, with its person and what they hold, while it lasts. One statement."""
    now = clock.now()
    return (
        db.session.scalars(
            select(SignIn)
            .where(
                SignIn.token_hash == hashed("sign-in", cookie),
                SignIn.ended_at.is_(None),
                SignIn.ends_at > now,
                SignIn.seen_at > now - timedelta(minutes=_settings().idle_minutes),
            )
            .options(joinedload(SignIn.person).joinedload(Person.holdings))
        )
        .unique()
        .one_or_none()
    )


def whose(cookie: str) -> int | None:
    """The id of the person a token once signed in, though it may have ended: to give a held form back to its owner."""
    return db.session.scalar(select(SignIn.person_id).where(SignIn.token_hash == hashed("sign-in", cookie)))


def stale(sign_in: SignIn) -> bool:
    """Is it time to note that this browser was seen?"""
    return sign_in.seen_at < clock.now() - SEEN_EVERY


@command
def seen(sign_in_id: int) -> None:
    """Note that a browser is still in use: the one thing a GET may write, at most every five minutes."""
    now = clock.now()
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now).values(seen_at=now))


@command
def sign_out(cookie: str) -> None:
    """End the sign-in behind a token."""
    db.session.execute(
        update(SignIn)
        .where(SignIn.token_hash == hashed("sign-in", cookie), SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


# -- a link and a code ------------------------------------------------------------------------------------------------


class Sent(NamedTuple):
    """What goes into the e-mail."""

    link: str
    code: str


def _six() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


def _fill(row: WayIn, page: str, lasting: timedelta) -> Sent:
    sent = Sent(token(), _six())
    row.page_hash = hashed("page", page)
    row.link_hash = hashed("link", sent.link)
    row.code_hash = hashed("code", page, sent.code)
    row.ends_at = clock.now() + lasting
    db.session.add(row)
    return sent


def _minutes() -> timedelta:
    return timedelta(minutes=_settings().code_minutes)


@command
def ask_to_sign_in(*, email: str, page: str, network: str, browser: str | None = None) -> tuple[Person | None, Sent]:
    """A link and a code for whoever has this address; for nobody, a row that never opens. `page` is the page's secret."""
    _try_for(email, network, browser, "code")
    person = queries.by_email(email)
    if person is not None and not person.active:
        person = None
    row = SignInCode(person=person)
    return person, _fill(row, page, _minutes())


@command
def ask_to_register(
    *,
    name: str,
    email: str,
    group_name: str,
    charity_number: str | None,
    kind: Kind | None = None,
    is_voluntary: bool | None = None,
    page: str,
    network: str,
) -> Sent:
    """Keep what a stranger said of themselves and their group until the owner of the address confirms it.

    A `kind` decides whether the group is voluntary; without one, `is_voluntary` is what they said.
    """
    _try_for(email, network, None, "register")
    problems = [*rules.bad_person(name, email)]
    if not group_name.strip():
        problems.append(_("Enter the name of your group."))
    problems += rules.bad_charity_number(charity_number)
    if problems:
        raise RuleBroken(*problems)
    row = Registration(
        name=name.strip(),
        email=rules.tidy_email(email),
        group_name=group_name.strip(),
        charity_number=rules.tidy_number(charity_number),
        is_voluntary=is_voluntary if kind is None else kind in VOLUNTARY,
        organisation_type=kind.value if kind else None,
    )
    return _fill(row, page, _minutes())


@command
def ask_to_take_over(
    *, name: str, email: str, group_said: str, role: str, how_to_check: str | None, page: str, network: str
) -> Sent:
    """Keep what somebody said who took over at a group, until the owner of the address confirms it. No group is looked for."""
    _try_for(email, network, None, "take over")
    problems = [*rules.bad_person(name, email)]
    if not group_said.strip():
        problems.append(_("Enter the name of your group, or its charity number."))
    if not role.strip():
        problems.append(_("Say what you do in the group."))
    if problems:
        raise RuleBroken(*problems)
    row = Registration(
        name=name.strip(),
        email=rules.tidy_email(email),
        group_name=group_said.strip(),
        taking_over=True,
        role=role.strip(),
        how_to_check=(how_to_check or "").strip() or None,
    )
    return _fill(row, page, _minutes())


def try_once(what: str, ref: str) -> None:
    """Count one try of something a group may do only so often in a quarter of an hour. TooMany beyond that."""
    count_tries(hashed(f"tries {what}", ref), most=(_settings().sign_in_tries_from,))


@command
def ask_to_join(organisation: Organisation, *, name: str, email: str, duty: Duty = Duty.APPLICANT, by: Person) -> Sent:
    """Somebody of a group asks another into it with a right. They have it once they confirm, within a week."""
    require(policies.invite, by, organisation, duty=duty)
    if problems := list(rules.bad_person(name, email)):
        raise RuleBroken(*problems)
    address = rules.tidy_email(email)
    if any(one.email == address for one in queries.acting_for(organisation, *policies.READ_OF_GROUP)):
        raise RuleBroken(_("Somebody with this email address is in the group already."), field="email")
    try_once("invite", organisation.ref)
    row = Registration(name=name.strip(), email=address, organisation=organisation, invited_by=by, duty=duty)
    record("organisation.invited", organisation, by=by, personal={"name": row.name, "email": row.email})
    return _fill(row, token(), INVITED_FOR)


WRONG_CODE = mark("That code is not right. Check the newest email and type the six figures again.")
CODE_OVER = mark("That code no longer works. Ask for a new email.")
LINK_OVER = mark("That link no longer works: it was used already, or it is too old. Ask for a new email.")


def open_with_code(*, page: str, code: str, network: str) -> Opened:
    """Sign in, or finish registering, with the code typed on the page that asked. RuleBroken says what to do otherwise.

    A wrong code is counted before it is answered, so the answer is given outside the command that counts.
    """
    answer = _type_code(page, code, network)
    if isinstance(answer, str):
        raise RuleBroken(_(answer), field="code")
    return answer


@command
def _type_code(page: str, code: str, network: str) -> Opened | str:
    row = _row("page_hash", hashed("page", page))
    tries = count_tries(hashed("tries network", network), most=(_settings().sign_in_tries_from,))
    if row is None or not open_still(row) or row.tries >= CODE_TRIES:
        return CODE_OVER
    right = hmac.compare_digest(row.code_hash, hashed("code", page, code))
    if not right or (isinstance(row, SignInCode) and row.person is None):
        row.tries += 1
        return WRONG_CODE if row.tries < CODE_TRIES else CODE_OVER
    return _use(row, tries)


@command
def open_with_link(link: str) -> Opened:
    """Sign in, or finish registering, with the button behind an e-mailed link. Works once, in any browser."""
    row = _row("link_hash", hashed("link", link))
    if row is None or not open_still(row):
        raise RuleBroken(_(LINK_OVER))
    return _use(row, ())


def open_still(row: WayIn) -> bool:
    """Was it not used, and is it not too old?"""
    return row.used_at is None and row.ends_at > clock.now()


def behind_link(link: str) -> SignInCode | Registration | None:
    """What a link would do, for the page with the button. Nothing is written."""
    row = _row("link_hash", hashed("link", link), lock=False)
    return row if row is not None and open_still(row) else None


def _row(column: str, value: str, *, lock: bool = True) -> SignInCode | Registration | None:
    for model in (SignInCode, Registration):
        found: Any = select(model).where(getattr(model, column) == value)
        if lock:
            found = found.with_for_update(of=model).execution_options(populate_existing=True)
        if row := db.session.scalar(found):
            return row  # type: ignore[no-any-return]  # one of the two, as asked
    return None


def _use(row: SignInCode | Registration, tries: Sequence[int]) -> Opened:
    row.used_at = clock.now()
    if isinstance(row, SignInCode):
        assert row.person
        return open_sign_in(row.person, how="email", tries=tries)
    return open_sign_in(_confirm(row), how="email", tries=tries)


def _confirm(row: Registration) -> Person:
    """The address is theirs: the person, the group and what they may do for it come to be."""
    person = db.session.scalar(select(Person).where(Person.email == row.email).with_for_update())
    if person is None:
        person = new_person(name=row.name, email=row.email)
        db.session.flush()
        record("person.confirmed", person, by=person, personal={"name": person.name, "email": person.email})
    if not person.active:
        raise RuleBroken(_("This account was stopped. Ask an administrator to open it again."))
    if row.organisation is not None:
        duty = row.duty or Duty.APPLICANT
        act_for(person, duty, row.organisation, given_by=row.invited_by, by=row.invited_by or person)
        return person
    if row.taking_over:
        takeovers.begin_asking(person, row)
        return person
    if any(_same(group.name, row.group_name) for group in queries.organisations_of(person, Duty.APPLICANT, Duty.CERTIFIER)):
        return person  # they registered it before: it does not come to be twice
    organisation = Organisation(
        ref=next_reference("ORG"),
        name=row.group_name or row.name,
        other_names=[],
        organisation_type=row.organisation_type,
        is_voluntary=row.is_voluntary,
        charity_number=row.charity_number,
    )
    db.session.add(organisation)
    record("organisation.registered", organisation, by=person)
    for duty in (Duty.APPLICANT, Duty.CERTIFIER):
        act_for(person, duty, organisation, given_by=None, by=person)
    return person


def _same(name: str, other: str | None) -> bool:
    return " ".join(name.casefold().split()) == " ".join((other or "").casefold().split())


# -- forms that arrived signed out ------------------------------------------------------------------------------------


@command
def hold(*, path: str, fields: Mapping[str, list[str]], person_id: int | None, network: str) -> str:
    """Keep a form for a day, and answer with the token for the browser it came from."""
    count_tries(hashed("tries held", network), most=(_settings().sign_in_tries_from,))
    made = token()
    db.session.add(HeldPost(token_hash=hashed("held", made), path=path, fields=dict(fields), person_id=person_id))
    return made


def held(cookie: str, person: Person) -> HeldPost | None:
    """The form a browser sent while signed out, if it is this person's and not a day old."""
    found = db.session.scalar(select(HeldPost).where(HeldPost.token_hash == hashed("held", cookie)))
    if found is None or found.at < clock.now() - HELD_FOR or found.person_id not in (None, person.id):
        return None
    return found


@command
def drop_held(cookie: str) -> None:
    """The form was sent after all, or is not wanted any more."""
    db.session.execute(delete(HeldPost).where(HeldPost.token_hash == hashed("held", cookie)))


# -- tidying ----------------------------------------------------------------------------------------------------------


@command
def tidy() -> int:
    """Take away what has had its day: tries, codes, registrations never confirmed, held forms, sign-ins long ended."""
    now = clock.now()
    gone = 0
    for old in (
        delete(Attempt).where(Attempt.at < now - timedelta(days=1)),
        delete(SignInCode).where(SignInCode.ends_at < now - timedelta(days=1)),
        delete(Registration).where(Registration.ends_at < now - timedelta(days=1)),
        delete(HeldPost).where(HeldPost.at < now - HELD_FOR),
        delete(SignIn).where(func.coalesce(SignIn.ended_at, SignIn.ends_at) < now - KEPT_FOR),
    ):
        gone += db.session.execute(old).rowcount  # type: ignore[attr-defined]  # a DELETE answers with a cursor's result
    return gone
