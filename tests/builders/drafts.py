"""A round that asks everything, and drafts of it: every page of the product's own, two sizes of ask, a postcode, VAT."""

from __future__ import annotations

from datetime import date
from typing import Any

from grants.applications import commands
from grants.applications.models import Application, Vat
from grants.kernel.money import Money
from grants.people.models import Duty, Organisation, Person
from grants.questions.document import NO
from grants.rounds.models import Round
from grants.rounds.terms import check
from tests.builders.applications import a_place, a_question_set, a_round
from tests.builders.people import a_person, an_organisation

SMALL, LARGE = "small", "large"
KNOWN, UNKNOWN = "SK1 3XE", "M60 9ZZ"  # postcodes


def _question(kind: str, key: str, label: str, **more: Any) -> dict[str, Any]:
    words = {"words": 100} if kind in ("short", "long") else {}
    return {"key": key, "kind": kind, "label": label, "short": label.rstrip("?"), "missing": f"Answer: {label}"} | words | more


def everything() -> dict[str, Any]:
    """A question set with every page of the product's own, questions of the kinds that are easily typed wrong, two sums."""
    large = {"all": [{"of": "tier", "any_of": [LARGE]}]}
    return {
        "title": "Everything",
        "sections": [
            {"key": "about", "title": "About it", "block": "project"},
            {
                "key": "money",
                "title": "Other money",
                "questions": [
                    _question("money", "given", "Money from others?"),
                    _question("money", "earned", "Money you earn?", required=False),
                    _question("date", "begins", "When does it start?", guidance="The day of the first session."),
                    _question("contact", "lead", "Who runs it?"),
                ],
            },
            {
                "key": "partners",
                "title": "Partners",
                "repeat": 3,
                "item": "partner",
                "questions": [
                    _question("short", "partner", "Name of the partner?", required=False),
                    _question("yes-no", "agreed", "Have they agreed?", required=False),
                ],
            },
            {"key": "more", "title": "More", "when": large, "questions": [_question("long", "why", "Why so much?")]},
            {"key": "change", "title": "What will be different", "block": "outcomes"},
            {"key": "whom", "title": "Who it is for", "block": "beneficiaries"},
            {"key": "steps", "title": "What happens when", "block": "milestones"},
            {"key": "papers", "title": "Your documents", "block": "evidence"},
            {"key": "holder", "title": "Who holds the money", "block": "host"},
            {"key": "costs", "title": "What it will cost", "block": "costs"},
            {"key": "sure", "title": "Sure", "questions": [
                _question("declaration", "true", "What we say is true", missing="Confirm that it is true"),
                _question("declaration", "agreed-to", "Our group has agreed", missing="Confirm that your group has agreed"),
            ]},
        ],
        "calculations": [{"key": "others", "label": "Money from elsewhere", "add": ["given", "earned"]}],
    }  # fmt: skip


def terms(**more: Any) -> dict[str, Any]:
    """Two sizes of ask, a limit that is not firm, and something the money is not for."""
    return {
        "asks_postcode": True,
        "asks_vat": True,
        "tiers": [
            {"key": SMALL, "name": "Small", "least": 5000, "most": 1000000, "helps": "purpose", "full_outcomes": False},
            {"key": LARGE, "name": "Large", "least": 1000001, "most": 3000000, "helps": "priority",
             "evidence": ["constitution", "insurance"]},
        ],
        "limits": [{"above": 2000000, "firmness": "normal"}],
        "not_funded": [{"key": "running", "asks": "Is it for running costs?", "reason": "We do not pay running costs."}],
        "privacy": "We keep it for six years.",
        "decided_by": "The partnership’s panel",
        "answer_by": "2027-06-30",
    } | more  # fmt: skip


def a_full_round(**facts: Any) -> Round:
    """An open round that asks everything."""
    asked = check(terms(**facts.pop("more", {})))
    given: dict[str, Any] = {"smallest": "50", "largest": "30000", "hold": "20000"}
    given |= {"question_set": a_question_set(everything(), title="Everything"), "terms": asked}
    made = a_round(**given | facts)
    a_place("Brinnington", partnership=made.pot.stream.partnership)
    return made


def a_full_draft(round: Round | None = None, *, group: Organisation | None = None, by: Person | None = None) -> Application:
    """A draft of it with nothing in it."""
    group = group or an_organisation()
    by = by or a_person(Duty.APPLICANT, organisation=group)
    return commands.start(round or a_full_round(), organisation=group, by=by)


def filled(draft: Application, *, amount: str = "400") -> Application:
    """A small draft with all that it is asked."""
    by = draft.started_by
    commands.save_place(draft, title="Friday football", purpose="young-people", postcode=KNOWN, against={"running": NO},
                        edition=draft.edition, by=by)  # fmt: skip
    said = {"given": "100", "earned": "", "begins": "1/6/2027", "lead": "Jo Bloggs\n0161 496 0000\n"}
    commands.save_answers(draft, answers=said, edition=draft.edition, by=by)
    commands.save_outcomes(draft, lines=[("feel safer", "young people", "", "", "", False)], edition=draft.edition, by=by)
    commands.save_beneficiaries(draft, lines=[("Young people", 40)], edition=draft.edition, by=by)
    commands.save_milestones(draft, lines=[("First session", date(2027, 6, 1))], edition=draft.edition, by=by)
    return commands.save_costs(draft, lines=[("Hall", Money.pounds(amount))], vat=Vat.NO, edition=draft.edition, by=by)
