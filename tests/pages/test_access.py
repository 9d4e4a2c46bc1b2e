"""The access walk: every route, as every duty and as nobody, answers what the table says, and looking never writes.

A new page adds a line to EXPECTED (no undeclared route), a page that goes takes its line along (no stale one). Each line:
the path's parts in the world below, and who is answered what. Whoever is not named gets the last word, `others`.
The world is one partnership with a round in every state; `elsewhere` is a grants officer of another partnership.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from grants import create_app
from grants.applications import after, assisted
from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.command import _WRITES
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.notices import groups as notices
from grants.people import commands, deputies
from grants.people.models import Duty, Person
from grants.questions import commands as question_sets
from grants.questions.document import ready
from grants.streams import pools
from tests.builders.agreements import a_funding
from tests.builders.applications import (
    a_complete_draft,
    a_funded_pot,
    a_place,
    a_planned_round,
    a_round,
    a_submitted,
    officer_of,
    priorities_of,
)
from tests.builders.awards import a_decision, a_panel, a_round_of_bids, an_offer, assigned, scored
from tests.builders.budget import a_virement, asked_authority
from tests.builders.drafts import a_full_draft
from tests.builders.files import a_filed
from tests.builders.lines import a_pledge, a_use
from tests.builders.passporting import a_passported_award
from tests.builders.payments import a_raised, a_sent, an_agreement, first, reports
from tests.builders.people import LONG_AGO, a_partnership, a_person, a_takeover, an_administrator, an_organisation
from tests.builders.spending import a_plan_and_spend
from tests.builders.streams import a_commitment, a_pot, a_stream
from tests.client import Browser
from tests.conftest import settings_for

(
    APPLICANT, CERTIFIER, READER, ADVISER, ASSESSOR, MEMBER, CHAIR, MINUTES, OFFICER, LEAD, FINANCE, APPROVER, CHIEF, AUDITOR,
    ADMINISTRATOR,
) = Duty  # fmt: skip
NOBODY, ELSEWHERE, OTHER_GROUP, EVERYWHERE = "nobody", "elsewhere", "other group", "administrator of everything"
WHO: tuple[str, ...] = (*Duty, NOBODY, ELSEWHERE, OTHER_GROUP, EVERYWHERE)
GROUP = (APPLICANT, CERTIFIER)
BESIDE = (READER, ADVISER)  # look and comment, in the same organisation
HERE = tuple(duty for duty in Duty if duty not in GROUP + BESIDE)  # who works for the partnership of this world
ANYWHERE = (*HERE, ELSEWHERE)


GROUPISH = (APPLICANT, CERTIFIER, READER, ADVISER, NOBODY, OTHER_GROUP)  # no staff duty at all
SIGN_IN = 303


class Line(NamedTuple):
    """A route: the references its path is made of, and who is answered what when they look."""

    others: int
    said: dict[int, tuple[str, ...]] = {}
    args: dict[str, Any] = {}
    out: int = SIGN_IN  # signed out


def public(status: int = 200, **args: Any) -> Line:
    """Anybody may look."""
    return Line(status, args=args, out=status)


def anybody(**args: Any) -> Line:
    """Whoever has signed in."""
    return Line(200, args=args)


def of_group(**args: Any) -> Line:
    """The people of the group; to everybody else it is not there."""
    return Line(404, {200: GROUP}, args)


def staff(**args: Any) -> Line:
    """Every duty among the people who run the funding, wherever it is held."""
    return Line(200, {403: GROUPISH}, args)


def here(**args: Any) -> Line:
    """The same, in the partnership whose it is; in another one it is not there."""
    return Line(200, {403: GROUPISH, 404: (ELSEWHERE,)}, args)


def only(*who: str, **args: Any) -> Line:
    """These; anybody else is told who could."""
    return Line(403, {200: who}, args)


def with_readers(**args: Any) -> Line:
    """The group's people, those who only look and comment among them."""
    return Line(404, {200: (*GROUP, *BESIDE)}, args)


def drafted(**args: Any) -> Line:
    """A page of a draft: for those who write; those who look are led to where they can read it."""
    return Line(404, {200: GROUP, 303: BESIDE}, {"ref": "full", **args})


def panel(**args: Any) -> Line:
    """Those who read bids and decide them."""
    return Line(404, {200: (MEMBER, CHAIR, MINUTES, OFFICER, AUDITOR), 403: GROUPISH}, args)


def hidden_from_strangers(**args: Any) -> Line:
    """The group's people and the partnership's."""
    return Line(200, {404: (*BESIDE, NOBODY, ELSEWHERE, OTHER_GROUP)}, args)


def of_finance(**args: Any) -> Line:
    """Those who look after or audit the pot's money; to everybody else it is not there."""
    return Line(404, {200: (FINANCE, APPROVER, CHIEF, AUDITOR), 403: GROUPISH}, args)


def of_the_list() -> Line:
    """The group's people, and the officers who help them; whoever else may read what groups keep is told who could."""
    return Line(404, {200: (*GROUP, OFFICER, ELSEWHERE), 403: (FINANCE, APPROVER, CHIEF, AUDITOR)}, {"ref": "document"})


