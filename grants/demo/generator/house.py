"""The partnership itself: its staff, places, plan and questions by command, its groups in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from grants.audit.record import Said, record_many
from grants.demo.generator import texts
from grants.demo.generator.scale import BEGAN, Scale, at
from grants.kernel import clock
from grants.kernel.bulk import Press, Record
from grants.kernel.command import command
from grants.kernel.db import db
from grants.people import commands as people
from grants.people import loading
from grants.people import queries as people_queries
from grants.people.duties import GROUP
from grants.people.models import Duty, Holding, Organisation, Partnership, Person
from grants.places.loading import LOCALITIES
from grants.places.models import Locality
from grants.questions import commands as questions
from grants.questions.document import Document, check, standard
from grants.questions.models import QuestionSet
from grants.strategy import commands as strategies
from grants.strategy.models import Indicator, Priority, Strategy

PARTNERSHIP = "generated_partnership"
PLAN = "generated_plan"
FUNDER = "generated_funder"
PASSWORD = "demonstration"
DOMAIN = "generated.example"
ASSESSORS = 6


class Named(NamedTuple):
    """A row that many others name: its id, its reference and what it is called."""

    id: int
    ref: str
    name: str


class Group(NamedTuple):
    """A group and the person who acts and signs for it."""

    id: int
    ref: str
    name: str
    kind: str
    person: Named


NOBODY = Named(0, "", "")


@dataclass
class House:
    """What every pot draws on. Rows are kept by id, reference and name, so that commands may come and go."""

    scale: Scale
    seed: int
    press: Press
    staff: Mapping[str, Named] = field(default_factory=dict)  # e-mail's first part -> who
    strategy: Named = NOBODY
    priorities: tuple[Named, ...] = ()
    indicators: tuple[Named, ...] = ()
    localities: tuple[Named, ...] = ()
    questions: Named = NOBODY
    document: Document | None = None
    first_group: Named = NOBODY
    first_person: Named = NOBODY

    def random(self, *what: object) -> Random:
        """Chance of its own for each part, so that one part's making does not change another's."""
        return Random(":".join(map(str, (self.seed, *what))))

    def who(self, duty: Duty, number: int = 1) -> Named:
        """The member of staff who holds a duty."""
        return self.staff[_mailbox(duty, number)]

    def person(self, duty: Duty) -> Person:
        """The same as a row, for a command."""
        found = people_queries.by_email(f"{_mailbox(duty, 1)}@{DOMAIN}")
        assert found
        return found

    def assessor(self, number: int) -> Named:
        """One of the assessors, in turn."""
        return self.who(Duty.ASSESSOR, number % ASSESSORS + 1)

    def group(self, number: int) -> Group:
        """A group by its number, from nought. Nothing is read."""
        person = Named(
            self.first_person.id + number, _later(self.first_person.ref, number), f"Secretary, {texts.group(number)}"
        )
        ref = _later(self.first_group.ref, number)
        return Group(self.first_group.id + number, ref, texts.group(number), texts.kind(number), person)


def email(duty: Duty, number: int = 1) -> str:
    """How the member of staff who holds a duty signs in, with `PASSWORD`."""
    return f"{_mailbox(duty, number)}@{DOMAIN}"


def group_email(number: int) -> str:
    """How the person of a group (from nought) signs in, with `PASSWORD`."""
    return f"group.{number + 1}@{DOMAIN}"


def _mailbox(duty: Duty, number: int) -> str:
    name = duty.value.replace(" ", ".").replace("-", ".")
    return name if number == 1 else f"{name}.{number}"


def _later(ref: str, by: int) -> str:
    kind, year, number = ref.rsplit("-", 2)
    return f"{kind}-{year}-{int(number) + by:05}"


# -- by command -------------------------------------------------------------------------------------------------------


def found(house: House) -> None:
    """The partnership, everybody in it, its places, its plan and what its rounds ask."""
    with clock.stopped(at(BEGAN, 8)):
        boss = people.create_admin(name="System administrator", email=email(Duty.ADMINISTRATOR), password=PASSWORD)
        _found(house, boss=boss)


@command
def _found(house: House, *, boss: Person) -> None:
    body = people.add_organisation(ref="generated_council", name=f"The council {texts.FICTIONAL}", fictional=True, by=boss)
    people.add_organisation(
        ref=FUNDER, name=f"Regional safety fund {texts.FICTIONAL}", organisation_type="funder", fictional=True, by=boss
    )
    partnership = people.add_partnership(
        ref=PARTNERSHIP,
        name=f"Generated community safety partnership {texts.FICTIONAL}",
        kind="community_safety_partnership",
        accountable_body=body,
        by=boss,
    )
    db.session.flush()
    house.staff = {
        _mailbox(duty, number): _hire(duty, number, boss, partnership)
        for duty in Duty
        if duty not in GROUP
        for number in range(1, (ASSESSORS if duty is Duty.ASSESSOR else 1) + 1)
    }
    _places(house, boss)
    _plan(house, partnership)
    _questions(house)


def _hire(duty: Duty, number: int, boss: Person, partnership: Partnership) -> Named:
    if duty is Duty.ADMINISTRATOR:
        return Named(boss.id, boss.ref, boss.name)
    name = f"{duty.value.capitalize()}{f' {number}' if number > 1 else ''} {texts.FICTIONAL}"
    person = people.register(name=name, email=email(duty, number), password=PASSWORD, by=boss)
    db.session.flush()
    people.give_duty(person, duty=duty, partnership=partnership, starts_on=clock.today(), by=boss)
    db.session.flush()
    return Named(person.id, person.ref, person.name)


def _places(house: House, boss: Person) -> None:
    records: list[Record] = [
        {
            "ref": f"generated_{name.lower().replace(' ', '_')}",
            "partnership": PARTNERSHIP,
            "name": name,
            "kind": kind,
            "parent": parent,
            "hotspot_for": [],
        }
        for name, kind, parent in _tree()
    ]
    loading.load(LOCALITIES, records, ref=PARTNERSHIP, file="the generator", by=boss)
    rows = db.session.execute(select(Locality.id, Locality.ref, Locality.name).order_by(Locality.id))
    house.localities = tuple(Named(*row) for row in rows)[len(texts.DISTRICTS) :]


def _tree() -> Iterator[tuple[str, str, str | None]]:
    for name in texts.DISTRICTS:
        yield name, "locality", None
    for number, name in enumerate(texts.PLACES):
        yield name, "neighbourhood", f"generated_{texts.DISTRICTS[number % len(texts.DISTRICTS)].lower()}"


def _plan(house: House, partnership: Partnership) -> None:
    lead = house.person(Duty.THEME_LEAD)
    plan = strategies.add_strategy(
        ref=PLAN,
        name=f"Community safety plan 2022–27 {texts.FICTIONAL}",
        partnership=partnership,
        starts_on=BEGAN,
        ends_on=date(2027, 3, 31),
        fictional=True,
        by=lead,
    )
    db.session.flush()
    leaves: list[Priority] = []
    for theme, under in texts.THEMES:
        top = strategies.add_priority(plan, title=theme, level="theme", by=lead)
        db.session.flush()
        leaves += [strategies.add_priority(plan, title=title, parent=top, by=lead) for title in under]
        db.session.flush()
    measured = [
        strategies.add_indicator(plan, title=title, unit="count", direction="up", priority=leaves[number * 3], by=lead)
        for number, title in enumerate(texts.MEASURES)
    ]
    db.session.flush()
    house.strategy = Named(plan.id, plan.ref, plan.name)
    house.priorities = tuple(Named(one.id, one.ref, one.title or "") for one in leaves)
    house.indicators = tuple(Named(one.id, one.ref, one.title) for one in measured)


def _questions(house: House) -> None:
    """A short set: what, for whom, which kind, and the declaration. Snapshots of a hundred thousand bids stay small."""
    asked = standard()
    asked["title"] = f"Short questions {texts.FICTIONAL}"
    asked["sections"] = [section for section in asked["sections"] if section["key"] in ("project", "declaration")]
    added = questions.add_set(title=asked["title"], document=asked, by=house.person(Duty.GRANTS_OFFICER))
    db.session.flush()
    house.document = check(asked)
    house.questions = Named(added.id, added.ref, added.title)


def plan(house: House) -> Strategy:
    """The plan, as a row."""
    return db.session.scalars(select(Strategy).where(Strategy.id == house.strategy.id)).one()


def question_set(house: House) -> QuestionSet:
    """The questions, as a row."""
    return db.session.scalars(select(QuestionSet).where(QuestionSet.id == house.questions.id)).one()


# -- in bulk ----------------------------------------------------------------------------------------------------------


@command
def gather(house: House) -> None:
    """The groups, each with one person who applies and signs for it. All share one password's hash: hashing is slow."""
    press, day = house.press, BEGAN + timedelta(days=1)
    press.begin()
    kept = db.session.scalar(select(Person.password_hash).where(Person.id == house.who(Duty.GRANTS_OFFICER).id))
    said: list[Said] = []
    for number in range(house.scale.groups):
        organisation, person = press.ref("ORG", day), press.ref("PER", day)
        when = at(day, 9 + number % 8)
        group_id = press.add(
            Organisation,
            ref=organisation,
            name=texts.group(number),
            organisation_type=texts.kind(number),
            sector="voluntary_community",
            is_voluntary=True,
            fictional=True,
        )
        person_id = press.add(
            Person,
            ref=person,
            name=f"Secretary, {texts.group(number)}",
            email=group_email(number),
            password_hash=kept,
            created_at=when,
        )
        if number == 0:
            house.first_group = Named(group_id, organisation, "")
            house.first_person = Named(person_id, person, "")
        said.append(Said("organisation.registered", organisation, person, when, {}))
        said.append(Said("person.registered", person, person, when, {}))
        for duty in (Duty.APPLICANT, Duty.CERTIFIER):
            press.add(Holding, person_id=person_id, duty=duty, organisation_id=group_id, starts_on=day, given_at=when)
            facts = {"duty": duty, "where": organisation, "starts_on": day, "ends_on": None, "streams": []}
            said.append(Said("duty.given", person, person, when, facts))
        if press.full:
            press.flush()
            record_many(said, covers=press.wrote)
            said = []
    press.settle()
    record_many(said, covers=press.wrote)


def indicator(house: House, number: int) -> Indicator:
    """One of the plan's indicators, as a row."""
    return db.session.scalars(select(Indicator).where(Indicator.id == house.indicators[number].id)).one()
