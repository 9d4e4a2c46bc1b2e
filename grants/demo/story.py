"""The demonstration year, told through the commands its people would press, each on its day.

April to November 2026 never changes; one more round opens on the day the demonstration is loaded, so that a stranger can
apply today. The streams, themes and places are the partnership's own; the 2026–29 plan, the groups and every amount are made
up and say so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from grants.applications import commands as applications
from grants.applications.models import Application
from grants.assessment import commands as assessments
from grants.assessment.models import Assessment, Interest
from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.demo import bids, cast
from grants.demo.bids import Bid
from grants.imports import commands as imports
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.monitoring import commands as monitoring
from grants.monitoring.models import Report
from grants.panel import commands as panels
from grants.panel.models import Decision, Outcome
from grants.payments import commands as payments
from grants.payments import rules as payment_rules
from grants.people import commands as people
from grants.people import queries
from grants.people.kinds import VOLUNTARY
from grants.people.models import Duty, Organisation, Person
from grants.places.models import Locality
from grants.places.queries import wards as wards_of
from grants.questions import commands as questions
from grants.questions.document import standard
from grants.questions.models import QuestionSet
from grants.questions.queries import latest
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.rules import STANDARD, Split, usual_closing
from grants.rounds.terms import (
    Firmness,
    Frequency,
    Helps,
    Limit,
    NotFunded,
    Reports,
    Scoring,
    Terms,
    Tier,
)
from grants.strategy import commands as strategy
from grants.strategy.models import Indicator, Priority, Strategy
from grants.streams import commands as streams
from grants.streams.models import Pot, Stream

PLAN = "demo_plan_2026_29"
FUNDER = "demo_funder"
CONDITIONS = (
    "Use the grant only for what you applied for. Ask us before you change anything.",
    "Keep receipts, and tell us what you spent and what changed when we ask.",
    "Keep people safe: follow your safeguarding policy and tell us within a day if something goes wrong.",
    "Pay back what you do not spend.",
)


def tell(*, opens_on: date) -> None:
    """Build it all. Inside an application context, on a migrated and empty database."""
    from grants.demo.scenes import (
        after,
        agreements,
        budget,
        documents,
        groups,
        passporting,
        places,
        question_sets,
        spending,
        streams,
    )

    for scene in (_house, _plan, _pots, _voluntary_round, _hate_crime_round, _autumn):
        scene()
    for told in (
        places,
        streams,
        agreements,
        passporting,
        spending,
        budget,
        documents,
        groups,
        question_sets,
    ):  # each its own months
        told.tell()
    _open_round(opens_on)
    _coming_and_wards(opens_on)
    after.tell()
    after.telephone("RND-26-00005")


def _at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def _who(key: str) -> Person:
    """A member of the cast, by what they do or by their group."""
    for one in (*cast.STAFF, *cast.GROUP_PEOPLE):
        if key == one.does or key == getattr(one, "group", None):
            found = queries.by_email(one.email)
            assert found, one
            return found
    raise KeyError(key)


def _signs(group: str) -> Person:
    for one in cast.GROUP_PEOPLE:
        if one.group == group and cast.CERTIFIER in one.duties:
            found = queries.by_email(one.email)
            assert found, one
            return found
    raise KeyError(group)


def _group(key: str) -> Organisation:
    return queries.organisation(f"demo_{key}")


def _priority(key: str) -> Priority:
    return db.session.scalars(select(Priority).where(Priority.ref == f"demo_{key}")).one()


def _indicator(key: str) -> Indicator:
    return db.session.scalars(select(Indicator).where(Indicator.ref == f"demo_{key}")).one()


def _pot(ref: str) -> Pot:
    return db.session.scalars(select(Pot).where(Pot.ref == ref)).one()


def _house() -> None:
    """1 April: the first administrator, the real facts, and everybody's duties."""
    from grants.demo.build import FACTS, PASSWORD

    with clock.stopped(_at(4, 1, 8)):
        boss = people.create_admin(name=cast.ADMINISTRATOR.name, email=cast.ADMINISTRATOR.email, password=PASSWORD)
        imports.load([FACTS], by=boss)
        partnership = queries.partnership("safer_stockport_partnership")
        for one in cast.STAFF[1:]:
            person = people.register(name=one.name, email=one.email, password=PASSWORD, by=boss)
            for duty in one.duties:
                everywhere = duty is Duty.AUDITOR  # reads every partnership's facts, Stockton's and Stoke's too
                people.give_duty(
                    person, duty=duty, partnership=None if everywhere else partnership, starts_on=clock.today(), by=boss
                )
        for group in cast.GROUPS:
            people.add_organisation(
                ref=f"demo_{group.key}",
                name=group.name,
                organisation_type=group.kind,
                is_voluntary=True,
                sector="voluntary_community",
                area="Stockport",
                fictional=True,
                by=boss,
            )
        people.add_organisation(
            ref=FUNDER,
            name="Regional safety fund (fictional)",
            organisation_type="funder",
            is_voluntary=False,
            fictional=True,
            by=boss,
        )
        for member in cast.GROUP_PEOPLE:
            person = people.register(name=member.name, email=member.email, password=PASSWORD, by=boss)
            for duty in member.duties:
                people.give_duty(person, duty=duty, organisation=_group(member.group), starts_on=clock.today(), by=boss)


