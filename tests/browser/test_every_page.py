"""Every page of the product in Chromium on a phone: those the journey does not meet are opened here, as somebody who may.

The list is held against the application's own routes, so a new page fails until it says where it is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from grants import create_app
from tests.browser.conftest import Phones, Visitor
from tests.browser.test_journey import LINK, STRANGER, YEAR
from tests.conftest import settings_for

OFFICER, FINANCE, APPROVER = "grants@demo.example", "finance@demo.example", "approver@demo.example"
ADMINISTRATOR, LEAD, AUDITOR = "administrator@demo.example", "theme@demo.example", "auditor@demo.example"
CHIEF = "chief.finance@demo.example"
BRIDGE_CHAIR, MEADOW = "bridge.chair@demo.example", "meadow@demo.example"
BRIDGE, SIGNAL, LANTERN = "bridge@demo.example", "signal@demo.example", "lantern@demo.example"
WELCOME, ASSESSOR, CHAIR, NOBODY = "welcome@demo.example", "assessor.two@demo.example", "chair@demo.example", ""

NO_PAGES = {
    "applications.submit",  # a GET of it goes to the check page
    "after.receipt", "awards.letter", "blank_forms.form", "documents.show", "position.download",  # files
    "look.brand", "look.fetched", "static",  # what pages are dressed in
    "health.healthz", "health.readyz",  # for a proxy
}  # fmt: skip

BY_HAND = {  # the tests below this list
    "alerts.confirm", "sign_in.email", "sign_in.code", "sign_in.held", "sign_in.take_over", "sign_in.take_over_code",
    "hosting.asked", "hosting.answer_link", "takeovers.object_to",
}  # fmt: skip

SET_UP = ("dates", "who", "sizes", "limits", "not-for", "questions", "priorities", "criteria", "words", "parts", "answers")

# The other pages, and pages the journey meets in another state. Who looks, and where.
LOOKED_AT = {
    "agreements.advance": [(FINANCE, "/allocations/ALC-26-00009/advance")],
    "agreements.allocate": [(FINANCE, "/agreements/AGR-26-00001/allocations/new")],
    "agreements.allocate_pot": [(FINANCE, "/pots/CSG-2027/allocations/new")],
    "agreements.allocation": [(FINANCE, "/allocations/ALC-26-00005"), (AUDITOR, "/allocations/ALC-26-00009")],
    "agreements.amend": [(FINANCE, "/agreements/AGR-26-00001/change")],
    "agreements.attach": [(FINANCE, "/agreements/AGR-26-00001/allocations/attach")],
    "agreements.change_funder": [(FINANCE, "/agreements/AGR-26-00001/funder")],
    "agreements.change_expected": [(FINANCE, "/funder-payments/FPY-26-00004/change")],
    "agreements.condition": [(FINANCE, "/agreements/AGR-26-00001/conditions/new")],
    "agreements.document": [(FINANCE, "/agreements/AGR-26-00001/documents/new")],
    "agreements.drop": [(FINANCE, "/funder-payments/FPY-26-00004/drop")],
    "agreements.expect": [(FINANCE, "/allocations/ALC-26-00005/payments/new")],
    "agreements.index": [(FINANCE, "/agreements"), (AUDITOR, "/agreements")],
    "agreements.invoice": [(FINANCE, "/funder-payments/FPY-26-00004/invoice")],
    "agreements.meet": [(FINANCE, "/agreements/AGR-26-00001/conditions/4/met")],
    "agreements.new": [(FINANCE, "/agreements/new")],
    "agreements.payment": [(FINANCE, "/funder-payments/FPY-26-00001"), (FINANCE, "/funder-payments/FPY-26-00004")],
    "agreements.receive": [(FINANCE, "/funder-payments/FPY-26-00004/receive")],
    "agreements.settle": [(FINANCE, "/shortfalls/SHF-26-00001/settle")],
    "agreements.shortfall": [(FINANCE, "/shortfalls/SHF-26-00001"), (APPROVER, "/shortfalls/SHF-26-00001")],
    "agreements.show": [(FINANCE, "/agreements/AGR-26-00001"), (APPROVER, "/agreements/AGR-26-00001")],
    "agreements.sign": [(FINANCE, "/agreements/AGR-26-00001/signatures/3/signed")],
    "agreements.signature": [(FINANCE, "/agreements/AGR-26-00001/signatures/new")],
    "agreements.undo": [(FINANCE, "/funder-payments/FPY-26-00001/undo")],
    "drafts.documents": [(OFFICER, "/applications/APP-26-00011/documents")],
    "drafts.milestones": [(OFFICER, "/applications/APP-26-00011/milestones")],
    "drafts.outcomes": [(OFFICER, "/applications/APP-26-00011/outcomes")],
    "drafts.people": [(OFFICER, "/applications/APP-26-00011/people")],
    "applications.comment": [(LANTERN, "/applications/APP-26-00002/comments/project")],
    "applications.show": [(LANTERN, "/applications/APP-26-00002"), (WELCOME, "/applications/APP-26-00007")],
    "documents.index": [(BRIDGE, "/documents"), (SIGNAL, "/documents")],
    "documents.new": [(BRIDGE, "/documents/new")],
    "documents.remove": [(BRIDGE, "/documents/DOC-26-00002/remove")],
    "documents.replace": [(BRIDGE, "/documents/DOC-26-00002/replace")],
    "applications.withdraw": [(WELCOME, "/applications/APP-26-00007/withdraw")],
    "after.answer": [(WELCOME, "/applications/APP-26-00007/questions-asked/CLA-26-00001"),
                     (WELCOME, "/applications/APP-26-00007/questions-asked/CLA-26-00002")],
    "after.review": [(SIGNAL, "/applications/APP-26-00004/second-look")],
    "after.took": [(WELCOME, "/applications/APP-26-00007/time")],
    "assisted.new": [(OFFICER, "/funding-rounds/RND-26-00005/assisted")],
    "assisted.read_back": [(OFFICER, "/applications/APP-26-00012/read-back")],
    "bid_deeds.ask": [(OFFICER, "/bids/APP-26-00007/ask")],
    "bid_deeds.changes": [(OFFICER, "/bids/APP-26-00007/changes")],
    "bid_deeds.feedback": [(OFFICER, "/bids/APP-26-00004/feedback")],
    "bid_deeds.reopen": [(OFFICER, "/bids/APP-26-00007/open-again")],
    "bid_deeds.second_look": [(OFFICER, "/bids/APP-26-00006/second-look")],
    "bid_deeds.second_stage": [(OFFICER, "/bids/APP-26-00007/second-stage")],
    "track.show": [(NOBODY, "/track"), (NOBODY, "/track?ref=APP-26-00007")],
    "assessment.show": [(ASSESSOR, "/assessments")],
    "awards.show": [(OFFICER, "/awards/AWD-26-00003"), (LANTERN, "/awards/AWD-26-00002")],
    "authorities.approve": [(CHIEF, "/authorities/AUT-26-00001/approve")],
    "authorities.ask": [(FINANCE, "/authorities/new/CSG-2026")],
    "authorities.end": [(FINANCE, "/authorities/AUT-26-00001/end")],
    "authorities.index": [(FINANCE, "/authorities"), (AUDITOR, "/authorities")],
    "authorities.refuse": [(CHIEF, "/authorities/AUT-26-00001/refuse")],
    "authorities.show": [(FINANCE, "/authorities/AUT-26-00001")],
    "bids.show": [(OFFICER, "/bids/APP-26-00001")],
    "changes.approve": [(APPROVER, "/changes/BCH-26-00002/approve"), (FINANCE, "/changes/BCH-26-00002/approve")],
    "changes.ask": [(FINANCE, "/changes/new/virement/CSG-2026"), (FINANCE, "/changes/new/line/CSG-2026")],
    "changes.choose": [(FINANCE, "/changes/new?pot=CSG-2026")],
    "changes.index": [(APPROVER, "/changes"), (AUDITOR, "/changes")],
    "changes.refuse": [(APPROVER, "/changes/BCH-26-00002/refuse")],
    "changes.show": [(FINANCE, "/changes/BCH-26-00002"), (AUDITOR, "/changes/BCH-26-00001")],
    "easy_read.choose": [(NOBODY, "/easy-read")],
    "groups.change": [(MEADOW, "/groups/demo_meadow/people/PER-26-00021")],
    "groups.invite": [(LANTERN, "/groups/demo_lantern/people/new")],
    "groups.members": [(WELCOME, "/groups/demo_welcome/people"), (OFFICER, "/groups/demo_welcome/people")],
    "groups.profile": [(WELCOME, "/groups/demo_welcome/profile"), (OFFICER, "/groups/demo_signal/profile")],
    "hosting.answer": [(BRIDGE_CHAIR, "/hostings/HST-26-00001/answer")],
    "hosting.ask": [(LANTERN, "/applications/APP-26-00002/host")],
    "hosting.end": [(WELCOME, "/hostings/HST-26-00001/end")],
    "hosting.show": [(WELCOME, "/hostings/HST-26-00001"), (BRIDGE_CHAIR, "/hostings/HST-26-00001")],
    "history.show": [(AUDITOR, "/history/AWD-26-00001")],
    "home.show": [(LEAD, "/home"), (AUDITOR, "/home"), (ADMINISTRATOR, "/home")],
    "my_awards.decline": [(SIGNAL, "/awards/AWD-26-00005/decline")],
    "organisations.index": [(ADMINISTRATOR, "/organisations")],
    "organisations.show": [(LANTERN, "/organisations/demo_lantern"), (ADMINISTRATOR, "/organisations/demo_lantern")],
    "own_spend.cancel": [(FINANCE, "/own-spend/OWN-26-00006/cancel")],
    "own_spend.change": [(FINANCE, "/own-spend/OWN-26-00001/change")],
    "own_spend.charge": [(FINANCE, "/own-spend/OWN-26-00001/charge")],
    "own_spend.close": [(FINANCE, "/own-spend/OWN-26-00001/close")],
    "own_spend.commit": [(APPROVER, "/own-spend/OWN-26-00006/commit"), (FINANCE, "/own-spend/OWN-26-00006/commit")],
    "own_spend.index": [(FINANCE, "/own-spend"), (AUDITOR, "/own-spend?year=2026/27")],
    "own_spend.new": [(FINANCE, "/pots/CSG-2026/own-spend/new")],
    "own_spend.place": [(FINANCE, "/own-spend/OWN-26-00001/plan-line")],
    "own_spend.reverse": [(FINANCE, "/charges/CHG-26-00001/reverse")],
    "own_spend.show": [(FINANCE, "/own-spend/OWN-26-00001"), (AUDITOR, "/own-spend/OWN-26-00005")],
    "own_spend.upload": [(FINANCE, "/own-spend/OWN-26-00005/list")],
    "panel.show": [(CHAIR, "/panels/PAN-26-00001")],
    "partnerships.index": [(LEAD, "/partnerships")],
    "partnerships.show": [(LEAD, "/partnerships/safer_stockport_partnership")],
    "payments.refuse": [(APPROVER, "/payments/PAY-26-00005/refuse")],
    "payments.show": [(FINANCE, "/payments/PAY-26-00006")],
    "people.account": [(LANTERN, "/account")],
    "people.add": [(ADMINISTRATOR, "/people/new")],
    "people.change_delegation": [(CHIEF, "/delegation/safer_stockport_partnership/change")],
    "people.delegation_table": [(LEAD, "/delegation"), (CHIEF, "/delegation")],
    "people.deputy": [(ADMINISTRATOR, "/people/PER-26-00003/duties/1/deputy")],
    "people.end": [(ADMINISTRATOR, "/people/PER-26-00003/duties/1/end")],
    "places.index": [(LEAD, "/places")],
    "places.show": [(LEAD, "/places/brinnington")],
    "places.wards": [(who, "/partnerships/safer_stockport_partnership/wards") for who in (OFFICER, LEAD)],
    "position.show": [(AUDITOR, "/position?year=2020/21")],
    "position.behind": [(AUDITOR, "/position/CSG-2026/passported")],
    "position.path": [(AUDITOR, "/path/AWD-26-00001"), (FINANCE, "/path/VCS-2026")],
    "alerts.ask": [(NOBODY, "/alerts")],
    "alerts.stop": [(NOBODY, "/alerts/stop/1-abc")],
    "find.ask": [(NOBODY, "/find")],
    "find.results": [(NOBODY, "/find/results?kind=charity&about=street&sought=1500&account=no")],
    "public.accessibility": [(NOBODY, "/accessibility")],
    "public.data": [(NOBODY, "/about-the-data")],
    "reports.show": [(LANTERN, "/reports/RPT-26-00003"), (BRIDGE, "/reports/RPT-26-00001")],
    "rounds.apply": [(SIGNAL, "/rounds/RND-26-00003/apply")],
    "sign_in.register": [(NOBODY, "/register")],
    "search.show": [(FINANCE, "/search?q=safer"), (LANTERN, "/search?q=lantern"), (LANTERN, "/search?q=nothing+of+the+kind")],
    "question_sets.show": [(OFFICER, "/question-sets/QST-26-00004"), (AUDITOR, "/question-sets/QST-26-00001")],
    "question_sets.preview": [(OFFICER, "/question-sets/QST-26-00004/preview")],
    "question_sets.index": [(OFFICER, "/question-sets")],
    "question_sets.new": [(OFFICER, "/question-sets/new")],
    "question_sets.draft": [(OFFICER, "/question-sets/drafts/QSD-26-00001")],
    "question_sets.title": [(OFFICER, "/question-sets/drafts/QSD-26-00001/title")],
    "question_sets.new_page": [(OFFICER, "/question-sets/drafts/QSD-26-00001/pages/new")],
    "question_sets.page": [(OFFICER, "/question-sets/drafts/QSD-26-00001/pages/plan")],
    "question_sets.add": [(OFFICER, "/question-sets/drafts/QSD-26-00001/pages/plan/add")],
    "question_sets.new_question": [(OFFICER, "/question-sets/drafts/QSD-26-00001/pages/plan/questions/new?kind=choices")],
    "question_sets.question": [(OFFICER, "/question-sets/drafts/QSD-26-00001/questions/safe")],
    "question_sets.kind": [(OFFICER, "/question-sets/drafts/QSD-26-00001/questions/safe/kind")],
    "question_sets.remove": [(OFFICER, "/question-sets/drafts/QSD-26-00001/remove/question/children")],
    "question_sets.when": [(OFFICER, "/question-sets/drafts/QSD-26-00001/when/question/permission")],
    "question_sets.test": [(OFFICER, "/question-sets/drafts/QSD-26-00001/when/question/permission/add?of=issue")],
    "question_sets.calculation": [(OFFICER, "/question-sets/drafts/QSD-26-00001/calculations/all-money")],
    "question_sets.check": [(OFFICER, "/question-sets/drafts/QSD-26-00001/checks/1")],
    "question_sets.remove_sum": [(OFFICER, "/question-sets/drafts/QSD-26-00001/remove/calculation/all-money")],
    "question_sets.languages": [(OFFICER, "/question-sets/drafts/QSD-26-00001/languages")],
    "question_sets.words": [(OFFICER, "/question-sets/drafts/QSD-26-00001/languages/en-easy/question/issue")],
    "question_sets.publish": [(OFFICER, "/question-sets/drafts/QSD-26-00001/publish")],
    "question_sets.put_away": [(OFFICER, "/question-sets/drafts/QSD-26-00001/put-away")],
    "question_sets.preview_draft": [(OFFICER, "/question-sets/drafts/QSD-26-00001/preview")],
    "exceptions.make": [(OFFICER, "/bids/APP-26-00010/exceptions/limit-1")],
    "exceptions.place": [(OFFICER, "/bids/APP-26-00010/part")],
    "rehearsal.preview": [(OFFICER, "/funding-rounds/RND-26-00004/preview?as-ask=2000&as-stage=2")],
    "rehearsal.rehearse": [(OFFICER, "/funding-rounds/RND-26-00004/rehearse")],
    "round_terms.show": [
        (OFFICER, f"/funding-rounds/RND-26-00004/set-up/{part}")
        for part in SET_UP
    ],
    "staff_rounds.copy": [(OFFICER, "/funding-rounds/RND-26-00005/copy")],
    "staff_rounds.permit": [(OFFICER, "/funding-rounds/RND-26-00005/late-permits/new")],
    "staff_rounds.give_back": [(OFFICER, "/funding-rounds/RND-26-00001/give-back")],
    "spending_plans.answer": [(FINANCE, "/spending-plans/SPL-26-00001/answer")],
    "spending_plans.give_up": [(FINANCE, "/spending-plans/SPL-26-00001/give-up")],
    "spending_plans.index": [(FINANCE, "/agreements/AGR-26-00001/plans")],
    "spending_plans.let_stand": [(APPROVER, "/spending-plans/SPL-26-00002/let-stand")],
    "spending_plans.lines": [(FINANCE, "/spending-plans/SPL-26-00002/lines")],
    "spending_plans.new": [(FINANCE, "/agreements/AGR-26-00001/plans/new")],
    "spending_plans.place_award": [(FINANCE, "/awards/AWD-26-00001/plan-line")],
    "spending_plans.resolve": [(FINANCE, "/spending-plans/SPL-26-00002/resolve")],
    "spending_plans.send": [(FINANCE, "/spending-plans/SPL-26-00001/send")],
    "spending_plans.show": [(FINANCE, "/spending-plans/SPL-26-00001"), (AUDITOR, "/spending-plans/SPL-26-00002")],
    "spending_plans.update": [(FINANCE, "/plan-updates/SPU-26-00001")],
    "spending_plans.write": [(FINANCE, "/spending-plans/SPL-26-00001/updates/2026-12-31")],
    "strategies.index": [(LEAD, "/strategies")],
    "strategies.indicator": [(LEAD, "/indicators/demo_people_taking_part")],
    "strategies.priority": [(LEAD, "/priorities/ssp_domestic_abuse")],
    "strategies.show": [(LEAD, "/strategies/ssp_plan_2018_21"), (LEAD, "/strategies/demo_plan_2026_29")],
    "strategies.target_table": [(LEAD, "/strategies/sk_cdd_reduction_strategy_2005_08/targets")],
    "streams.index": [(FINANCE, "/streams")],
    "streams.open_pot": [(FINANCE, "/streams/vcs_grant/pots/new")],
    "streams.pot": [(FINANCE, "/pots/CSG-2026"), (FINANCE, "/pots/VCS-2020")],
    "pots.open_line": [(FINANCE, "/pots/CSG-2026/lines/new")],
    "pots.set_terms": [(FINANCE, "/pots/CSG-2026/terms")],
    "pots.pledge": [(FINANCE, "/pots/CSG-2026/contributions/new")],
    "pots.withdraw": [(FINANCE, "/contributions/CON-26-00001/withdraw")],
    "pots.close": [(FINANCE, "/pots/CSG-2026/close")],
    "pots.make_pool": [(FINANCE, "/pots/CSG-2026/pool")],
    "pots.pool": [(AUDITOR, "/pools/sscf_bcu_pool_2005_06")],
    "pots.exclude": [(FINANCE, "/streams/sscf/exclusions/new")],
    "pots.copy_stream": [(FINANCE, "/streams/community_safety_grant/years/2026/copy")],
    "pots.copy_year": [(FINANCE, "/partnerships/safer_stockport_partnership/years/2026/copy")],
    "shared.show": [(AUDITOR, "/pots/SPB-2007/shared")],
    "shared.propose": [(FINANCE, "/pots/CSG-2026/shared/uses/new")],
    "shared.resolve": [(AUDITOR, "/uses/st_balance_use/resolve")],
    "shared.carry_out": [(AUDITOR, "/uses/st_balance_use/spend")],
    "mainstream.index": [(LEAD, "/mainstream"), (AUDITOR, "/mainstream")],
    "mainstream.add": [(LEAD, "/mainstream/new")],
    "passporting.protect": [(FINANCE, "/pots/CSG-2026/protect")],
    "passporting.index": [(FINANCE, "/commitments"), (AUDITOR, "/commitments?year=2006/07")],
    "passporting.show": [(FINANCE, "/commitments/COM-26-00001"), (AUDITOR, "/commitments/rangers_sscf_2005_06")],
    "passporting.amount": [(FINANCE, "/commitments/dat_sscf_2005_06/amount")],
    "passporting.consult": [(FINANCE, "/commitments/dat_sscf_2005_06/consult")],
    "passporting.decide_year": [(OFFICER, "/awards/AWD-26-00006/years/2027/decide")],
    "passporting.offer": [(OFFICER, "/commitments/COM-26-00002/offer")],
    "passporting.protect_year": [(FINANCE, "/awards/AWD-26-00006/years/2027/protect")],
    "passporting.review": [(FINANCE, "/commitments/rangers_sscf_2005_06/review")],
    "takeovers.agree": [(OFFICER, "/take-overs/TKO-26-00001/yes?group=demo_signal")],
    "takeovers.index": [(OFFICER, "/take-overs")],
    "takeovers.refuse": [(OFFICER, "/take-overs/TKO-26-00001/no")],
    "takeovers.show": [(OFFICER, "/take-overs/TKO-26-00001")],
    "streams.show": [(FINANCE, "/streams/vcs_grant"), (FINANCE, "/streams/sscf")],
}  # fmt: skip
REFUSED = [
    (404, NOBODY, "/no-such-page"),
    (422, FINANCE, "/search?q=x"),
    (403, BRIDGE, "/people"),
    (404, BRIDGE, "/applications/APP-26-00002"),
]


def test_every_page_says_where_it_is_looked_at(tmp_path: Path) -> None:
    rules = create_app(settings_for(tmp_path)).url_map.iter_rules()
    pages = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    said = YEAR | STRANGER | LINK | NO_PAGES | BY_HAND | set(LOOKED_AT)
    assert (pages - said, said - pages) == (set(), set())


@pytest.mark.parametrize("half", ["staff", "groups and others"])
def test_every_page_on_a_phone(stage: Phones, half: str) -> None:
    walks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for who, path in (place for places in LOOKED_AT.values() for place in places):
        walks[who].append((path, 200))
    for status, who, path in REFUSED:
        walks[who].append((path, status))
    groups = {NOBODY, BRIDGE, BRIDGE_CHAIR, MEADOW, SIGNAL, LANTERN, WELCOME}
    for who, places in walks.items():
        if (who in groups) == (half == "staff"):
            continue
        phone = stage.person(who) if who else stage.somebody()
        for path, status in places:
            phone.visit(path, expect=status)
            phone.fits_a_desk()


def test_alerts_are_asked_for_and_confirmed_on_a_phone(stage: Phones) -> None:
    phone = stage.somebody()
    phone.visit("/alerts")
    phone.fill("Your email address", "alerts@example.org")
    phone.press("Continue")
    assert phone.h1 == "Check your email"
    _subject, said = stage.mail("alerts@example.org")[0]
    phone.visit("/alerts/yes/" + said.partition("/alerts/yes/")[2].split()[0])
    phone.press("Yes, email me")
    assert phone.h1 == "Apply for funding"


def test_an_email_with_a_link_and_a_code_signs_somebody_in(stage: Phones) -> None:
    phone = stage.somebody()
    phone.visit("/sign-in")
    phone.follow("Email me a link and a code")
    phone.fill("Email address", LANTERN)
    phone.press("Send the email")
    assert phone.h1 == "Check your email"
    _subject, said = stage.mail(LANTERN)[0]
    phone.fill("Code", said.partition("Your code is ")[2][:7])
    phone.press("Sign in")
    assert phone.h1 == "What waits for you"


def test_somebody_new_at_a_group_is_checked_and_its_people_object_on_a_phone(stage: Phones) -> None:
    phone = stage.somebody()
    phone.visit("/sign-in")
    phone.follow("I have taken over from somebody at my group")
    phone.fill("Your name", "Lee Marsh")
    phone.fill("Your email address", "lee@example.org")
    phone.fill("Your group’s name, or its charity number", "Signal Sports Club")
    phone.fill("What do you do in the group now?", "Chair since May")
    phone.press("Continue")
    assert phone.h1 == "Check your email"
    _subject, said = stage.mail("lee@example.org")[0]
    phone.fill("Code", said.partition("Your code is ")[2][:6])
    phone.press("Confirm")
    assert "You told us that you have taken over at a group" in phone.text
    officer = stage.person(OFFICER)
    officer.visit("/take-overs")
    officer.follow("Lee Marsh")
    officer.follow("Say yes for this group Signal Sports Club (fictional)")
    officer.fill("How did you check, and with whom?", "Rang the club house")
    officer.choose("What will they do?", "Can write and sign")
    officer.fill("What we tell the person", "The club house said so.")
    officer.press("Say yes")
    ref = officer.tab.url.rsplit("/", 1)[1]
    member = stage.person(SIGNAL)
    member.visit(f"/take-overs/{ref}")
    member.follow("This is wrong: stop it")
    member.fits_a_desk()
    member.fill("Why is this not right?", "Lee is not our chair")
    member.press("Stop it")
    assert "Stopped. Nothing changes in your group." in member.text


def test_a_host_reads_what_it_is_asked_before_it_signs_in_and_answers_after(stage: Phones) -> None:
    _subject, said = next(one for one in stage.mail(BRIDGE_CHAIR) if one[0].startswith("Will you hold"))
    phone = stage.somebody()
    phone.visit("/hosting/asked/" + said.partition("/hosting/asked/")[2].split()[0])
    assert phone.h1 == "Will you hold the money for Welcome Table Reddish (fictional)?"
    phone.follow("Sign in to answer")
    phone.fill("Email address", BRIDGE_CHAIR)
    phone.fill("Password", "demonstration")
    phone.press("Sign in")
    assert phone.h1 == "Will you hold the money for Welcome Table Reddish (fictional)?"
    phone.fits_a_desk()


def test_what_is_typed_signed_out_is_kept_and_sent_after_signing_in(stage: Phones) -> None:
    phone = stage.person(LANTERN)
    phone.visit("/groups/demo_lantern/people/new")
    phone.fill("Their name", "Ali Hassan")
    phone.fill("Their email address", "ali@example.org")
    phone.choose("What can they do?", "Can look")
    phone.context.clear_cookies()
    phone.press("Send them an email")
    assert phone.h1 == "Sign in"
    phone.fill("Email address", LANTERN)
    phone.fill("Password", "demonstration")
    phone.press("Sign in")
    assert (phone.h1, "Ali Hassan" in phone.text) == ("What you typed is kept", True)
    phone.press("Send it now")
    assert stage.mail("ali@example.org")[0][0] == "Act for Lantern Women's Support (fictional)"


def test_the_keyboard_alone_signs_in_and_sends_a_report_and_focus_is_always_seen(stage: Phones) -> None:
    phone: Visitor = stage.somebody()
    phone.visit("/reports/RPT-26-00004")
    keys = phone.tab.keyboard
    _tab_to(phone, "Skip to main content")
    _tab_to(phone, "Email address")
    keys.type(LANTERN)
    _tab_to(phone, "Password")
    keys.type("demonstration")
    with phone.tab.expect_navigation():
        keys.press("Enter")
    phone.judge()
    assert phone.h1.startswith("Final report on ‘Drop-in and court support for women’")
    _tab_to(phone, "How much of the grant did you spend in this time?")
    keys.type("100.50")
    _tab_to(phone, "What happened?")
    keys.type("We met eleven more women.")
    _tab_to(phone, "People supported after domestic abuse by funded groups")
    keys.type("11")
    _tab_to(phone, "Send report")
    with phone.tab.expect_navigation():
        keys.press("Space")
    phone.judge()
    assert phone.banners == ["Report sent. We will tell you when we have read it."]
    assert phone.says("Spent in this time") == "£100.50"


FOCUSED = """() => {
    const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
    const label = e.labels && e.labels.length ? e.labels[0].textContent : e.textContent || e.getAttribute('aria-label');
    const ring = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none';
    return {label: label.trim(), seen: ring && box.width > 0 && box.bottom > 0 && box.top < innerHeight, tag: e.tagName};
}"""


def _tab_to(phone: Visitor, label: str) -> None:
    """Press Tab until this is reached. Whatever is reached on the way must show that it is."""
    met: list[str] = []
    for _ in range(40):
        phone.tab.keyboard.press("Tab")
        there = phone.tab.evaluate(FOCUSED)
        met.append(there["label"])
        if there["tag"] == "BODY":
            continue
        assert there["seen"], f"{phone.path}: focus on {there} is not seen"
        if there["label"] == label:
            return
    raise AssertionError(f"The keyboard never reaches {label!r}; it met {met}")