EXPECTED: dict[str, Line] = {
    # the open web
    "public.start": public(),
    "public.accessibility": public(),
    "public.data": public(),
    "rounds.index": public(),
    "track.show": public(),
    "rounds.show": public(ref="taking"),
    "easy_read.choose": public(),
    "rounds.check": public(ref="taking"),
    "rounds.start": public(303, ref="taking"),  # nothing was said yet: to the page that asks
    "find.ask": public(),
    "find.results": public(303),
    "alerts.ask": public(),
    "alerts.confirm": public(410, link="=no-such-link"),
    "alerts.stop": public(link="=no-such-link"),
    "blank_forms.form": public(ref="taking", ending="=pdf"),
    "look.brand": public(),
    "look.fetched": public(404, filename="=nothing.css"),
    "static": public(filename="=house.css"),
    "health.healthz": public(),
    "health.readyz": public(),
    "sign_in.show": Line(SIGN_IN, out=200),  # whoever is in already goes to their own page
    "sign_in.email": public(),
    "sign_in.code": public(303),  # nothing was asked for: to the page that asks
    "sign_in.register": public(),
    "sign_in.register_code": public(303),
    "sign_in.link": public(410, token="=no-such-link"),
    "sign_in.take_over": public(),
    "sign_in.take_over_code": public(303),
    "hosting.asked": public(404, link="=no-such-link"),
    # one's own
    "home.show": anybody(),
    "search.show": anybody(),
    "people.account": anybody(),
    "sign_in.held": Line(303),  # nothing was held: home
    "rounds.apply": anybody(ref="taking"),
    # groups
    "applications.index": anybody(),
    "applications.show": with_readers(ref="draft"),
    "applications.check": with_readers(ref="draft"),
    "applications.comment": with_readers(ref="draft", part="section"),
    "applications.sent": Line(404, {302: (*GROUP, *BESIDE)}, {"ref": "draft"}),  # not sent yet
    "applications.submit": Line(404, {302: (*GROUP, *BESIDE)}, {"ref": "draft"}),  # to the check page, where the button is
    "applications.withdraw": Line(404, {200: GROUP, 403: BESIDE}, {"ref": "draft"}),
    "drafts.costs": drafted(),
    "drafts.place": drafted(),
    "drafts.outcomes": drafted(),
    "drafts.people": drafted(),
    "drafts.milestones": drafted(),
    "drafts.documents": drafted(),
    "drafts.questions": drafted(section="=money"),
    "after.receipt": with_readers(ref="sent"),
    "after.answer": with_readers(ref="sent", question="question"),
    "after.review": Line(404, {302: (*GROUP, *BESIDE)}, {"ref": "sent"}),  # not decided yet
    "after.took": with_readers(ref="sent"),
    "my_awards.accept": Line(404, {200: (CERTIFIER,), 403: (APPLICANT,)}, {"ref": "offer"}),
    "my_awards.decline": Line(404, {200: (CERTIFIER,), 403: (APPLICANT,)}, {"ref": "offer"}),
    "groups.profile": Line(
        403, {200: (*GROUP, OFFICER, ADMINISTRATOR, ELSEWHERE, EVERYWHERE), 404: (NOBODY, OTHER_GROUP)}, {"ref": "group"}
    ),
    "groups.members": Line(
        403,
        {
            200: (*GROUP, *BESIDE, OFFICER, AUDITOR, ADMINISTRATOR, ELSEWHERE, EVERYWHERE),
            404: (NOBODY, OTHER_GROUP),
        },
        {"ref": "group"},
    ),
    "groups.invite": Line(403, {200: (*GROUP, EVERYWHERE), 404: (NOBODY, OTHER_GROUP)}, {"ref": "group"}),
    "groups.change": Line(
        403, {200: (CERTIFIER, EVERYWHERE), 404: (NOBODY, OTHER_GROUP)}, {"ref": "group", "person": "applicant"}
    ),
    "hosting.ask": Line(404, {303: GROUP}, {"ref": "draft"}),  # it was asked: to its page
    "hosting.show": Line(200, {404: (NOBODY,)}, {"ref": "hosting"}),
    "hosting.end": Line(403, {200: GROUP, 404: (NOBODY,)}, {"ref": "hosting"}),
    "hosting.answer": Line(404, {200: (OTHER_GROUP,)}, {"ref": "hosting"}),
    "hosting.answer_link": Line(404, {}, {"link": "=no-such-link"}),
    "takeovers.index": Line(403, {200: (OFFICER, AUDITOR, ADMINISTRATOR, ELSEWHERE, EVERYWHERE)}, {}),
    "takeovers.show": Line(404, {200: (NOBODY, OFFICER, AUDITOR, ADMINISTRATOR, ELSEWHERE, EVERYWHERE)}, {"ref": "takeover"}),
    "takeovers.agree": Line(404, {403: (NOBODY, AUDITOR)}, {"ref": "takeover"}),  # no group was chosen
    "takeovers.refuse": Line(
        404, {200: (OFFICER, ADMINISTRATOR, ELSEWHERE, EVERYWHERE), 403: (NOBODY, AUDITOR)}, {"ref": "takeover"}
    ),
    "takeovers.object_to": Line(
        404, {403: (NOBODY, OFFICER, AUDITOR, ADMINISTRATOR, ELSEWHERE, EVERYWHERE)}, {"ref": "takeover"}
    ),
    # both sides
    "awards.index": anybody(),
    "awards.show": hidden_from_strangers(ref="award"),
    "awards.letter": hidden_from_strangers(ref="award"),
    "reports.show": hidden_from_strangers(ref="owed"),
    "organisations.show": Line(200, {404: (NOBODY, OTHER_GROUP)}, {"ref": "group"}),
    # rounds, bids, panel
    "question_sets.index": staff(),
    "question_sets.new": only(OFFICER, ELSEWHERE),
    "question_sets.show": staff(ref="set"),
    "question_sets.preview": staff(ref="set"),
    "question_sets.draft": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.title": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.new_page": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.page": only(OFFICER, ELSEWHERE, ref="writing", key="=plan"),
    "question_sets.add": only(OFFICER, ELSEWHERE, ref="writing", key="=plan"),
    "question_sets.new_question": Line(403, {302: (OFFICER, ELSEWHERE)}, {"ref": "writing", "key": "=plan"}),  # of no kind
    "question_sets.question": only(OFFICER, ELSEWHERE, ref="writing", key="=safe"),
    "question_sets.kind": only(OFFICER, ELSEWHERE, ref="writing", key="=safe"),
    "question_sets.remove": only(OFFICER, ELSEWHERE, ref="writing", what="=question", key="=safe"),
    "question_sets.when": only(OFFICER, ELSEWHERE, ref="writing", what="=question", key="=safe"),
    "question_sets.test": Line(
        403,
        {302: (OFFICER, ELSEWHERE)},
        {"ref": "writing", "what": "=question", "key": "=safe"},  # of nothing
    ),
    "question_sets.calculation": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.check": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.remove_sum": only(OFFICER, ELSEWHERE, ref="writing", what="=calculation", key="=all-money"),
    "question_sets.languages": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.words": only(OFFICER, ELSEWHERE, ref="writing", language="=cy", what="=question", key="=safe"),
    "question_sets.publish": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.put_away": only(OFFICER, ELSEWHERE, ref="writing"),
    "question_sets.preview_draft": only(OFFICER, ELSEWHERE, ref="writing"),
    "staff_rounds.index": staff(),
    "staff_rounds.new": only(OFFICER, ELSEWHERE),
    "staff_rounds.show": here(ref="planned"),
    "staff_rounds.open_": here(ref="planned"),
    "staff_rounds.give_back": Line(302, {403: GROUPISH, 404: (ELSEWHERE,)}, {"ref": "planned"}),  # not decided yet
    "staff_rounds.copy": here(ref="planned"),
    "staff_rounds.permit": Line(403, {200: (OFFICER,), 404: (ELSEWHERE,)}, {"ref": "taking"}),
    "round_terms.show": Line(403, {200: (OFFICER,), 404: (ELSEWHERE,)}, {"ref": "planned", "part": "=sizes"}),
    "rehearsal.preview": here(ref="planned"),
    "rehearsal.rehearse": Line(403, {200: (OFFICER,), 404: (ELSEWHERE,)}, {"ref": "planned"}),
    "exceptions.make": Line(404, {403: (*GROUPISH, MEMBER, CHAIR, MINUTES, AUDITOR)}, {"ref": "bid", "rule": "=limit-1"}),
    "exceptions.place": Line(404, {403: (*GROUPISH, MEMBER, CHAIR, MINUTES, AUDITOR)}, {"ref": "bid"}),  # no parts
    "staff_rounds.close": Line(302, {403: GROUPISH, 404: (ELSEWHERE,)}, {"ref": "scoring"}),  # closed already
    "assessment.index": staff(),
    "assessment.show": Line(404, {403: GROUPISH}, {"ref": "view"}),  # the assessor's own, who is none of these
    "assessment.declare": Line(404, {403: GROUPISH}, {"ref": "view"}),
    "assessment.assign": panel(ref="bid"),
    "bids.show": panel(ref="bid"),
    "bid_deeds.ask": panel(ref="bid"),
    "bid_deeds.reopen": panel(ref="bid"),
    "bid_deeds.second_stage": panel(ref="bid"),
    "bid_deeds.changes": panel(ref="bid"),
    "bid_deeds.feedback": panel(ref="bid"),
    "bid_deeds.second_look": Line(404, {302: (MEMBER, CHAIR, MINUTES, OFFICER, AUDITOR), 403: GROUPISH}, {"ref": "bid"}),
    "assisted.new": here(ref="taking"),
    "assisted.read_back": Line(404, {200: (OFFICER,), 403: GROUPISH}, {"ref": "typed"}),
    "panel.index": staff(),
    "panel.show": panel(ref="panel"),
    "panel.decide": panel(ref="panel", bid_ref="heard"),
    "panel.confirm": panel(ref="panel"),
    "panel.convene": Line(403, {200: (CHAIR, OFFICER), 404: (ELSEWHERE,)}, {"ref": "scoring"}),
    "awards.make": Line(404, {200: (OFFICER,), 403: (*GROUPISH, MEMBER, CHAIR, MINUTES, AUDITOR)}, {"ref": "decision"}),
    # money
    "position.show": staff(),
    "position.download": staff(format="=csv"),
    "position.behind": here(pot="pot", column="=free"),
    "position.priorities": staff(),
    "position.path": here(ref="award"),
    "streams.index": staff(),
    "streams.show": here(ref="stream"),
    "streams.open_pot": here(ref="stream"),
    "streams.pot": here(ref="pot"),
    "passporting.protect": here(ref="pot"),
    "passporting.index": staff(),
    "passporting.show": here(ref="commitment"),
    "passporting.amount": here(ref="commitment"),
    "passporting.consult": here(ref="commitment"),
    "passporting.review": here(ref="commitment"),
    "passporting.offer": here(ref="commitment"),
    "passporting.protect_year": here(ref="several", year="=2027"),
    "passporting.decide_year": here(ref="several", year="=2027"),
    "pots.open_line": here(ref="pot"),
    "pots.set_terms": here(ref="pot"),
    "pots.pledge": here(ref="pot"),
    "pots.withdraw": here(ref="contribution"),
    "pots.close": here(ref="pot"),
    "pots.make_pool": here(ref="pot"),
    "pots.pool": here(ref="pool"),
    "pots.exclude": here(ref="stream"),
    "pots.copy_stream": here(ref="stream", year=2026),
    "pots.copy_year": here(ref="partnership", year=2026),
    "shared.show": here(ref="pot"),
    "shared.propose": here(ref="pot"),
    "shared.resolve": here(ref="use"),
    "shared.carry_out": here(ref="use"),
    "mainstream.index": staff(),
    "mainstream.add": only(FINANCE, LEAD),
    "agreements.index": staff(),
    "agreements.new": staff(),
    "agreements.show": here(ref="funding"),
    "agreements.amend": here(ref="funding"),
    "agreements.change_funder": here(ref="funding"),
    "agreements.allocate": here(ref="funding"),
    "agreements.attach": here(ref="funding"),
    "agreements.condition": here(ref="funding"),
    "agreements.meet": here(ref="funding", number=1),
    "agreements.document": here(ref="funding"),
    "agreements.signature": here(ref="funding"),
    "agreements.sign": here(ref="funding", number=1),
    "agreements.allocate_pot": here(ref="pot"),
    "agreements.allocation": here(ref="allocation"),
    "agreements.advance": here(ref="allocation"),
    "agreements.expect": here(ref="allocation"),
    "agreements.payment": here(ref="owed by the funder"),
    "agreements.change_expected": here(ref="owed by the funder"),
    "agreements.drop": here(ref="owed by the funder"),
    "agreements.undo": here(ref="owed by the funder"),
    "agreements.invoice": here(ref="owed by the funder"),
    "agreements.receive": here(ref="owed by the funder"),
    "agreements.shortfall": here(ref="shortfall"),
    "agreements.settle": here(ref="shortfall"),
    "spending_plans.index": here(ref="funding"),
    "spending_plans.new": here(ref="funding"),
    "spending_plans.show": here(ref="plan"),
    "spending_plans.lines": here(ref="plan draft"),
    "spending_plans.resolve": here(ref="plan draft"),
    "spending_plans.send": here(ref="plan draft"),
    "spending_plans.answer": here(ref="plan draft"),
    "spending_plans.let_stand": here(ref="plan draft"),
    "spending_plans.give_up": here(ref="plan draft"),
    "spending_plans.write": here(ref="plan", through="quarter"),
    "spending_plans.update": here(ref="plan update"),
    "spending_plans.place_award": here(ref="award"),
    "own_spend.index": staff(),
    "own_spend.new": here(ref="pot"),
    "own_spend.show": here(ref="own spend"),
    "own_spend.commit": here(ref="own spend planned"),
    "own_spend.cancel": here(ref="own spend planned"),
    "own_spend.change": here(ref="own spend"),
    "own_spend.charge": here(ref="own spend"),
    "own_spend.close": here(ref="own spend"),
    "own_spend.place": here(ref="own spend"),
    "own_spend.upload": here(ref="own spend"),
    "own_spend.reverse": here(ref="charge"),
    "changes.index": only(FINANCE, APPROVER, CHIEF, AUDITOR),
    "changes.choose": only(FINANCE, APPROVER, CHIEF, AUDITOR),
    "changes.ask": only(FINANCE, APPROVER, CHIEF, AUDITOR, kind="=virement", ref="pot"),
    "changes.show": of_finance(ref="change"),
    "changes.approve": of_finance(ref="change"),
    "changes.refuse": of_finance(ref="change"),
    "authorities.index": only(FINANCE, APPROVER, CHIEF, AUDITOR),
    "authorities.ask": only(FINANCE, APPROVER, CHIEF, AUDITOR, ref="pot"),
    "authorities.show": of_finance(ref="authority"),
    "authorities.approve": of_finance(ref="authority"),
    "authorities.refuse": of_finance(ref="authority"),
    "authorities.end": of_finance(ref="authority"),
    "payments.index": staff(),
    "payments.show": here(ref="payment"),
    "payments.approve": here(ref="payment"),
    "payments.paid": here(ref="payment"),
    "payments.refuse": here(ref="payment"),
    "payments.raise_": here(ref="instalment"),
    "report_checks.answer": here(ref="report"),
    # plans and places
    "strategies.index": staff(),
    "strategies.show": here(ref="strategy"),
    "strategies.target_table": here(ref="strategy"),
    "strategies.priority": here(ref="priority"),
    "strategies.indicator": here(ref="indicator"),
    "partnerships.index": staff(),
    "partnerships.show": here(ref="partnership"),
    "places.index": staff(),
    "places.show": here(ref="locality"),
    "places.wards": here(ref="partnership"),
    # people and the system
    "people.index": only(ADMINISTRATOR, AUDITOR, EVERYWHERE),
    "people.add": only(EVERYWHERE),
    "people.show": Line(404, {200: (ADMINISTRATOR, AUDITOR, EVERYWHERE, ASSESSOR)}, {"ref": "person"}),
    "people.give": Line(404, {200: (ADMINISTRATOR, EVERYWHERE), 403: (*GROUPISH, AUDITOR, ASSESSOR)}, {"ref": "person"}),
    "people.end": Line(
        404, {200: (ADMINISTRATOR, EVERYWHERE), 403: (*GROUPISH, AUDITOR, ASSESSOR)}, {"ref": "person", "number": 1}
    ),
    "people.deputy": Line(
        404,
        {200: (FINANCE, ADMINISTRATOR, EVERYWHERE), 403: (*GROUPISH, AUDITOR)},
        {"ref": "financier", "number": 1},
    ),
    "people.delegation_table": staff(),
    "people.change_delegation": here(ref="partnership"),
    "organisations.index": staff(),
    "documents.index": only(APPLICANT, CERTIFIER, OTHER_GROUP),
    "documents.new": only(APPLICANT, CERTIFIER, OTHER_GROUP),
    "documents.show": Line(404, {200: (*GROUP, OFFICER, FINANCE, APPROVER, CHIEF, AUDITOR, ELSEWHERE)}, {"ref": "document"}),
    "documents.replace": of_the_list(),
    "documents.remove": of_the_list(),
    "outbox.show": only(EVERYWHERE),  # the auditor of this world is one partnership's
    "history.show": Line(
        403,
        {200: (OFFICER, FINANCE, APPROVER, CHIEF, AUDITOR, ADMINISTRATOR, EVERYWHERE), 404: (ELSEWHERE,)},
        {"ref": "award"},
    ),
}

