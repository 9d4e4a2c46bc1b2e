"""What the fictional groups asked for, what assessors thought, what the panel decided. Every amount is made up."""

from __future__ import annotations

from typing import NamedTuple


class Bid(NamedTuple):
    """One group's bid. Costs in pounds; scores as the two assessors gave them, by criterion; shares in basis points."""

    group: str
    title: str
    priority: str  # of the fictional plan, without its prefix
    locality: str
    kind: str
    answers: dict[str, str]
    costs: tuple[tuple[str, str], ...]
    scores: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    reasons: tuple[str, str] = ("", "")
    awarded: str | None = None  # pounds; none: not funded
    because: str = ""
    shares: tuple[tuple[str | None, int, str | None], ...] = ()
    targets: tuple[tuple[str, int], ...] = ()


def _answers(activity: str, people: str, need: str, fit: str, safe: str, worked: str) -> dict[str, str]:
    return {"activity": activity, "people": people, "need": need, "fit": fit, "safe": safe, "worked": worked}


SAFE = (
    "Everybody who works with young people or adults at risk has an enhanced check. Two people are always present. We have "
    "public liability insurance and a first aider at each session, and our safeguarding lead's number is on the wall."
)

VOLUNTARY = (
    Bid(
        "bridge",
        "Thursday football and mentoring",
        "youth_reoffending",
        "brinnington",
        "young-people",
        _answers(
            "We will run free football every Thursday from 6pm to 8pm on the Brinnington courts, led by two qualified "
            "coaches, with a mentor who meets ten young people one to one each week and helps them stay in school.",
            "About 60 young people aged 11 to 17, ten of them with a mentor",
            "Youth workers and the school tell us the same thing: on light evenings the courts are where trouble starts, and "
            "there is nothing else within walking distance. Forty young people signed our petition for a regular session.",
            "Young people who are on the edge of trouble get something to do, and somebody who notices when they stop coming.",
            SAFE,
            "We will count who comes and how often, ask the school about attendance, and ask every mentored young person at "
            "the start and the end what has changed.",
        ),
        (
            ("Two coaches, 32 sessions", "6,400"),
            ("Mentor, one day a week", "5,760"),
            ("Court hire", "1,440"),
            ("Kit and balls", "900"),
        ),
        ((8, 9, 8, 7), (9, 8, 8, 8)),
        ("Well evidenced and wanted by the young people themselves.", "A strong plan from a group that knows the estate."),
        "14,500",
        "A well-planned project in the right place, led by people the young people already trust.",
        (("youth_reoffending", 7000, None), ("asb", 3000, None)),
        (("people_taking_part", 60), ("people_mentored", 10)),
    ),
    Bid(
        "lantern",
        "Drop-in and court support for women",
        "domestic_abuse",
        "central",
        "victims",
        _answers(
            "We will open a drop-in on Mondays and Wednesdays where women who have left, or are thinking of leaving, an "
            "abusive partner can talk to a trained worker, and we will go with them to court when they ask us to.",
            "About 120 women and their children",
            "Our phone line took 310 calls last year and we could meet only a third of the callers. The courts tell us that "
            "women who come alone are twice as likely to withdraw.",
            "Women are safer sooner, and cases that reach court are more likely to be heard.",
            SAFE,
            "We will record how many women come, how safe each says she feels at the first visit and the last, and how many "
            "cases go ahead.",
        ),
        (
            ("Support worker, three days a week", "14,400"),
            ("Rent of the room", "2,100"),
            ("Travel to court", "900"),
            ("Training", "600"),
        ),
        ((9, 9, 9, 8), (9, 10, 8, 8)),
        ("Clear need, strong safeguarding.", "Meets a gap that the advocates cannot."),
        "18,000",
        "It meets a need nobody else meets, and works closely with the existing advocates.",
        (("domestic_abuse", 8000, None), ("victims", 2000, None)),
        (("people_supported", 120),),
    ),
    Bid(
        "meadow",
        "Light and gates for the mill path",
        "hotspots",
        "reddish",
        "streets",
        _answers(
            "We will fit six solar lights and two gates on the path behind Meadow Mill, and hold four clean-up days with "
            "neighbours.",
            "About 200 households",
            "There were eleven reports of dumping and three of people followed home last winter. Residents avoid the path.",
            "Places where people feel unsafe become places they use again.",
            "A contractor fits the lights. Clean-up days have gloves, a first aider and a risk assessment.",
            "We will count reports of dumping before and after, and ask the same fifty households each spring.",
        ),
        (("Six solar lights, fitted", "3,000"), ("Two gates, fitted", "2,400"), ("Clean-up days", "800")),
        ((7, 6, 7, 6), (6, 7, 6, 7)),
        ("Good idea; the gates need the landowner's consent.", "The lights are good value."),
        "4,000",
        "We will fund the lights and the clean-up days. The gates need the landowner's consent first: please come back to us.",
        (("hotspots", 10000, None),),
        (("people_taking_part", 80),),
    ),
    Bid(
        "signal",
        "Friday night boxing and homework",
        "young_people_soc",
        "adswood_bridgehall",
        "young-people",
        _answers(
            "Every Friday from January we will run boxing training, a hot meal and an hour's homework help at the club.",
            "About 45 young people aged 12 to 16",
            "The neighbourhood team asked us to open on Fridays, when older lads recruit younger ones to run errands.",
            "A safe, warm place with adults who know them makes young people harder to recruit.",
            SAFE,
            "We will count who comes each week and ask each young person and a parent how things are going every three months.",
        ),
        (("Two coaches, 30 Fridays", "6,000"), ("Homework tutor", "2,700"), ("Meals", "2,400"), ("Gloves and mats", "900")),
        ((8, 8, 7, 8), (8, 7, 8, 8)),
        ("Asked for by the neighbourhood team.", "Realistic costs and a good venue."),
        "12,000",
        "It reaches young people at the time and place where they are most at risk.",
        (("young_people_soc", 7500, None), ("youth_reoffending", 2500, None)),
        (("people_taking_part", 45),),
    ),
    Bid(
        "welcome",
        "Welcome suppers",
        "hate_crime",
        "north_reddish",
        "together",
        _answers(
            "We will cook and share a supper every fortnight with new arrivals and long-standing neighbours, with an "
            "interpreter, and tell people how to report hate crime.",
            "About 90 people over the year",
            "Two families moved away after abuse in the street. Neither had reported it because they did not know how.",
            "People who know each other look out for each other, and reports of hate crime go up before the crime comes down.",
            "Two volunteers at every supper have had safeguarding training. Food hygiene certificates are on the wall.",
            "We will count who comes, and how many people tell us they would now know how to report a hate crime.",
        ),
        (("Food, 20 suppers", "2,600"), ("Hall hire", "1,200"), ("Interpreter", "1,600")),
        ((8, 7, 8, 9), (7, 8, 8, 9)),
        ("Small, warm and good value.", "A simple idea well thought through."),
        "5,400",
        "Good value, run by neighbours for neighbours.",
        (("hate_crime", 9000, None), (None, 1000, "Shared meals also serve loneliness, which is not in the plan")),
        (("people_taking_part", 90),),
    ),
    Bid(
        "harbour",
        "Counselling waiting list",
        "drugs_alcohol",
        "central",
        "other",
        _answers(
            "We will offer more counselling hours to shorten our waiting list for people who drink more than they want to.",
            "About 30 people",
            "Our waiting list is fourteen weeks.",
            "People who get help sooner are less likely to harm themselves or others.",
            SAFE,
            "We will measure the length of the waiting list.",
        ),
        (("Counsellor, 400 hours", "14,000"), ("Supervision", "2,000")),
        ((5, 4, 7, 4), (6, 5, 6, 4)),
        ("The need is real but the link to the plan is thin.", "Core costs of an existing service."),
        None,
        "The panel did not see how more hours of the existing service would serve the plan's priorities. The public health "
        "team has a fund for counselling; we have asked them to get in touch with you.",
    ),
)