def _plan() -> None:
    """A fictional plan for 2026–29 that takes over, theme by theme and area by area, from the one that ran out in 2021."""
    with clock.stopped(_at(4, 2)):
        lead, partnership = _who("theme lead"), queries.partnership("safer_stockport_partnership")
        before = db.session.scalars(select(Strategy).where(Strategy.ref == "ssp_plan_2018_21")).one()
        plan = strategy.add_strategy(
            ref=PLAN,
            name="Safer Stockport Partnership Plan 2026–29 (fictional)",
            owner="Safer Stockport Partnership",
            partnership=partnership,
            starts_on=date(2026, 4, 1),
            ends_on=date(2029, 3, 31),
            predecessor=before,
            fictional=True,
            note="Made up for the demonstration: the themes and areas of the 2018–21 plan, carried on.",
            by=lead,
        )
        made: dict[str, Priority] = {}
        for old in db.session.scalars(select(Priority).where(Priority.strategy_id == before.id).order_by(Priority.id)).all():
            made[old.ref] = strategy.add_priority(
                plan,
                ref=old.ref.replace("ssp_", "demo_").replace("demo_locations_hotspots", "demo_hotspots"),
                title=old.title or "",
                level=old.level,
                parent=made[old.parent.ref] if old.parent else None,
                code=old.code,
                sort_order=old.sort_order,
                version="2026",
                by=lead,
            )
            strategy.link(
                plan,
                from_priority=made[old.ref],
                to_strategy=before,
                to_priority=old,
                link_type="carries_on",
                rationale="The same theme or area of the plan before",
                basis="fictional",
                by=lead,
            )
        for key, title, area in (
            ("people_taking_part", "People taking part in funded activities", "asb"),
            ("people_mentored", "Young people with a mentor", "youth_reoffending"),
            ("people_supported", "People supported after domestic abuse by funded groups", "domestic_abuse"),
        ):
            strategy.add_indicator(
                plan,
                ref=f"demo_{key}",
                title=title,
                unit="count",
                direction="up",
                priority=_priority(area),
                partnership=partnership,
                data_source="Groups' reports",
                by=lead,
            )


def _pots() -> None:
    """The 2026/27 money, on the real streams; and one existing service whose money is protected for the year."""
    with clock.stopped(_at(4, 3)):
        finance = _who("finance officer")
        for slug, pounds in (
            ("community_safety_grant", "230,000"),
            ("vcs_grant", "90,000"),
            ("serious_violence_fund", "160,000"),
            ("hate_crime_fund", "12,000"),
        ):
            stream = db.session.scalars(select(Stream).where(Stream.ref == slug)).one()
            streams.open_pot(
                stream,
                year=2026,
                allocation=Money.pounds(pounds),
                funders=[FUNDER],
                fictional=True,
                note="The stream is real; its 2026/27 amount is made up for the demonstration.",
                by=finance,
            )
        streams.passport(
            _pot("CSG-2026"),
            recipient="Independent domestic violence advocates (existing service)",
            amount=Money.pounds("64,000"),
            protected_from=date(2026, 4, 1),
            protected_until=date(2027, 3, 31),
            approval_basis="Partnership board, 12 March 2026, resolution 14 (fictional)",
            review_due=date(2027, 1, 31),
            review_trigger="Before the 2027/28 money is shared out",
            fictional=True,
            by=finance,
        )


