"""The duties as data: what each may do, where it is held, and which deeds one person may not join on an award."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from enum import StrEnum

from grants.kernel.words import _, mark
from grants.people.models import Duty

LABELS: Mapping[Duty, str] = {
    Duty.APPLICANT: mark("an applicant"),
    Duty.CERTIFIER: mark("somebody who signs for the group"),
    Duty.READER: mark("somebody who reads for the group"),
    Duty.ADVISER: mark("somebody who advises the group"),
    Duty.ASSESSOR: mark("an assessor"),
    Duty.PANEL_MEMBER: mark("a panel member"),
    Duty.PANEL_CHAIR: mark("the panel chair"),
    Duty.MINUTE_TAKER: mark("the minute-taker"),
    Duty.GRANTS_OFFICER: mark("a grants officer"),
    Duty.THEME_LEAD: mark("a theme lead"),
    Duty.FINANCE_OFFICER: mark("a finance officer"),
    Duty.APPROVER: mark("an approver"),
    Duty.CHIEF_FINANCE_OFFICER: mark("the chief finance officer"),
    Duty.AUDITOR: mark("an auditor"),
    Duty.ADMINISTRATOR: mark("an administrator"),
}

DOES: Mapping[Duty, str] = {
    Duty.APPLICANT: mark("Writes and sends the group's applications and reports."),
    Duty.CERTIFIER: mark("Sends the group's applications, accepts offers, and says who else may act for it."),
    Duty.READER: mark("Reads the group's applications."),
    Duty.ADVISER: mark("Reads the group's applications and writes comments on them."),
    Duty.ASSESSOR: mark("Scores the applications given to them, alone, with a reason for every score."),
    Duty.PANEL_MEMBER: mark("Reads the scored applications and takes part in the panel's decisions."),
    Duty.PANEL_CHAIR: mark("Leads the panel and confirms its decisions."),
    Duty.MINUTE_TAKER: mark("Writes down what the panel decides and why."),
    Duty.GRANTS_OFFICER: mark("Plans and opens rounds, gives out applications to score, makes offers and answers reports."),
    Duty.THEME_LEAD: mark("Follows the money and results of the priorities they lead."),
    Duty.FINANCE_OFFICER: mark("Keeps the money: allocations, commitments, the position, and asks for payments."),
    Duty.APPROVER: mark("Approves, as a second person, payments somebody else asked for."),
    Duty.CHIEF_FINANCE_OFFICER: mark("Answers for the money: reads every figure and gives the approvals kept for them."),
    Duty.AUDITOR: mark("Reads everything and changes nothing."),
    Duty.ADMINISTRATOR: mark("Gives and ends duties, and looks after people, organisations and mail. Decides no grants."),
}

ACTS: Set[Duty] = frozenset({Duty.APPLICANT, Duty.CERTIFIER})  # speaks for a group, and is written to
GROUP: Set[Duty] = ACTS | {Duty.READER, Duty.ADVISER}  # held in an organisation
READS_ALL: Set[Duty] = frozenset({Duty.AUDITOR})
STAFF: Set[Duty] = frozenset(Duty) - GROUP - READS_ALL  # held in a partnership, or in the whole installation


# How a duty in a group is named to its own people, who know no duties.
IN_A_GROUP: Mapping[Duty, str] = {
    Duty.APPLICANT: mark("Applies for the group"),
    Duty.CERTIFIER: mark("Signs for the group"),
    Duty.READER: mark("Reads for the group"),
    Duty.ADVISER: mark("Advises the group"),
}

# The same as a ladder of rights, the least first, as the people of a group choose among them.
RIGHTS: Mapping[Duty, str] = {
    Duty.READER: mark("Can look"),
    Duty.ADVISER: mark("Can look and comment"),
    Duty.APPLICANT: mark("Can write"),
    Duty.CERTIFIER: mark("Can write and sign"),
}
RIGHT_MEANS: Mapping[Duty, str] = {
    Duty.READER: mark("Reads your applications. Cannot change anything."),
    Duty.ADVISER: mark("Reads your applications and writes comments on them. Good for somebody who advises you."),
    Duty.APPLICANT: mark("Writes your applications and reports, and asks people in to look or comment."),
    Duty.CERTIFIER: mark("Writes and sends your applications, accepts grants for your group, and says who may do what."),
}


def right(duties: Iterable[Duty]) -> Duty | None:
    """The highest right among these duties."""
    held = set(duties)
    return next((one for one in reversed(list(RIGHTS)) if one in held), None)


def label(*duties: Duty) -> str:
    """'a finance officer or an approver': who could, as it stands in a sentence."""
    said = [_(LABELS[duty]) for duty in duties]
    return said[0] if len(said) == 1 else _("%(most)s or %(last)s", most=", ".join(said[:-1]), last=said[-1])


def name(duty: Duty) -> str:
    """A duty as a line of a list names it: 'Finance officer', 'Signs for the group'."""
    return _(IN_A_GROUP[duty]) if duty in IN_A_GROUP else duty.value[:1].upper() + duty.value[1:]


def does(duty: Duty) -> str:
    """What a duty may do, in a sentence."""
    return _(DOES[duty])


class Deed(StrEnum):
    """What a person may have done on an award that bars them from something else on it."""

    ASSESS = "assess"
    DECIDE = "decide"
    RAISE = "raise"  # ask for a payment
    APPROVE = "approve"  # a payment
    CHECK_BANK = "check bank"


# Issue 2, point 3. Each pair bars both ways round.
SEPARATED: tuple[tuple[Deed, Deed], ...] = (
    (Deed.ASSESS, Deed.RAISE),
    (Deed.ASSESS, Deed.APPROVE),
    (Deed.DECIDE, Deed.RAISE),
    (Deed.DECIDE, Deed.APPROVE),
    (Deed.CHECK_BANK, Deed.APPROVE),
    (Deed.RAISE, Deed.APPROVE),
)
# Barred only where the owner's setting `assessors_may_decide` is off: most panels score what they decide.
SEPARATED_BY_SETTING: tuple[tuple[Deed, Deed], ...] = ((Deed.ASSESS, Deed.DECIDE),)

DID: Mapping[Deed, str] = {
    Deed.ASSESS: mark("You scored the application behind this award"),
    Deed.DECIDE: mark("You took part in deciding this award"),
    Deed.RAISE: mark("You asked for this payment"),
    Deed.APPROVE: mark("You approved a payment of this award"),
    Deed.CHECK_BANK: mark("You checked the bank details for this award"),
}
MUST: Mapping[Deed, str] = {
    Deed.ASSESS: mark("somebody else must score it"),
    Deed.DECIDE: mark("somebody else must decide it"),
    Deed.RAISE: mark("somebody else must ask for the payment"),
    Deed.APPROVE: mark("somebody else must approve the payment"),
    Deed.CHECK_BANK: mark("somebody else must check the bank details"),
}
COULD: Mapping[Deed, tuple[Duty, ...]] = {
    Deed.ASSESS: (Duty.ASSESSOR,),
    Deed.DECIDE: (Duty.PANEL_MEMBER,),
    Deed.RAISE: (Duty.FINANCE_OFFICER,),
    Deed.APPROVE: (Duty.APPROVER,),
    Deed.CHECK_BANK: (Duty.FINANCE_OFFICER,),
}