# Who may do it: a POST of anybody else changes nothing. Of routes that only take POSTs, the path's parts.
MAY: dict[str, tuple[str, ...]] = {
    "sign_in.show": (),
    "sign_in.email": (),
    "sign_in.code": (),
    "sign_in.register": (),
    "sign_in.register_code": (),
    "sign_in.take_over": (),
    "sign_in.take_over_code": (),
    "sign_in.link": (),
    "sign_in.forget": (),
    "sign_in.out": WHO,
    "easy_read.choose": (),  # a cookie, and nothing of ours
    "people.account": (),  # nothing changes without a new password
    "rounds.apply": GROUP,
    "rounds.check": (),  # nothing is kept
    "rounds.start": (),
    "find.ask": (),
    "alerts.ask": (),
    "alerts.confirm": (),
    "alerts.stop": (),
    "applications.comment": (*GROUP, ADVISER),
    "applications.copy": (),  # there is nothing to copy
    "applications.settle": (),  # nobody has commented
    "applications.submit": GROUP,
    "applications.withdraw": GROUP,
    **{f"drafts.{page}": GROUP for page in ("costs", "place", "questions", "outcomes", "people", "milestones", "documents")},
    "my_awards.accept": (CERTIFIER,),
    "my_awards.decline": (CERTIFIER,),
    "documents.new": (),  # nothing without a file
    "documents.replace": (),
    "documents.remove": (*GROUP, OFFICER, ELSEWHERE),
    "groups.profile": (*GROUP, OFFICER, ADMINISTRATOR, ELSEWHERE, EVERYWHERE),
    "groups.invite": (*GROUP, EVERYWHERE),
    "groups.change": (CERTIFIER, EVERYWHERE),
    "groups.end": (*GROUP, EVERYWHERE),  # the applicant in hand leaves
    "hosting.ask": GROUP,
    "hosting.end": GROUP,
    "hosting.answer": (),
    "hosting.answer_link": (),
    "takeovers.agree": (),
    "takeovers.refuse": (OFFICER, ADMINISTRATOR, ELSEWHERE, EVERYWHERE),
    "takeovers.object_to": (),
    "reports.show": GROUP,
    "after.answer": GROUP,
    "after.review": (),
    "after.took": GROUP,
    "bid_deeds.ask": (OFFICER,),
    "bid_deeds.reopen": (OFFICER,),
    "bid_deeds.second_stage": (OFFICER,),
    "bid_deeds.feedback": (OFFICER,),
    "bid_deeds.second_look": (),
    "assisted.new": (OFFICER,),
    "assisted.read_back": (OFFICER,),
    "question_sets.new_version": (OFFICER, ELSEWHERE),
    "question_sets.preview": HERE,  # changes nothing
    "question_sets.new": (OFFICER, ELSEWHERE),
    "question_sets.draft": (OFFICER, ELSEWHERE),
    "question_sets.title": (OFFICER, ELSEWHERE),
    "question_sets.new_page": (OFFICER, ELSEWHERE),
    "question_sets.page": (OFFICER, ELSEWHERE),
    "question_sets.add": (OFFICER, ELSEWHERE),
    "question_sets.new_question": (OFFICER, ELSEWHERE),
    "question_sets.question": (OFFICER, ELSEWHERE),
    "question_sets.kind": (OFFICER, ELSEWHERE),
    "question_sets.remove": (OFFICER, ELSEWHERE),
    "question_sets.when": (OFFICER, ELSEWHERE),
    "question_sets.test": (OFFICER, ELSEWHERE),
    "question_sets.calculation": (OFFICER, ELSEWHERE),
    "question_sets.check": (OFFICER, ELSEWHERE),
    "question_sets.remove_sum": (OFFICER, ELSEWHERE),
    "question_sets.languages": (OFFICER, ELSEWHERE),
    "question_sets.words": (OFFICER, ELSEWHERE),
    "question_sets.publish": (OFFICER, ELSEWHERE),
    "question_sets.put_away": (OFFICER, ELSEWHERE),
    "question_sets.preview_draft": (OFFICER, ELSEWHERE),
    "staff_rounds.new": (OFFICER, ELSEWHERE),
    "staff_rounds.open_": (OFFICER,),
    "staff_rounds.give_back": (OFFICER,),
    "staff_rounds.close": (OFFICER,),
    "staff_rounds.copy": (OFFICER,),
    "staff_rounds.announce": (OFFICER,),
    "staff_rounds.permit": (OFFICER,),
    "round_terms.show": (OFFICER,),
    "rehearsal.rehearse": (OFFICER,),
    "rehearsal.purge": (OFFICER,),
    "exceptions.make": (OFFICER,),
    "exceptions.place": (OFFICER,),
    "assessment.show": (),
    "assessment.declare": (),
    "assessment.assign": (OFFICER,),
    "panel.decide": (MEMBER, CHAIR, MINUTES, OFFICER),
    "panel.confirm": (CHAIR,),
    "panel.convene": (CHAIR, OFFICER),
    "awards.make": (OFFICER,),
    "awards.lapse": (OFFICER,),
    "streams.open_pot": (FINANCE,),
    "passporting.protect": (FINANCE,),
    "passporting.amount": (FINANCE,),
    "passporting.consult": (OFFICER, FINANCE, LEAD),
    "passporting.review": (OFFICER, FINANCE),
    "passporting.offer": (OFFICER,),
    "passporting.give_back": (FINANCE,),
    "passporting.protect_year": (FINANCE,),
    "passporting.decide_year": (OFFICER, FINANCE),
    "pots.open_line": (FINANCE,),
    "pots.set_terms": (FINANCE,),
    "pots.pledge": (FINANCE,),
    "pots.withdraw": (FINANCE,),
    "pots.close": (FINANCE,),
    "pots.make_pool": (FINANCE,),
    "pots.exclude": (FINANCE,),
    "pots.copy_stream": (FINANCE,),
    "pots.copy_year": (FINANCE,),
    "shared.propose": (FINANCE,),
    "shared.resolve": (FINANCE, MINUTES),
    "shared.carry_out": (FINANCE,),
    "mainstream.add": (FINANCE, LEAD),
    "agreements.new": (FINANCE,),
    "agreements.amend": (FINANCE,),
    "agreements.change_funder": (FINANCE,),
    "agreements.change_expected": (FINANCE,),
    "agreements.drop": (FINANCE,),
    "agreements.undo": (FINANCE,),
    "agreements.allocate": (FINANCE,),
    "agreements.attach": (FINANCE,),
    "agreements.condition": (FINANCE,),
    "agreements.meet": (FINANCE,),
    "agreements.document": (FINANCE,),
    "agreements.signature": (FINANCE,),
    "agreements.sign": (FINANCE,),
    "agreements.allocate_pot": (FINANCE,),
    "agreements.advance": (FINANCE,),
    "agreements.expect": (FINANCE,),
    "agreements.invoice": (FINANCE,),
    "agreements.receive": (FINANCE,),
    "agreements.settle": (FINANCE, CHIEF),
    **{f"spending_plans.{step}": (FINANCE,) for step in ("new", "lines", "resolve", "send", "answer", "give_up", "write")},
    "spending_plans.let_stand": (APPROVER, CHIEF),
    "spending_plans.place_award": (OFFICER, FINANCE),
    **{f"own_spend.{step}": (FINANCE,) for step in ("new", "cancel", "charge", "close", "place", "upload", "reverse")},
    "own_spend.commit": (APPROVER, CHIEF),
    "own_spend.change": (FINANCE, APPROVER, CHIEF),
    "changes.choose": (),
    "changes.ask": (FINANCE, CHIEF),
    "changes.approve": (APPROVER, CHIEF),
    "changes.refuse": (APPROVER, CHIEF),
    "changes.withdraw": (FINANCE,),
    "authorities.ask": (FINANCE, CHIEF),
    "authorities.approve": (CHIEF,),
    "authorities.refuse": (APPROVER, CHIEF),
    "authorities.end": (FINANCE, CHIEF),
    "payments.raise_": (FINANCE,),
    "payments.approve": (APPROVER, CHIEF),
    "payments.paid": (FINANCE,),
    "payments.refuse": (FINANCE, APPROVER, CHIEF),
    "report_checks.answer": (OFFICER,),
    "people.add": (EVERYWHERE,),
    "people.give": (ADMINISTRATOR, EVERYWHERE),
    "people.end": (ADMINISTRATOR, EVERYWHERE),
    "people.deputy": (FINANCE, ADMINISTRATOR, EVERYWHERE),
    "people.end_deputy": (APPROVER, OFFICER, ADMINISTRATOR, EVERYWHERE),
    "people.change_delegation": (CHIEF,),
    "places.wards": (OFFICER, ADMINISTRATOR, EVERYWHERE),
    "people.stop": (EVERYWHERE,),
    "people.reopen": (EVERYWHERE,),
    "outbox.again": (EVERYWHERE,),
}
POST_ONLY: dict[str, dict[str, Any]] = {
    "sign_in.forget": {},
    "sign_in.out": {},
    "question_sets.new_version": {"ref": "set"},
    "awards.lapse": {"ref": "offer"},
    "staff_rounds.announce": {"ref": "planned"},
    "rehearsal.purge": {"ref": "planned"},
    "applications.copy": {"ref": "draft"},
    "applications.settle": {"ref": "draft", "part": "section", "remark": "=RMK-26-00001"},
    "passporting.give_back": {"ref": "commitment"},
    "groups.end": {"ref": "group", "person": "applicant"},
    "changes.withdraw": {"ref": "change"},
    "people.end_deputy": {"ref": "deputy", "number": 2},
    "people.stop": {"ref": "person"},
    "people.reopen": {"ref": "person"},
    "outbox.again": {},
}
OPEN_POSTS = {
    "sign_in.show",
    "sign_in.email",
    "sign_in.code",
    "sign_in.register",
    "sign_in.register_code",
    "easy_read.choose",
    "sign_in.take_over",
    "sign_in.take_over_code",
    "sign_in.link",
    "sign_in.out",
    "rounds.check",
    "rounds.start",
    "find.ask",
    "alerts.ask",
    "alerts.confirm",
    "alerts.stop",
}