def _planned(
    pot: str,
    *,
    title: str,
    purpose: str,
    asks: tuple[str, str],
    window: tuple[datetime, datetime],
    runs: tuple[date, date],
    asked: QuestionSet | None = None,
    **more: Any,
) -> Round:
    return rounds.plan(
        pot=_pot(pot),
        strategy=db.session.scalars(select(Strategy).where(Strategy.ref == PLAN)).one(),
        question_set=asked or questions.add_set(title=title, document=standard(), by=_who("grants officer")),
        title=title,
        purpose=purpose,
        smallest=Money.pounds(asks[0]),
        largest=Money.pounds(asks[1]),
        opens_at=window[0],
        closes_at=window[1],
        project_starts_on=runs[0],
        project_ends_on=runs[1],
        **more,
        by=_who("grants officer"),
    )


def _apply(round: Round, bid: Bid, on: datetime) -> Application:
    """A group starts one evening and sends it the next morning."""
    person = _who(bid.group)
    with clock.stopped(on):
        bid_ = applications.start(round, organisation=_group(bid.group), by=person)
        place = db.session.scalars(select(Locality).where(Locality.ref == bid.locality)).one()
        applications.save_place(
            bid_, title=bid.title, priority=_priority(bid.priority), locality=place, edition=bid_.edition, by=person
        )
        applications.save_answers(bid_, answers=bid.answers | {"kind": bid.kind}, edition=bid_.edition, by=person)
    with clock.stopped(on + timedelta(hours=14)):
        lines = [(what, Money.pounds(pounds)) for what, pounds in bid.costs]
        applications.save_costs(bid_, lines=lines, edition=bid_.edition, by=person)
        applications.submit(bid_, declared=True, edition=bid_.edition, by=person)
    return bid_


def _assess(bid_: Application, bid: Bid, on: datetime) -> None:
    for n, key in enumerate(("first assessor", "second assessor")):
        with clock.stopped(on):
            given = assessments.assign(bid_, assessor=_who(key), by=_who("grants officer"))
        if bid.scores[n]:
            with clock.stopped(on + timedelta(days=3, hours=n)):
                _score(given, bid.scores[n], bid.reasons[n], _who(key))


def _score(given: Assessment, points: tuple[int, ...], reason: str, by: Person) -> None:
    assessments.declare_interest(given, interest=Interest.NONE, by=by)
    criteria = given.application.round.criteria
    # The story's scores are out of ten; a criterion's scale may be shorter.
    scores = {c.id: (round_half(p * c.most, 10), reason) for c, p in zip(criteria, points, strict=True)}
    assessments.submit_scores(given, scores=scores, summary=reason, edition=given.edition, by=by)


def round_half(top: int, bottom: int) -> int:
    """The nearest whole number, halves up."""
    return (2 * top + bottom) // (2 * bottom)


def _voluntary_round() -> None:
    """The year's main call: six groups ask, two assessors score, the panel decides, offers are signed, money is paid."""
    officer, finance = _who("grants officer"), _who("finance officer")
    with clock.stopped(_at(4, 13, 8)):
        call = _planned(
            "VCS-2026",
            title="Voluntary and community grants 2026/27",
            purpose="Grants for voluntary and community groups whose work makes Stockport safer "
            "and helps people who have been harmed.",
            asks=("500", "20,000"),
            window=(clock.deadline(date(2026, 4, 13), time(9)), clock.deadline(date(2026, 5, 15), time(12))),
            runs=(date(2026, 7, 1), date(2027, 3, 31)),
        )
        rounds.open_round(call, hold=Money.pounds("60,000"), by=officer)
    sent = [_apply(call, bid, _at(4, 20 + n, 18)) for n, bid in enumerate(bids.VOLUNTARY)]
    with clock.stopped(_at(5, 15, 14)):
        rounds.close_round(call, by=officer)
    for bid_, bid in zip(sent, bids.VOLUNTARY, strict=True):
        _assess(bid_, bid, _at(5, 18))
    with clock.stopped(_at(6, 10, 13)):
        panel = panels.convene(call, held_on=date(2026, 6, 10), by=officer)
        for bid_, bid in zip(sent, bids.VOLUNTARY, strict=True):
            amount = Money.pounds(bid.awarded) if bid.awarded else None
            outcome = Outcome.REJECT if amount is None else Outcome.FULL if amount == bid_.asked else Outcome.PART
            panels.decide(
                panel,
                application=bid_,
                outcome=outcome,
                amount=amount if outcome is Outcome.PART else None,
                reason=bid.because,
                edition=None,
                by=_who("minute-taker"),
            )
        panels.confirm(panel, by=_who("panel chair"))
    first = {}
    for bid_, bid in zip(sent, bids.VOLUNTARY, strict=True):
        if bid.awarded and bid.group != "signal":
            award = _offer(bid_, bid, _at(6, 15), starts=date(2026, 7, 1), second=date(2026, 11, 16))
            with clock.stopped(_at(6, 22)):
                monitoring.accept_offer(award, signed_as="Chair", by=_signs(bid.group))
            first[bid.group] = award
    for group, award in first.items():
        if group != "meadow":  # its lights waited for the landowner until November
            _pay(award, 1, _at(7, 3), finance)


