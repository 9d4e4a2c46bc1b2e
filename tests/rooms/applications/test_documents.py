"""Documents that go with an application: who reads them, and why they stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from grants.applications import commands
from grants.files import commands as files
from grants.files import queries
from grants.files.models import What
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.people.models import Duty
from tests.builders.applications import a_complete_draft, a_round, closed, officer_of
from tests.builders.awards import assigned
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