HATE_CRIME = (
    Bid(
        "welcome",
        "Films for Hate Crime Awareness Week",
        "hate_crime",
        "stockport_town_centre",
        "together",
        _answers(
            "Three short films made with people who have been targeted, shown in the town centre and in schools.",
            "About 400 people who see them",
            "In our survey two people in three did not know what counts as a hate crime.",
            "More people recognise hate crime and report it.",
            "Nobody appears in a film without written consent, and a support worker is there at every showing.",
            "We will ask 60 people before and after a showing what they would do.",
        ),
        (("Film maker", "1,800"), ("Room and screen", "450")),
        ((8, 8, 7, 8), (7, 8, 8, 7)),
        ("Good reach for the money.", "Simple and worthwhile."),
    ),
    Bid(
        "bridge",
        "Talk it out: young people on prejudice",
        "hate_crime",
        "brinnington",
        "young-people",
        _answers(
            "Six evening workshops in which young people talk about prejudice with somebody who has lived through it.",
            "About 25 young people",
            "Coaches hear slurs at most matches and do not always know what to say.",
            "Young people stop using, and start challenging, language that hurts.",
            SAFE,
            "Coaches will note what they hear at matches for six weeks before and after.",
        ),
        (("Two facilitators, six evenings", "1,500"), ("Refreshments", "180")),
        ((7, 7, 8, 7), ()),
        ("Well aimed; small numbers.", ""),
    ),
    Bid(
        "meadow",
        "Neighbours' picnic",
        "hate_crime",
        "reddish",
        "together",
        _answers(
            "A picnic on the green at which every street brings a dish.",
            "About 150 neighbours",
            "New families tell us nobody has spoken to them.",
            "People who have eaten together are kinder to each other.",
            "First aiders and a lost-children tent.",
            "We will count plates.",
        ),
        (("Tables, tent and insurance", "600"), ("Music", "150")),
    ),
)