def _offer(bid_: Application, bid: Bid, on: datetime, *, starts: date, second: date) -> Award:
    """Two equal instalments: one on signing, the other once the first report is accepted."""
    with clock.stopped(on):
        decision = db.session.scalars(select(Decision).where(Decision.application_id == bid_.id)).one()
        half = Money(decision.amount.pence // 2)
        return awards.offer(
            decision,
            starts_on=starts,
            ends_on=date(2027, 3, 31),
            answer_by=clock.today() + timedelta(days=28),
            instalments=[(decision.amount - half, starts, Gate.ACCEPTED), (half, second, Gate.REPORT)],
            conditions=CONDITIONS,
            shares=[(_priority(key) if key else None, points, reason) for key, points, reason in bid.shares],
            targets=[(_indicator(key), value) for key, value in bid.targets],
            purpose=bid.answers["activity"],
            by=_who("grants officer"),
        )


def _pay(award: Award, number: int, on: datetime, finance: Person, *, stop: str = "paid") -> None:
    """Finance raises it, the approver approves it, and a few days later it is out of the bank."""
    with clock.stopped(on):
        payment = payments.raise_payment(award.instalments[number - 1], by=finance)
    if stop == "raised":
        return
    with clock.stopped(on + timedelta(hours=4)):
        payments.approve(payment, digest=payment_rules.digest(payment), by=_who("approver"))
    if stop == "approved":
        return
    with clock.stopped(on + timedelta(days=4)):
        payments.record_paid(payment, paid_on=clock.today(), bank_reference=f"BACS {clock.today():%d%m%y}", by=finance)


def _hate_crime_round() -> None:
    """A small autumn call that is still being scored in November."""
    officer = _who("grants officer")
    with clock.stopped(_at(9, 14, 7)):
        call = _planned(
            "HCF-2026",
            title="Small grants against hate crime",
            purpose="Small grants for work that helps people recognise, report and stand up to hate crime.",
            asks=("250", "3,000"),
            window=(clock.deadline(date(2026, 9, 14), time(9)), clock.deadline(date(2026, 10, 16), time(12))),
            runs=(date(2026, 12, 1), date(2027, 3, 31)),
        )
        rounds.open_round(call, hold=Money.pounds("8,000"), by=officer)
    sent = [_apply(call, bid, _at(10, 5 + n, 17)) for n, bid in enumerate(bids.HATE_CRIME)]
    with clock.stopped(_at(10, 16, 14)):
        rounds.close_round(call, by=officer)
    for bid_, bid in zip(sent, bids.HATE_CRIME, strict=True):
        _assess(bid_, bid, _at(11, 9))


def _autumn() -> None:
    """Reports come in; one second instalment is paid, one waits for approval; a late project is offered its grant."""
    finance, officer = _who("finance officer"), _who("grants officer")
    by_group = {award.organisation.ref: award for award in db.session.scalars(select(Award)).all()}
    accounts = (
        (
            "welcome",
            "2,512.40",
            "Nine suppers so far, 61 people, 14 of them new to Reddish.",
            {"people_taking_part": 61},
            "paid",
        ),
        (
            "bridge",
            "6,980.00",
            "Sixteen sessions, 52 young people, eight with a mentor.",
            {"people_taking_part": 52, "people_mentored": 8},
            "raised",
        ),
        (
            "lantern",
            "8,415.75",
            "We have met 74 women at the drop-in and gone to court with 19.",
            {"people_supported": 74},
            None,
        ),
    )
    for n, (group, spent, story, measured, then) in enumerate(accounts):
        award = by_group[f"demo_{group}"]
        report = _reports(award)[0]
        with clock.stopped(_at(10, 26 + n, 19)):
            monitoring.submit_report(
                report,
                spent=Money.pounds(spent),
                story=story,
                readings={_indicator(key).id: Decimal(value) for key, value in measured.items()},
                edition=report.edition,
                by=_who(group),
            )
        if then:
            with clock.stopped(_at(11, 4 + n)):
                monitoring.accept_report(report, answer="Thank you. This is just what we hoped for.", by=officer)
            _pay(award, 2, _at(11, 10 + n), finance, stop=then)
    _pay(by_group["demo_meadow"], 1, _at(11, 18), finance, stop="approved")
    late = next(bid for bid in bids.VOLUNTARY if bid.group == "signal")
    bid_ = db.session.scalars(select(Application).where(Application.title == late.title)).one()
    _offer(bid_, late, _at(11, 16), starts=date(2027, 1, 4), second=date(2027, 3, 1))


def _reports(award: Award) -> list[Report]:
    return list(db.session.scalars(select(Report).where(Report.award_id == award.id).order_by(Report.number)))


def _open_round(opens_on: date) -> None:
    """The call that a stranger can answer today."""
    with clock.stopped(clock.start_of(opens_on)):
        closes_at = usual_closing(opens_on + timedelta(days=28))
        closes_on = clock.civil(closes_at).date()
        call = _planned(
            "VCS-2026",
            title="Winter grants for safer streets and people",
            purpose="Grants for voluntary and community groups whose work makes Stockport safer this winter and next spring.",
            asks=("250", "5,000"),
            window=(clock.start_of(opens_on) + timedelta(minutes=1), closes_at),
            runs=(closes_on + timedelta(days=42), closes_on + timedelta(days=224)),
            criteria=[one._replace(anchors=ANCHORS) for one in STANDARD],
            terms=Terms(
                tiers=(
                    Tier(key="small", name="Small", least=250_00, most=1_000_00, helps=Helps.PURPOSE, reports=Reports.SHORT),
                    Tier(key="large", name="Large", least=1_000_01, most=5_000_00, reports=Reports.FULL),
                ),
                pass_mark=50,
                months_to_deliver=12,
                decided_by="The Safer Stockport grants panel (fictional)",
                answer_by=(closes_on + timedelta(days=35)).isoformat(),
                instead=INSTEAD,
                grace_minutes=5,
            ),
        )
        rounds.open_round(call, hold=Money.pounds("20,000"), by=_who("grants officer"))


ANCHORS = {
    "0": "Not answered",
    "1": "Poor: most of it is missing",
    "3": "Fair: what is needed is there, with small gaps",
    "5": "Very good: clear, convincing and well shown",
}
INSTEAD = "Ask the community team at the council, who know the other funds: 0161 496 0000 (a made-up number)."


def _coming_and_wards(opens_on: date) -> None:
    """A round that is announced for the spring, and small sums for each ward, which its councillors decide without scoring.

    How the ward fund works is the council's own; its stream here and every amount are made up.
    """
    finance, officer = _who("finance officer"), _who("grants officer")
    closes_at = usual_closing(max(date(2027, 3, 31), opens_on + timedelta(days=120)))
    until = clock.civil(closes_at).date()
    with clock.stopped(_at(11, 20)):
        coming = _planned(
            "CSG-2026",
            title="Spring and summer activities for young people",
            purpose="Grants for things to do in the evenings and holidays, planned with young people.",
            asks=("500", "8,000"),
            window=(clock.deadline(until + timedelta(days=14), time(9)), usual_closing(until + timedelta(days=56))),
            runs=(until + timedelta(days=100), until + timedelta(days=400)),
            asked=next(one for one in latest() if one.title == "One Stockport Local Fund"),
            terms=Terms(
                instead=INSTEAD,
                tiers=(
                    Tier(
                        key="one",
                        name="All",
                        least=500_00,
                        most=8_000_00,
                        helps=Helps.PURPOSE,
                        evidence=("constitution", "insurance"),
                    ),
                ),
            ),
        )
        rounds.announce(coming, coming=True, by=officer)
    with clock.stopped(_at(11, 23)):
        partnership = queries.partnership("safer_stockport_partnership")
        stream = streams.open_stream(
            ref="demo_ward_flexibility",
            code="WFF",
            partnership=partnership,
            name="Ward Flexibility Funding (fictional amounts)",
            note="The council has such a fund; what is here was made up for the demonstration.",
            by=finance,
        )
        streams.open_pot(stream, year=2026, allocation=Money.pounds("63,000"), funders=[FUNDER], fictional=True, by=finance)
        wards = _planned(
            "WFF-2026",
            title="Ward Flexibility Funding",
            purpose="Small sums for things that make your ward better. Your ward’s councillors decide.",
            asks=("50", "3,000"),
            window=(clock.deadline(date(2026, 11, 24), time(9)), closes_at),
            runs=(until + timedelta(days=1), until + timedelta(days=366)),
            asked=next(one for one in latest() if one.title == "Ward Flexibility Funding"),
            terms=Terms(
                kinds=tuple(sorted(VOLUNTARY)),
                area_in_words="one of the 21 wards of Stockport",
                tiers=(
                    Tier(
                        key="ward",
                        name="Ward grants",
                        least=50_00,
                        most=3_000_00,
                        assessors=0,
                        helps=Helps.PURPOSE,
                        full_outcomes=False,
                        reports=Reports.SHORT,
                    ),
                ),
                limits=(Limit(above=1_000_00),),
                frequency=(Frequency(months=12), Frequency(consecutive_years=True, firmness=Firmness.NORMAL)),
                not_funded=(
                    NotFunded(
                        key="running-costs",
                        asks="Is the money for your group’s running costs every year, such as rent or wages?",
                        reason="This fund is not normally for annual running costs.",
                        firmness=Firmness.NORMAL,
                    ),
                ),
                scoring=Scoring.COMMITTEE,
                decided_by="The area committee of your ward (fictional)",
                instead=INSTEAD,
                asks_postcode=True,
            ),
            lots=[Split(one.name, one.code, Money.pounds("3,000")) for one in wards_of(partnership)],
        )
        rounds.open_round(wards, hold=Money.pounds("63,000"), by=officer)
    _ask_a_ward(wards)
    _try_out(coming)


def _try_out(round: Round) -> None:
    """The officer fills a test application in as a group would, and stops half way: the round opens in spring."""
    officer = _who("grants officer")
    with clock.stopped(_at(11, 26, 10)):
        group, sought = _group("bridge"), Money.pounds("2,000")
        test = applications.start(round, organisation=group, sought=sought, rehearsal=True, by=officer)
        change = ("We will run six evening sessions", "young people", "20 of 30", "July 2027", "a short survey", False)
        applications.save_outcomes(test, lines=[change], edition=test.edition, by=officer)
        applications.save_beneficiaries(test, lines=[("Young people aged 11 to 16", 30)], edition=test.edition, by=officer)
        applications.save_milestones(test, lines=[("First evening", date(2027, 5, 7))], edition=test.edition, by=officer)


def _ask_a_ward(round: Round) -> None:
    """One group asks its ward for more than is normal, with a postcode that no table knows: two things for an officer."""
    person = _who("harbour")
    with clock.stopped(_at(11, 25, 18)):
        bid = applications.start(
            round,
            organisation=_group("harbour"),
            sought=Money.pounds("1,200"),
            against={"running-costs": "no"},
            account=True,
            by=person,
        )
        applications.save_place(
            bid,
            title="A quiet room that looks like one",
            purpose="crime",
            locality=db.session.scalars(select(Locality).where(Locality.ref == "brinnington")).one(),
            postcode="SK1 9ZZ",
            edition=bid.edition,
            by=person,
        )
        said = {
            "activity": "We will paint and furnish the room where people wait to talk to somebody after a crime.",
            "issue": "victims",
            "starts": "1/5/2027",
            "permission": "own",
            "children": "no",
        }
        applications.save_answers(bid, answers=said, edition=bid.edition, by=person)
        change = ("People feel safe enough to come back a second time", "People harmed by crime", "", "", "", False)
        applications.save_outcomes(bid, lines=[change], edition=bid.edition, by=person)
        costs = [("Paint and floor", Money.pounds("450")), ("Chairs and lamps", Money.pounds("750"))]
        applications.save_costs(bid, lines=costs, edition=bid.edition, by=person)
        applications.submit(bid, declared=True, edition=bid.edition, by=person)
