"""Words for what is made up. Everything a person could take for real says that it is fictional."""

from __future__ import annotations

PLACES = (
    "Alderbrook", "Birchfield", "Cannon Hill", "Dale End", "Eastway", "Fernley", "Gorse Bank", "Highmoor",
    "Ivy Green", "Kingsmead", "Larkfield", "Millgate",
)  # fmt: skip
DISTRICTS = ("North", "South", "West")
KINDS = (
    "Youth Project", "Residents' Association", "Women's Support", "Sports Club", "Community Hub", "Counselling Service",
    "Faith Forum", "Boxing Academy", "Carers' Circle", "Mentoring Network", "Neighbourhood Watch", "Recovery Café",
)  # fmt: skip
STREAMS = (
    "Safer Streets", "Serious Violence Prevention", "Voluntary and Community", "Hate Crime", "Domestic Abuse",
    "Youth Diversion", "Town Centre", "Neighbourhood Crime", "Reducing Reoffending", "Addiction Treatment",
)  # fmt: skip
THEMES = (
    ("Protecting vulnerable people", ("Domestic abuse", "Exploitation", "Hate crime", "Older people at risk")),
    ("Safer places", ("Anti-social behaviour", "Burglary", "Night-time economy", "Parks and open spaces")),
    ("Young people", ("Serious violence", "First offences", "School exclusion", "Knife carrying")),
    ("Reducing reoffending", ("Drug treatment", "Housing on release", "Work and training", "Women offenders")),
    ("Communities that trust", ("Confidence in policing", "Cohesion", "Victims' voices", "Volunteering")),
)
MEASURES = (
    "People taking part", "Young people with a mentor", "People supported", "Sessions held", "Volunteers trained",
    "Referrals made",
)  # fmt: skip
PROJECTS = (
    "Friday football", "Mentors for young people", "Drop-in for women", "Street lights and gates", "Bystander training",
    "After-school boxing", "Court companions", "Conversation suppers", "Bike marking days", "Summer in the park",
)  # fmt: skip
ACTIVITY = (
    "We will run a weekly session in {place} led by two trained workers, open to anyone, with food and a quiet room. "
    "Volunteers will knock on doors in the streets around to say that it is there."
)
REACHES = "About {people} people who live in or near {place}."
CONDITIONS = (
    "Use the grant only for what you applied for. Ask us before you change anything.",
    "Keep receipts, and tell us what you spent and what changed when we ask.",
)
REASON_YES = "The need is clear, the group is known locally and the costs are fair."
REASON_PART = "A sound plan; the panel funds the sessions and not the equipment."
REASON_NO = "The panel could not see how the work would reach the people it is meant for."
STORY = "Sessions ran as planned. Numbers grew after the first month and three people now volunteer."
SCORED = "Clear and well evidenced."
FICTIONAL = "(fictional)"


def group(number: int) -> str:
    """The name of a group, by its number."""
    place, kind = PLACES[number % len(PLACES)], KINDS[number // len(PLACES) % len(KINDS)]
    lap = number // (len(PLACES) * len(KINDS))
    return f"{place} {kind}{f' {lap + 1}' if lap else ''} {FICTIONAL}"


def kind(number: int) -> str:
    """What kind of body a group is."""
    return KINDS[number // len(PLACES) % len(KINDS)].lower()


def stream(number: int) -> tuple[str, str, str]:
    """Reference, code and name of a stream, by its number."""
    name = STREAMS[number % len(STREAMS)]
    lap = number // len(STREAMS) + 1
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    slug = name.lower().replace(" ", "_").replace("-", "_")
    return f"generated_{slug}_{lap}", f"{initials}F{lap}", f"{name} Fund {lap} {FICTIONAL}"
