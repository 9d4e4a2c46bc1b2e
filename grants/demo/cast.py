"""Who is in the demonstration: posts, never people's names, and groups that do not exist."""

from __future__ import annotations

from typing import NamedTuple

from grants.people.models import Duty


class Staff(NamedTuple):
    """Somebody who holds duties in the Safer Stockport Partnership."""

    does: str
    name: str
    email: str
    duties: tuple[Duty, ...]


class GroupPerson(NamedTuple):
    """Somebody who acts for a fictional group."""

    does: str
    name: str
    email: str
    group: str
    duties: tuple[Duty, ...]


class Group(NamedTuple):
    """A fictional voluntary group."""

    key: str
    name: str
    kind: str


ADMINISTRATOR = Staff("administrator", "System administrator", "administrator@demo.example", (Duty.ADMINISTRATOR,))
STAFF = (
    ADMINISTRATOR,
    Staff("grants officer", "Community safety grants officer", "grants@demo.example", (Duty.GRANTS_OFFICER,)),
    Staff("finance officer", "Finance officer", "finance@demo.example", (Duty.FINANCE_OFFICER,)),
    Staff("approver", "Head of community safety", "approver@demo.example", (Duty.APPROVER,)),
    Staff("chief finance officer", "Chief finance officer", "chief.finance@demo.example", (Duty.CHIEF_FINANCE_OFFICER,)),
    Staff("first assessor", "Neighbourhoods manager", "assessor.one@demo.example", (Duty.ASSESSOR, Duty.PANEL_MEMBER)),
    Staff("second assessor", "Voluntary sector development officer", "assessor.two@demo.example", (Duty.ASSESSOR,)),
    Staff("panel chair", "Chair of the grants panel", "chair@demo.example", (Duty.PANEL_CHAIR,)),
    Staff("panel member", "Panel member, public health", "panel@demo.example", (Duty.PANEL_MEMBER,)),
    Staff("minute-taker", "Democratic services officer", "minutes@demo.example", (Duty.MINUTE_TAKER,)),
    Staff("theme lead", "Theme lead, protecting vulnerable people", "theme@demo.example", (Duty.THEME_LEAD,)),
    Staff("auditor", "Internal auditor", "auditor@demo.example", (Duty.AUDITOR,)),
)

GROUPS = (
    Group("bridge", "Brinnington Youth Bridge (fictional)", "charitable incorporated organisation"),
    Group("lantern", "Lantern Women's Support (fictional)", "registered charity"),
    Group("meadow", "Meadow Mill Residents (fictional)", "unincorporated association"),
    Group("signal", "Signal Sports Club (fictional)", "community amateur sports club"),
    Group("welcome", "Welcome Table Reddish (fictional)", "unincorporated association"),
    Group("harbour", "Safe Harbour Counselling (fictional)", "registered charity"),
    Group("advocates", "Stepping Stones Advocacy (fictional)", "registered charity"),
)

APPLICANT, CERTIFIER = Duty.APPLICANT, Duty.CERTIFIER
GROUP_PEOPLE = (
    GroupPerson("group: youth project", "Youth Bridge coordinator", "bridge@demo.example", "bridge", (APPLICANT,)),
    GroupPerson("group: youth project, signs", "Youth Bridge chair", "bridge.chair@demo.example", "bridge", (CERTIFIER,)),
    GroupPerson("group: women's support", "Lantern manager", "lantern@demo.example", "lantern", (APPLICANT, CERTIFIER)),
    GroupPerson("group: residents", "Meadow Mill secretary", "meadow@demo.example", "meadow", (APPLICANT, CERTIFIER)),
    GroupPerson("group: sports club", "Signal club treasurer", "signal@demo.example", "signal", (APPLICANT, CERTIFIER)),
    GroupPerson("group: welcome table", "Welcome Table volunteer", "welcome@demo.example", "welcome", (APPLICANT, CERTIFIER)),
    GroupPerson("group: counselling", "Safe Harbour director", "harbour@demo.example", "harbour", (APPLICANT, CERTIFIER)),
    GroupPerson("group: advocates", "Stepping Stones director", "advocates@demo.example", "advocates", (APPLICANT, CERTIFIER)),
    GroupPerson("group: residents, looks only", "Meadow Mill member", "meadow.member@demo.example", "meadow", (Duty.READER,)),
    GroupPerson("group: welcome table, advises", "Local charity adviser", "adviser@demo.example", "welcome", (Duty.ADVISER,)),
)
