"""The bids of one round, in bulk: what groups asked, how it was scored, what the panel decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from grants.applications.frozen import digest
from grants.applications.models import Answer, Application, CostLine, Snapshot
from grants.applications.models import State as ApplicationState
from grants.assessment.models import Assessment, Interest, Score
from grants.audit.record import Said
from grants.demo.generator import texts
from grants.demo.generator.house import Group, House, Named
from grants.demo.generator.scale import TODAY, at
from grants.kernel.money import Money
from grants.panel.models import Decision, Outcome
from grants.people.models import Duty
from grants.questions.document import Kind

SMALLEST, LARGEST = Money.pounds(500), Money.pounds(25_000)


class Ask(NamedTuple):
    """A bid as it is planned: which group asks for how much, and what it will be given (nothing: not funded)."""

    group: int
    asked: int  # pence
    given: int


class Call(NamedTuple):
    """A round, its criteria and its days."""

    round: Named
    criteria: Sequence[tuple[int, int]]  # id and highest score
    opens: date
    closes: date
    panel: tuple[int, str, date] | None  # id, reference and day; none: it has not met
    starts: date  # of its projects
    ends: date


class Won(NamedTuple):
    """A bid that the panel funded."""

    application: int
    group: Group
    title: str
    priority: Named
    locality: Named
    decision: str
    pence: int
    activity: str


def asks(chance: Random, groups: int, winners: int) -> list[Ask]:
    """A round's bids: so many are funded, and for every five of them one more that is not."""
    losers = max(1, winners // 5)
    found = []
    for place, group in enumerate(chance.sample(range(groups), min(groups, winners + losers))):
        asked = 5_000 * round(min(500.0, max(10.0, chance.lognormvariate(4.2, 0.8))))
        part = chance.random() < 0.25
        given = 0 if place >= winners else asked // 2 if part and asked >= 200_000 else asked
        found.append(Ask(group, asked, given))
    chance.shuffle(found)
    return found


class Desk:
    """Writes the bids of one round."""

    def __init__(self, house: House, call: Call, chance: Random, said: list[Said]) -> None:
        self.house, self.call, self.chance, self.said = house, call, chance, said

    def receive(self, ask: Ask, *, state: ApplicationState, scored: bool) -> Won | None:
        """One bid as far as it has come; answers with what it won, if the panel gave it anything."""
        group, title, people = self.house.group(ask.group), self.chance.choice(texts.PROJECTS), 10 * self.chance.randint(2, 12)
        priority, place = self.chance.choice(self.house.priorities), self.chance.choice(self.house.localities)
        activity = texts.ACTIVITY.format(place=place.name)
        answers = {
            "activity": activity,
            "people": texts.REACHES.format(people=people, place=place.name),
            "kind": self.chance.choice(("young-people", "families", "victims", "streets", "together", "other")),
        }
        costs = [("Session workers", ask.asked - ask.asked // 4), ("Rooms, food and travel", ask.asked // 4)]
        last = min(self.call.closes, TODAY) - timedelta(days=1)
        started = at(self.call.opens + timedelta(days=self.chance.randrange((last - self.call.opens).days)), 10)
        sent = None if state is ApplicationState.DRAFT else at(last, self.chance.randint(9, 20))
        ref = self.house.press.ref("APP", started.date())
        number = self.house.press.add(
            Application,
            ref=ref,
            round_id=self.call.round.id,
            organisation_id=group.id,
            title=title,
            priority_id=priority.id,
            locality_id=place.id,
            state=state,
            started_by_id=group.person.id,
            started_at=started,
            saved_at=sent or started,
            submitted_at=sent,
            edition=4,
            place_edition=2,
            costs_edition=4,
            outcomes_edition=0,
            beneficiaries_edition=0,
            milestones_edition=0,
            against={},
            stage=1,
            rehearsal=False,
            sends=0 if sent is None else 1,
        )
        for question, answer in answers.items():
            self.house.press.add(Answer, application_id=number, question=question, repetition=0, text=answer, edition=3)
        for position, (what, pence) in enumerate(costs, 1):
            self.house.press.add(CostLine, application_id=number, position=position, what=what, amount=Money(pence))
        self._say("application.started", ref, group.person.ref, started, group=group.ref, round=self.call.round.ref)
        if sent is None:
            return None
        self._freeze(number, ref, group, title, priority, place, answers, costs, sent)
        if state is ApplicationState.WITHDRAWN:
            self._say("application.withdrawn", ref, group.person.ref, sent + timedelta(hours=1))
            return None
        self._assess(number, ref, ask, scored)
        if not self.call.panel:
            return None
        decision = self._decide(number, ref, ask)
        if not ask.given:
            return None
        return Won(number, group, title, priority, place, decision, ask.given, activity)

    def _freeze(
        self,
        number: int,
        ref: str,
        group: Group,
        title: str,
        priority: Named,
        place: Named,
        answers: dict[str, str],
        costs: list[tuple[str, int]],
        sent: datetime,
    ) -> None:
        """The snapshot, as `applications.frozen.content` writes it (a test holds the two equal)."""
        document = self.house.document
        assert document
        asked = sum(pence for _what, pence in costs)
        content: dict[str, Any] = {
            "form": 1,
            "ref": ref,
            "round": {"ref": self.call.round.ref, "title": self.call.round.name},
            "questions": {"ref": self.house.questions.ref, "version": 1},
            "title": title,
            "group": {"ref": group.ref, "name": group.name, "type": group.kind, "charity_number": None, "voluntary": True},
            "priority": {"ref": priority.ref, "title": priority.name},
            "strategy": {"ref": self.house.strategy.ref, "name": self.house.strategy.name},
            "place": {"ref": place.ref, "name": place.name},
            "project": {"starts": self.call.starts.isoformat(), "ends": self.call.ends.isoformat()},
            "asked": asked,
            "costs": [{"what": what, "pence": pence} for what, pence in costs],
            "sections": [
                {
                    "title": section.title,
                    "answers": [
                        {
                            "key": question.key,
                            "kind": question.kind.value,
                            "question": question.label,
                            "typed": answers[question.key],
                            "answer": question.shown(answers[question.key]),
                        }
                        for question in section.questions
                        if question.kind is not Kind.DECLARATION
                    ],
                }
                for section in document.asking
            ],
            "declarations": [question.label for question in document.declarations],
            "sent": {"by": group.person.ref, "name": group.person.name, "at": sent.isoformat()},
        }
        seal = digest(content)
        self.house.press.add(Snapshot, application_id=number, number=1, content=content, digest=seal, at=sent)
        self._say("application.submitted", ref, group.person.ref, sent, asked=Money(asked), digest=seal)

    def _assess(self, number: int, ref: str, ask: Ask, scored: bool) -> None:
        """One assessor, whose scores are in or still to come."""
        given, assessor = at(self.call.closes + timedelta(days=3)), self.house.assessor(ask.group)
        officer = self.house.who(Duty.GRANTS_OFFICER)
        done = at(self.call.closes + timedelta(days=4 + self.chance.randrange(8)), 15) if scored else None
        made = self.house.press.ref("ASM", given.date())
        one = self.house.press.add(
            Assessment,
            ref=made,
            application_id=number,
            assessor_id=assessor.id,
            assigned_by=officer.ref,
            assigned_at=given,
            interest=Interest.NONE if scored else Interest.NOT_DECLARED,
            summary=texts.SCORED if scored else None,
            saved_at=done,
            submitted_at=done,
            edition=3 if scored else 1,
        )
        self._say("assessment.assigned to", made, officer.ref, given, application=ref)
        if done:
            for criterion, most in self.call.criteria:
                points = self.chance.randint(max(1, most - 2), most) if ask.given else self.chance.randint(0, 2)
                self.house.press.add(Score, assessment_id=one, criterion_id=criterion, points=points, reason=texts.SCORED)
            self._say("assessment.submitted", made, assessor.ref, done)

    def _decide(self, number: int, ref: str, ask: Ask) -> str:
        assert self.call.panel
        panel, _panel_ref, met = self.call.panel
        outcome = Outcome.REJECT if not ask.given else Outcome.FULL if ask.given == ask.asked else Outcome.PART
        reason = {Outcome.REJECT: texts.REASON_NO, Outcome.FULL: texts.REASON_YES, Outcome.PART: texts.REASON_PART}[outcome]
        minutes, when = self.house.who(Duty.MINUTE_TAKER), at(met, 13)
        decision = self.house.press.ref("DEC", met)
        self.house.press.add(
            Decision,
            ref=decision,
            panel_id=panel,
            application_id=number,
            outcome=outcome,
            amount=Money(ask.given),
            reason=reason,
            decided_by=minutes.ref,
            decided_at=when,
        )
        facts = {"outcome": outcome, "amount": Money(ask.given), "reason": reason, "application": ref}
        self._say("panel.decided", decision, minutes.ref, when, **facts)
        self._say("application.decided", ref, self.house.who(Duty.PANEL_CHAIR).ref, at(met, 15))
        return decision

    def _say(self, code: str, subject: str, by: str, when: datetime, **facts: Any) -> None:
        self.said.append(Said(code, subject, by, when, facts))
