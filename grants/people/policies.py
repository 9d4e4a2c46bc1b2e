"""Who may do what: the duties a person holds, where and when, and what they may not do after what they have done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from flask import current_app

from grants.kernel import clock
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.duties import (
    ACTS,
    COULD,
    DID,
    GROUP,
    MUST,
    READS_ALL,
    SEPARATED,
    SEPARATED_BY_SETTING,
    STAFF,
    Deed,
    label,
)
from grants.people.models import Duty, Holding, Hosting, Organisation, Partnership, Person, Remark, Takeover

# What a group's people may do with its applications, by right: one holds the next.
READ_OF_GROUP = (Duty.READER, Duty.ADVISER, Duty.APPLICANT, Duty.CERTIFIER)
COMMENT_OF_GROUP = (Duty.ADVISER, Duty.APPLICANT, Duty.CERTIFIER)
EDIT_OF_GROUP = (Duty.APPLICANT, Duty.CERTIFIER)
SIGN_OF_GROUP = (Duty.CERTIFIER,)


def holdings(person: Person, on: date | None = None) -> Iterator[Holding]:
    """What a person holds on a day (London's today, unless another is asked). Nobody who was stopped holds anything."""
    day = on or clock.today()
    for holding in person.holdings if person.active else ():
        if holding.starts_on <= day and (holding.ends_on is None or day <= holding.ends_on):
            yield holding


def holds(
    person: Person,
    duty: Duty,
    *,
    partnership: Partnership | None = None,
    stream: str | None = None,
    organisation: Organisation | None = None,
    on: date | None = None,
) -> bool:
    """Does the person hold the duty there and then?

    A place that is not asked about is not looked at: `holds(p, Duty.ASSESSOR)` means anywhere, so name the partnership
    (and stream) of whatever is being done. A holding without partnership and organisation is held everywhere. `stream` is
    a stream's reference. No statement after the person's holdings are loaded.
    """
    return any(held.duty is duty and _there(held, partnership, stream, organisation) for held in holdings(person, on))


def _there(held: Holding, partnership: Partnership | None, stream: str | None, organisation: Organisation | None) -> bool:
    if partnership is not None and held.partnership_id not in (None, partnership.id):
        return False
    if stream is not None and held.streams and stream not in held.streams:
        return False
    return organisation is None or held.organisation_id in (None, organisation.id)


def in_own_right(
    person: Person, duty: Duty, *, partnership: Partnership | None = None, stream: str | None = None, on: date | None = None
) -> bool:
    """Does the person hold the duty there themselves, not as somebody's deputy?"""
    return any(
        held.duty is duty and held.deputy_for_id is None and _there(held, partnership, stream, None)
        for held in holdings(person, on)
    )


def everywhere(person: Person, duty: Duty) -> bool:
    """Does the person hold the duty in the whole installation, without any limit?"""
    return any(
        held.duty is duty and held.partnership_id is None and held.organisation_id is None and not held.streams
        for held in holdings(person)
    )


def holds_any(person: Person, duties: Collection[Duty], *, partnership: Partnership | None = None) -> bool:
    """Does the person hold any of these duties (in the partnership, where one is named)?"""
    return any(held.duty in duties and _there(held, partnership, None, None) for held in holdings(person))


def needs(
    person: Person,
    *duties: Duty,
    partnership: Partnership | None = None,
    stream: str | None = None,
    organisation: Organisation | None = None,
) -> Objections:
    """Nothing where the person holds any of the duties there; otherwise one objection that names who could.

    An auditor changes nothing, so an auditor's duty never satisfies this.
    """
    asked = [duty for duty in duties if duty not in READS_ALL]
    if any(holds(person, duty, partnership=partnership, stream=stream, organisation=organisation) for duty in asked):
        return
    could = label(*asked) if asked else None
    if any(holds(person, duty) for duty in asked):
        yield Objection(_("You hold this duty, but not here: it is limited to another place, stream or date."), could)
    elif holds_any(person, READS_ALL):
        yield Objection(_("As an auditor you can read everything, but change nothing."), could)
    else:
        yield Objection(_("You do not hold the duty that this needs."), could)


def apart(person: Person, deed: Deed, *, done: Mapping[Deed, Collection[str]]) -> Objections:
    """What the person did on this award that bars them from `deed`: one objection for each.

    `done` maps each deed to the references of those who already did it on the award.
    """
    pairs = SEPARATED
    if not current_app.extensions["grants"].assessors_may_decide:
        pairs += SEPARATED_BY_SETTING
    for pair in pairs:
        if deed in pair:
            other = pair[0] if pair[1] is deed else pair[1]
            if person.ref in done.get(other, ()):
                yield Objection(_("%(did)s, so %(must)s.", did=_(DID[other]), must=_(MUST[deed])), label(*COULD[deed]))


# -- people and duties ------------------------------------------------------------------------------------------------


def look_after(who: Person) -> Objections:
    """Add people, see everybody, stop an account: an administrator of the whole installation."""
    if not everywhere(who, Duty.ADMINISTRATOR):
        yield from _only_administrators(who)


def _only_administrators(who: Person) -> Objections:
    if holds(who, Duty.ADMINISTRATOR):
        yield Objection(_("Your administrator duty is limited to a partnership."), label(Duty.ADMINISTRATOR))
    else:
        yield from needs(who, Duty.ADMINISTRATOR)


def give(who: Person, to: Person, *, duty: Duty, partnership: Partnership | None) -> Objections:
    """Give a duty: an administrator, within what they administer themselves, and never to themselves."""
    if who.id == to.id:
        yield Objection(_("Nobody gives themselves a duty."), _("another administrator"))
    if duty in STAFF | READS_ALL and duty is not Duty.ADMINISTRATOR and partnership is not None:
        yield from needs(who, Duty.ADMINISTRATOR, partnership=partnership)
    elif not everywhere(who, Duty.ADMINISTRATOR):
        yield from _only_administrators(who)


def give_any(who: Person, to: Person) -> Objections:
    """Open the page where duties are given: an administrator of something, and of somebody else."""
    if who.id == to.id:
        yield Objection(_("Nobody gives themselves a duty."), _("another administrator"))
    yield from needs(who, Duty.ADMINISTRATOR)


def end(who: Person, holding: Holding) -> Objections:
    """End a duty: an administrator within what they administer; in a group, whoever may give it, and whoever holds it;
    a deputy's, the person they act for and the deputy."""
    if holding.organisation is not None and (who.id == holding.person_id or _gives(who, holding.organisation, holding.duty)):
        return
    if holding.deputy_for_id is not None and who.id in (holding.deputy_for_id, holding.person_id):
        return
    if holding.partnership is not None and holding.duty is not Duty.ADMINISTRATOR:
        yield from needs(who, Duty.ADMINISTRATOR, partnership=holding.partnership)
    elif not everywhere(who, Duty.ADMINISTRATOR):
        yield from _only_administrators(who)


# -- the people of a group --------------------------------------------------------------------------------------------


def _gives(who: Person, organisation: Organisation, duty: Duty) -> bool:
    if holds(who, Duty.CERTIFIER, organisation=organisation):
        return True
    return duty not in ACTS and holds(who, Duty.APPLICANT, organisation=organisation)


def rights_to_give(who: Person, organisation: Organisation) -> list[Duty]:
    """What a person may give others in a group: who signs, everything; who writes, looking and commenting."""
    if everywhere(who, Duty.ADMINISTRATOR):
        return list(READ_OF_GROUP)
    return [duty for duty in READ_OF_GROUP if _gives(who, organisation, duty)]


def invite(who: Person, organisation: Organisation, *, duty: Duty | None = None) -> Objections:
    """Ask somebody into a group with a right (or with any): who signs for it, or an administrator; to look or comment,
    who writes for it too."""
    given = rights_to_give(who, organisation)
    if not given or (duty is not None and duty not in given):
        needed = COMMENT_OF_GROUP[1:] if duty in (None, Duty.READER, Duty.ADVISER) else SIGN_OF_GROUP
        yield from needs(who, *needed, organisation=organisation)
        if given:
            yield Objection(_("You can ask people in to look and to comment."), label(Duty.CERTIFIER))


def change_right(who: Person, organisation: Organisation, person: Person, *, duty: Duty) -> Objections:
    """Give somebody of a group another right: who may give it, and never to themselves."""
    if who.id == person.id:
        yield Objection(_("Nobody changes their own right. You can leave the group."), label(Duty.CERTIFIER))
    yield from invite(who, organisation, duty=duty)
    for held in holdings(person):
        if held.organisation_id == organisation.id and held.duty not in rights_to_give(who, organisation):
            yield Objection(_("Only somebody who signs for the group can change this person’s right."), label(Duty.CERTIFIER))
            return


def takes_over(who: Person, organisation: Organisation | None) -> bool:
    """Officers and administrators answer requests of people who took over at a group, never at one of their own."""
    if organisation is not None and any(held.organisation_id == organisation.id for held in holdings(who)):
        return False
    return holds_any(who, {Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR})


def answer_takeover(who: Person, takeover: Takeover, organisation: Organisation | None = None) -> Objections:
    """Say yes or no to somebody who says they took over at a group: an officer who is neither they nor of the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR)
    if who.id == takeover.person_id:
        yield Objection(_("Nobody answers their own request."), label(Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR))
    elif organisation is not None and not takes_over(who, organisation) and takes_over(who, None):
        yield Objection(_("You are of this group, so somebody else must answer."), label(Duty.GRANTS_OFFICER))


def see_takeover(who: Person, takeover: Takeover) -> Objections:
    """See a request: who made it, officers and auditors; once a check was made, the people of the group."""
    if who.id == takeover.person_id or holds_any(who, {Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR, Duty.AUDITOR}):
        return
    if takeover.answered_at is None or not of_group(who, takeover.organisation):
        yield Objection(_("You do not hold the duty that this needs."), label(Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR))


def of_group(who: Person, organisation: Organisation | None) -> bool:
    """Has the person any right in the group today?"""
    return organisation is not None and any(held.organisation_id == organisation.id for held in holdings(who))


def object_to_takeover(who: Person, takeover: Takeover) -> Objections:
    """Object before it begins: who speaks for the group today, other than whom it is about."""
    if takeover.organisation is None or who.id == takeover.person_id:
        yield Objection(_("You do not act for this organisation."), label(*EDIT_OF_GROUP))
    else:
        yield from needs(who, *EDIT_OF_GROUP, organisation=takeover.organisation)


def save_profile(who: Person, organisation: Organisation) -> Objections:
    """Change what a group says of itself: who writes or signs for it; officers and administrators, whom it told."""
    if not holds_any(who, {Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR}):
        yield from needs(who, *EDIT_OF_GROUP, organisation=organisation)


def see_profile(who: Person, organisation: Organisation) -> Objections:
    """Read all a group says of itself, address and telephone too: the group, those who look after grants, auditors."""
    if not of_group(who, organisation) and not holds_any(who, {Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR, Duty.AUDITOR}):
        yield Objection(_("You do not act for this organisation."), label(*EDIT_OF_GROUP))


def ask_host(who: Person, group: Organisation) -> Objections:
    """Ask another body to hold the group's money: who writes or signs for the group."""
    yield from needs(who, *EDIT_OF_GROUP, organisation=group)


def answer_host(who: Person, hosting: Hosting, host: Organisation) -> Objections:
    """Say yes or no for the host: somebody who signs for it, and has no part in the group that asks."""
    yield from needs(who, Duty.CERTIFIER, organisation=host)
    if of_group(who, hosting.group):
        yield Objection(_("You are of the group that asks, so somebody else at the host must answer."), label(Duty.CERTIFIER))


def end_hosting(who: Person, hosting: Hosting) -> Objections:
    """Take the question back, or end what was agreed: who writes or signs for the group, or signs for the host."""
    if hosting.host is None or not holds(who, Duty.CERTIFIER, organisation=hosting.host):
        yield from ask_host(who, hosting.group)


def see_hosting(who: Person, hosting: Hosting) -> Objections:
    """See the question and its answer: both bodies' people, whoever was asked, and all staff and auditors."""
    if of_group(who, hosting.group) or of_group(who, hosting.host) or who.email == hosting.host_email:
        return
    if not holds_any(who, STAFF | READS_ALL):
        yield Objection(_("You do not act for this organisation."), label(Duty.CERTIFIER))


def remark(who: Person, organisation: Organisation) -> Objections:
    """Comment on the group's application: its advisers, and who writes or signs for it."""
    yield from needs(who, *COMMENT_OF_GROUP, organisation=organisation)


def settle(who: Person, remark: Remark) -> Objections:
    """Mark a comment as dealt with: who made it, and who writes or signs for the group."""
    if who.id != remark.made_by_id or not of_group(who, remark.organisation):
        yield from needs(who, *EDIT_OF_GROUP, organisation=remark.organisation)


# -- accounts and who sees what ---------------------------------------------------------------------------------------


def set_password(who: Person, person: Person) -> Objections:
    """Everybody sets their own password and nobody else's."""
    if who.id != person.id:
        yield Objection(_("People set their own passwords. Ask them to sign in with a link sent by email."))


def see_people(who: Person) -> Objections:
    """See who there is: administrators and auditors."""
    if not holds_any(who, {Duty.ADMINISTRATOR, Duty.AUDITOR}):
        yield Objection(_("You do not hold the duty that this needs."), label(Duty.ADMINISTRATOR, Duty.AUDITOR))


def see_person(who: Person, person: Person) -> Objections:
    """See a person's page: themselves, an administrator or an auditor; a fellow member of a group sees only the name there."""
    if who.id != person.id and not holds_any(who, {Duty.ADMINISTRATOR, Duty.AUDITOR}):
        yield Objection(_("You can see your own account only."), label(Duty.ADMINISTRATOR))


def add_organisation(who: Person) -> Objections:
    """Add an organisation, or change what is known of one."""
    yield from needs(who, Duty.ADMINISTRATOR, Duty.GRANTS_OFFICER)


def add_partnership(who: Person) -> Objections:
    """Add a partnership or a role in one: an administrator of the whole installation."""
    yield from look_after(who)


def see_organisation(who: Person, organisation: Organisation) -> Objections:
    """See an organisation: its own members, and all staff and auditors."""
    if holds_any(who, STAFF | READS_ALL) or any(held.organisation_id == organisation.id for held in holdings(who)):
        return
    yield Objection(_("You do not act for this organisation."), label(Duty.CERTIFIER))


def see_members(who: Person, organisation: Organisation) -> Objections:
    """See who acts for an organisation: its own members, administrators, grants officers and auditors."""
    if holds_any(who, {Duty.ADMINISTRATOR, Duty.GRANTS_OFFICER, Duty.AUDITOR}):
        return
    if not any(held.organisation_id == organisation.id and held.duty in GROUP for held in holdings(who)):
        yield Objection(_("You do not act for this organisation."), label(Duty.CERTIFIER))


def see_outbox(who: Person) -> Objections:
    """See the outbox: an administrator of the whole installation, or an auditor of it."""
    if not everywhere(who, Duty.AUDITOR):
        yield from look_after(who)


HISTORY = frozenset(
    {
        Duty.AUDITOR,
        Duty.ADMINISTRATOR,
        Duty.CHIEF_FINANCE_OFFICER,
        Duty.FINANCE_OFFICER,
        Duty.APPROVER,
        Duty.GRANTS_OFFICER,
    }
)


def see_history(who: Person) -> Objections:
    """Read what happened to records: the auditor, and those who answer for the money. Which ones, the page asks the rooms."""
    if not holds_any(who, HISTORY):
        yield Objection(_("You do not hold the duty that this needs."), label(*[duty for duty in Duty if duty in HISTORY]))


def see_all_history(who: Person) -> bool:
    """Auditors and administrators of the whole installation, and its chief finance officer, read the history of anything."""
    return any(everywhere(who, duty) for duty in (Duty.AUDITOR, Duty.ADMINISTRATOR, Duty.CHIEF_FINANCE_OFFICER))