class World(NamedTuple):
    """One application over one database, everybody signed in once, and the references that paths are made of."""

    app: Flask
    browsers: dict[str, Browser]
    out: Browser
    refs: dict[str, str]


@pytest.fixture(scope="module")
def world(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("walk")
    shutil.copy(empty_sqlite, place / "grants.db")
    app = create_app(settings_for(place, mail_server="mail.example.org"))
    with app.app_context():
        refs, people = _build()
        yield World(app, {name: Browser(app).sign_in(person) for name, person in people.items()}, Browser(app), refs)
        db.session.remove()
        db.engine.dispose()


def _build() -> tuple[dict[str, str], dict[str, Person]]:
    """One partnership with something in every state, and the people who look at it. References by the name EXPECTED uses."""
    group, other_group = an_organisation("Bridge"), an_organisation("Elsewhere")
    pot = a_funded_pot("200000")
    partnership = pot.stream.partnership

    planned = a_planned_round(pot=pot)
    taking = a_round(pot=pot)
    draft = a_complete_draft(round=taking, group=group)
    sent = a_submitted(round=a_round(pot=pot), group=group)
    question = after.ask(sent, question="How many?", due_on=clock.today() + timedelta(days=7), by=officer_of(taking))
    typed = assisted.assist(
        taking,
        organisation=an_organisation(),
        how=assisted.How.PAPER,
        speaker="The chair",
        consent="Yes",
        consent_on=clock.today(),
        by=officer_of(taking),
    )
    scoring, [bid] = a_round_of_bids("4000", pot=pot)
    view = assigned(bid)
    sitting, [heard] = a_round_of_bids("4000", pot=pot)
    scored(heard)
    panel = a_panel(sitting)
    decision = a_decision(pot=pot)
    offer = an_offer(decision=a_decision(pot=pot))
    agreement = an_agreement(decision=a_decision(pot=pot))
    report = a_sent(reports(agreement)[0])
    owed = reports(agreement)[1]
    payment = a_raised(first(agreement))
    aside = a_pot("5000", stream=a_stream(partnership=partnership))
    several = a_passported_award("1000", pot=aside, later_years=[(2027, Money.pounds("500"))])
    strategy = taking.strategy
    pooled = [a_pot(stream=a_stream(partnership=partnership)) for _n in range(2)]

    here = {duty.value: a_person(duty, organisation=agreement.organisation, partnership=partnership) for duty in Duty}
    # Two groups' people at once: whoever applied for the award also holds the draft and the offer.
    for duty in (*GROUP, *BESIDE):
        for one in (group, offer.organisation):
            commands.give_duty(here[duty], duty=duty, organisation=one, starts_on=LONG_AGO, by=an_administrator())
    people = here | {
        NOBODY: a_person(),
        ELSEWHERE: a_person(OFFICER, partnership=a_partnership()),
        OTHER_GROUP: a_person(APPLICANT, CERTIFIER, organisation=other_group),
        EVERYWHERE: a_person(ADMINISTRATOR),
    }
    approvers = people[APPROVER].holdings[0]
    coming = {"starts_on": clock.today() + timedelta(days=10), "ends_on": clock.today() + timedelta(days=20)}
    host, email = people[OTHER_GROUP].holdings[0].organisation, people[OTHER_GROUP].email
    hosting = notices.ask_host(group, about=draft.ref, host_name=host.name, host_email=email, by=people[APPLICANT])
    deputies.name_deputy(approvers, deputy=people[OFFICER], **coming, reason="annual leave", by=people[APPROVER])
    return {
        "change": a_virement(aside, pot, "100", by=people[FINANCE]).ref,
        "authority": asked_authority(pot, "100", by=people[FINANCE]).ref,
        "financier": people[FINANCE].ref,
        "deputy": people[OFFICER].ref,
        "group": group.ref,
        "document": a_filed(group, by=people[APPLICANT]).document.ref,
        "hosting": hosting.ref,
        "takeover": a_takeover(people[NOBODY]).ref,
        "person": people[ASSESSOR].ref,
        "applicant": people[APPLICANT].ref,
        "partnership": partnership.ref,
        "pot": pot.ref,
        "pool": pools.make_pool(pooled[0], others=pooled[1:], name="Together", by=people[FINANCE]).ref,
        "contribution": a_pledge(pot).ref,
        "use": a_use(pot).ref,
        "stream": pot.stream.ref,
        "commitment": a_commitment(pot=aside).ref,
        "several": several.ref,
        "strategy": strategy.ref,
        "priority": priorities_of(taking)[0].ref,
        "indicator": agreement.targets[0].indicator.ref,
        "locality": a_place(partnership=partnership).ref,
        "set": planned.question_set.ref,
        "writing": question_sets.start_draft(title="New set", document=ready("local_fund"), by=people[OFFICER]).ref,
        "planned": planned.ref,
        "taking": taking.ref,
        "scoring": scoring.ref,
        "draft": draft.ref,
        "full": a_full_draft(group=group, by=people[APPLICANT]).ref,
        "section": draft.round.question_set.document["sections"][0]["key"],
        "bid": bid.ref,
        "heard": heard.ref,
        "sent": sent.ref,
        "question": question.ref,
        "typed": typed.ref,
        "view": view.ref,
        "panel": panel.ref,
        "decision": decision.ref,
        "offer": offer.ref,
        "award": agreement.ref,
        "instalment": agreement.instalments[1].ref,
        "report": report.ref,
        "owed": owed.ref,
        "payment": payment.ref,
        **a_funding(partnership),
        **a_plan_and_spend(partnership),
    }, people


def _path(world: World, endpoint: str, args: dict[str, Any]) -> str:
    """A value is a reference of the world by its name, or itself after '='."""
    values = {
        name: one[1:] if isinstance(one, str) and one[:1] == "=" else world.refs.get(one, one) for name, one in args.items()
    }
    adapter = world.app.url_map.bind("localhost")
    return adapter.build(endpoint, values)


def test_every_route_is_declared_and_no_line_is_stale(world: World) -> None:
    looked = {rule.endpoint for rule in world.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    done = {rule.endpoint for rule in world.app.url_map.iter_rules() if "POST" in (rule.methods or ())}

    assert looked == set(EXPECTED)
    assert done == set(MAY)
    assert done - looked == set(POST_ONLY)


def test_only_known_methods_are_taken(world: World) -> None:
    assert {m for rule in world.app.url_map.iter_rules() for m in rule.methods or ()} == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.fixture
def written() -> Iterator[list[str]]:
    """Every statement that writes."""
    made: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _WRITES.search(statement) and not statement.lstrip().upper().startswith("SELECT"):
            made.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield made
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("who", WHO)
def test_looking_is_answered_as_the_table_says_and_writes_nothing(world: World, who: str, written: list[str]) -> None:
    got, said = {}, {}
    for endpoint, line in EXPECTED.items():
        got[endpoint] = world.browsers[who]._open("GET", _path(world, endpoint, line.args)).status_code
        said[endpoint] = next((status for status, names in line.said.items() if who in names), line.others)

    assert got == said
    assert written == []


def test_whoever_is_signed_out_is_sent_to_sign_in(world: World, written: list[str]) -> None:
    got, said = {}, {}
    for endpoint, line in EXPECTED.items():
        path = _path(world, endpoint, line.args)
        response = world.out._open("GET", path)
        got[endpoint] = (response.status_code, "/sign-in?next=" in (response.location or ""))
        said[endpoint] = (line.out, (line.out == SIGN_IN and line.others != 303) or endpoint in ("home.show", "sign_in.held"))

    assert got == said
    assert written == []


def _events() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Event)) or 0


