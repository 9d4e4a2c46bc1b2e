"""Organisations: what is known of them, who acts for them, and which roles they have in partnerships."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.files import policies as files
from grants.files import queries as documents
from grants.files import rules as kinds
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.policy import may
from grants.kernel.words import mark
from grants.people import policies, profiles, queries
from grants.people.models import Organisation
from grants.web import navigation
from grants.web.access import is_staff, me, signed_in, staff

area = Blueprint("organisations", __name__)

SIZE = 25

navigation.item(mark("Organisations"), "organisations.index", 75, shown=is_staff)


@area.get("/organisations")
@staff
def index() -> ResponseReturnValue:
    """Every organisation, by name."""
    search, page = request.args.get("q", "")[:100], max(1, request.args.get("page", 1, int))
    rows, count = queries.organisations(search=search, page=page, size=SIZE)
    return render_template(
        "organisations/index.html",
        rows=rows,
        count=count,
        search=search,
        page=page,
        answers=policies.takes_over(me(), None),
        pages=-(-count // SIZE),
        page_url=lambda n: url_for(".index", q=search or None, page=n),
    )


def _seen(ref: str) -> Organisation:
    """An organisation this person may see; 404 otherwise, whether or not it exists."""
    organisation = queries.organisation(ref)
    if not may(policies.see_organisation, me(), organisation):
        raise NotFound()
    return organisation


@area.get("/organisations/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """One organisation."""
    organisation = _seen(ref)
    may_see = may(policies.see_members, me(), organisation)
    sees = may(policies.see_profile, me(), organisation) and queries.profile(organisation) is not None
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        roles=queries.roles_of(organisation),
        may_see=may_see,
        members=queries.members(organisation) if may_see else [],
        may_invite=may(policies.invite, me(), organisation),
        lines=[(name, said) for name, said in profiles.told(queries.said_of(organisation)) if said] if sees else [],
        may_say=may(policies.save_profile, me(), organisation),
        own=not is_staff(),
        sees_documents=may(files.see_vault, me(), organisation),
        documents=documents.vault(organisation) if may(files.see_vault, me(), organisation) else [],
        may_file=may(files.file, me(), organisation),
        names=kinds.NAMES,
        today=clock.today(),
        sees_people=may(policies.see_people, me()),
    )
