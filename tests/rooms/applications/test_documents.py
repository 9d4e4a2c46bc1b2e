"""Documents that go with an application: who reads them, and why they stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from grants.applications import commands, rules
from grants.applications import queries as applications
from grants.files import commands as files
from grants.files import queries
from grants.files.models import What
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.errors import NotFound
from grants.people.models import Duty
from grants.questions.queries import document
from tests.builders.applications import a_complete_draft, a_round, closed, officer_of
from tests.builders.awards import assigned
from tests.builders.drafts import a_full_draft, filled
from tests.builders.files import a_filed
from tests.builders.people import a_person


def test_a_document_is_read_by_whoever_reads_the_application_and_stays_once_it_was_sent(app: Flask) -> None:
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    by, partnership = draft.started_by, draft.round.pot.stream.partnership
    entry = a_filed(draft.organisation, by=by)
    ref = entry.document.ref
    commands.save_evidence(draft, what=What.CONSTITUTION.value, document=ref, by=by)
    panel = a_person(Duty.PANEL_MEMBER, partnership=partnership)
    elsewhere = a_person(Duty.PANEL_MEMBER, partnership=partnership, streams=["another"])
    with pytest.raises(NotFound):
        queries.document(panel, ref)  # not sent yet
    commands.submit(draft, declared=True, edition=draft.edition, by=by)
    assert queries.document(panel, ref).ref == ref
    with pytest.raises(NotFound):
        queries.document(elsewhere, ref)
    files.end(entry, by=by)
    assert queries.document(by, ref).removed_at is None
    closed(draft.round, by=officer_of(draft.round))
    view = assigned(draft, interest=None)
    with pytest.raises(NotFound):
        queries.document(view.assessor, ref)  # nothing before a declaration
    assert queries.document(assigned(draft).assessor, ref).ref == ref


def test_naming_another_groups_document_opens_it_to_nobody(app: Flask) -> None:
    theirs, mine = a_complete_draft(), a_complete_draft()
    ref = a_filed(theirs.organisation, by=theirs.started_by).document.ref
    by, panel = mine.started_by, a_person(Duty.PANEL_MEMBER, partnership=mine.round.pot.stream.partnership)
    commands.save_answers(mine, answers={"need": f"See {ref}"}, edition=mine.edition, by=by)
    commands.save_evidence(mine, what=What.CONSTITUTION.value, document=ref, by=by)
    commands.submit(mine, declared=True, edition=mine.edition, by=by)
    for somebody in (by, panel):
        with pytest.raises(NotFound):
            queries.document(somebody, ref)


def test_a_draft_keeps_its_document_and_wants_another_where_it_has_gone(app: Flask) -> None:
    draft = filled(a_full_draft(), amount="12000")
    by, asked = draft.started_by, document(draft.round.question_set)

    def wanted() -> list[str]:
        about = applications.about(draft, asked)
        return [gap.sentence for gap in rules.gaps(draft, asked, about) if gap.page is rules.Page.EVIDENCE]

    entry = a_filed(draft.organisation, by=by)
    commands.save_evidence(draft, what=What.CONSTITUTION.value, document=entry.document.ref, by=by)
    files.end(entry, by=by)
    assert entry.document.removed_at is None
    assert wanted() == ["Add your document: insurance"]
    with unguarded():
        entry.document.removed_at = clock.now()
        assert wanted() == ["Add your document: constitution or rules", "Add your document: insurance"]
