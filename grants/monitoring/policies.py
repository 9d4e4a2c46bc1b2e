"""Who may write a report, and who may answer it."""

from __future__ import annotations

from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.monitoring.models import Report
from grants.people.models import Duty, Person
from grants.people.policies import holds, needs


def submit_report(who: Person, report: Report) -> Objections:
    """Whoever acts for the group: its applicants and its certifiers."""
    yield from needs(who, Duty.APPLICANT, Duty.CERTIFIER, organisation=report.award.organisation)


def answer_report(who: Person, report: Report) -> Objections:
    """A grants officer of the pot's partnership and stream, who has no part in the group."""
    stream = report.award.pot.stream
    yield from needs(who, Duty.GRANTS_OFFICER, partnership=stream.partnership, stream=stream.ref)
    group = report.award.organisation
    acts = any(holds(who, duty, organisation=group) for duty in (Duty.APPLICANT, Duty.CERTIFIER))
    if acts or report.submitted_by == who.ref:
        yield Objection(
            _("You act for %(group)s, so another grants officer has to answer its report.", group=group.name),
            could=_("another grants officer"),
        )


return_report = answer_report
accept_report = answer_report