@pytest.mark.parametrize("who", WHO)
def test_what_somebody_may_not_do_changes_nothing(world: World, who: str) -> None:
    before, answers = _events(), {}
    for endpoint, may in MAY.items():
        if who not in may:
            args = POST_ONLY.get(endpoint) or (EXPECTED[endpoint].args if endpoint in EXPECTED else {})
            answers[endpoint] = world.browsers[who].post(_path(world, endpoint, args)).status_code

    assert _events() == before, answers
    assert {endpoint: status for endpoint, status in answers.items() if status >= 500} == {}
    never_open = {
        e for e, line in EXPECTED.items() if next((s for s, n in line.said.items() if who in n), line.others) in (403, 404)
    }
    assert {e: answers[e] for e in never_open & set(answers) if answers[e] not in (403, 404)} == {}


@pytest.mark.parametrize("who", [EVERYWHERE, OFFICER, CERTIFIER])
def test_no_form_works_without_its_token(world: World, who: str) -> None:
    answers = {}
    for endpoint in MAY:
        args = POST_ONLY.get(endpoint) or (EXPECTED[endpoint].args if endpoint in EXPECTED else {})
        answers[endpoint] = world.browsers[who].post(_path(world, endpoint, args), token=False).status_code

    assert set(answers.values()) == {400}


def test_a_form_sent_signed_out_goes_to_sign_in_or_needs_its_token(world: World) -> None:
    before = _events()
    answers = {}
    for endpoint in MAY:
        args = POST_ONLY.get(endpoint) or (EXPECTED[endpoint].args if endpoint in EXPECTED else {})
        answers[endpoint] = world.out.post(_path(world, endpoint, args), token=False).status_code

    assert answers == {endpoint: 400 if endpoint in OPEN_POSTS else 303 for endpoint in MAY}
    assert _events() == before
