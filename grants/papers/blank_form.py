"""The blank form of a round, to print and fill in by hand: every question that the round asks, and all that a group must know.

`form` makes one value of a question set and of what is said about the round; `as_pdf` and `as_docx` draw it, in ordinary or
large print (18 points). Both keep its structure for a screen reader: headings, lists and tables with a head, in British English
or the language asked for. Nothing here reads the database but `about`, which says of a round what `form` needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from grants.kernel.money import Money
from grants.kernel.words import _, many
from grants.papers.award_letter import day
from grants.people.kinds import SAID, VOLUNTARY
from grants.people.kinds import Kind as Body
from grants.questions.conditions import Figure, Test, When
from grants.questions.document import CHOSEN, YES, Block, Document, Kind, Question, Section
from grants.questions.easy import worded
from grants.questions.purposes import purposes
from grants.rounds import queries as rounds
from grants.rounds.models import Round
from grants.rounds.rules import in_words
from grants.rounds.terms import Firmness, Helps, Tier

LARGE = 18  # points, as the RNIB's Clear Print asks of large print
ORDINARY = 11
WORDS_A_LINE = 11  # by hand, across the page
MOST_LINES = 30  # on the form; the rest goes on a sheet of its own
COPIES = 2  # of what is asked again for each of several, before "copy this page"
OUTCOMES, COSTS, PEOPLE, MILESTONES = 2, 8, 4, 5  # empty rows
LANGUAGES = {"en": "en-GB", "en-easy": "en-GB", "cy": "cy-GB"}


# -- the value ----------------------------------------------------------------------------------------------------------


class Heading(NamedTuple):
    """Level 1 is the form's title, 2 a part of it, 3 a question."""

    words: str
    level: int


class Words(NamedTuple):
    """Paragraphs. `quiet`: help with a question."""

    said: str
    quiet: bool = False


class Listed(NamedTuple):
    """A list to read."""

    said: Sequence[str]


class Ticks(NamedTuple):
    """A list to tick."""

    said: Sequence[str]


class Lines(NamedTuple):
    """Room to write, so many lines."""

    many: int


class Grid(NamedTuple):
    """A table to fill in. `widths` are parts of the page's width; a row with no words is empty."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


Piece: TypeAlias = Heading | Words | Listed | Ticks | Lines | Grid


class Form(NamedTuple):
    """A whole blank form, whatever it is drawn as."""

    title: str
    subject: str
    owner: str
    foot: str
    language: str
    pieces: Sequence[Piece]


class About(NamedTuple):
    """What is said of a round on its form. Sentences are whole; what is empty is left out."""

    title: str
    owner: str  # who gives the money
    purpose: str
    limits: str  # "You can ask for £50 to £3,000."
    dates: Sequence[str] = ()  # when it opens and closes, when projects run, when groups hear
    who_may: Sequence[str] = ()  # kinds of group and places
    not_for: Sequence[str] = ()  # what the money is not for
    send_with: Sequence[str] = ()  # documents
    priorities: Sequence[str] = ()  # or purposes: what a project may help with
    places: Sequence[str] = ()  # where a project may be; empty: a postcode is asked
    kinds: Sequence[str] = ()  # of group, to tick
    tiers: Mapping[str, str] = MappingProxyType({})  # key -> the asks in it: "£50 to £1,000"
    five_parts: bool = True  # all the parts of an outcome; otherwise only what and for whom
    two_parts: str = ""  # the asks that need only those two, where others need all five: "£50 to £1,000"
    vat: bool = False
    signatures: int = 1
    two_sign: str = ""  # the asks that need the second signature, where others need one
    privacy: str = ""
    return_to: Sequence[str] = ()  # lines of an address
    online: str = ""  # the address of the round's page
    ask: str = ""  # whom to ask for help, or for the form in another way


def about(
    round: Round,
    *,
    places: Sequence[str] = (),
    documents: Mapping[str, str] | None = None,
    return_to: Sequence[str] = (),
    online: str = "",
    ask: str = "",
) -> About:
    """What the form says of a round. `places`: where a project may be, for a round that does not ask for a postcode;
    `documents`: what a tier's evidence is called."""
    terms, stream = round.terms, round.pot.stream
    kinds = terms.kinds or tuple(kind for kind in Body if kind in VOLUNTARY or not stream.voluntary_only)
    said = {tier.key: _asks(tier) for tier in terms.tiers}
    short = [tier for tier in terms.tiers if not tier.full_outcomes]
    double = [tier for tier in terms.tiers if tier.signatures > 1]
    return About(
        title=round.title,
        owner=stream.partnership.name,
        purpose=round.purpose,
        limits=_("You can ask for %(least)s to %(most)s.", least=pounds(round.smallest), most=pounds(round.largest)),
        dates=list(_dates(round)),
        who_may=[_(SAID[kind]) for kind in kinds]
        + ([_("Your project must be in %(area)s.", area=terms.area_in_words)] if terms.area_in_words else []),
        not_for=[one.reason for one in terms.not_funded if one.firmness is Firmness.FIXED],
        send_with=list(_send_with(terms.tiers, said, documents or {})),
        priorities=list(_helps(round)),
        places=() if terms.asks_postcode else places,
        kinds=[_(SAID[kind]) for kind in kinds],
        tiers=said,
        five_parts=len(short) < len(terms.tiers) or not terms.tiers,
        two_parts=_(" or ").join(said[tier.key] for tier in short) if len(short) < len(terms.tiers) else "",
        vat=terms.asks_vat,
        signatures=2 if double else 1,
        two_sign=_(" or ").join(said[tier.key] for tier in double) if len(double) < len(terms.tiers) else "",
        privacy=terms.privacy or "",
        return_to=return_to,
        online=online,
        ask=ask,
    )


def _asks(tier: Tier) -> str:
    return _("%(least)s to %(most)s", least=pounds(Money(tier.least)), most=pounds(Money(tier.most)))


def _dates(round: Round) -> Iterator[str]:
    yield _("You can apply from %(when)s.", when=in_words(round.opens_at))
    yield _("We must have this form by %(when)s.", when=in_words(round.closes_at))
    if months := round.terms.months_to_deliver:
        yield many("You must spend the money within %(num)s month of getting it.",
                   "You must spend the money within %(num)s months of getting it.", months)  # fmt: skip
    else:
        yield _("Projects run from %(first)s to %(last)s.", first=day(round.project_starts_on), last=day(round.project_ends_on))
    if round.terms.answer_by:
        yield _("We will tell you our answer by %(day)s.", day=day(date.fromisoformat(round.terms.answer_by)))


def _helps(round: Round) -> Iterator[str]:
    """What a project may help with: purposes in plain words, unless every tier chooses from the plan itself."""
    ways = {tier.helps for tier in round.terms.tiers} or {Helps.PRIORITY}
    if ways == {Helps.PRIORITY}:
        chosen = round.terms.priorities
        yield from (one.title for one in rounds.priorities(round.strategy) if not chosen or one.ref in chosen)
    elif ways != {Helps.NOT_ASKED}:
        yield from (_(one.label) for one in purposes())


def _send_with(tiers: Sequence[Tier], said: Mapping[str, str], documents: Mapping[str, str]) -> Iterator[str]:
    needed: dict[str, list[Tier]] = {}
    for tier in tiers:
        for what in tier.evidence:
            needed.setdefault(what, []).append(tier)
    for what, by in needed.items():
        name = documents.get(what) or _capital(what)
        if len(by) == len(tiers):
            yield name
        else:
            asks = _(" or ").join(said[tier.key] for tier in by)
            yield _("%(document)s (only if you ask us for %(much)s)", document=name, much=asks)


# -- making it ----------------------------------------------------------------------------------------------------------


def form(document: Document, about: About, *, language: str = "en") -> Form:
    """The blank form of a question set, with what is said of its round, in a language as far as the set has its words."""
    asked = worded(document, language)
    writer = _Writer(asked, about)
    pieces = [*_front(about), *writer.parts(), *_end(about)]
    return Form(
        _("Application form: %(round)s", round=about.title),
        about.purpose,
        about.owner,
        f"{about.title} · {about.owner}",
        LANGUAGES.get(language, "en-GB"),
        pieces,
    )


def _front(about: About) -> Iterator[Piece]:
    yield Heading(_("Application form: %(round)s", round=about.title), 1)
    yield Words(about.owner)
    if about.online:
        yield Words(_("You can also apply online at %(address)s. You do not need to do both.", address=about.online))
    yield Heading(_("Before you start"), 2)
    yield Words(about.purpose)
    yield Words(about.limits)
    if about.dates:
        yield Listed(about.dates)
    if about.who_may:
        yield Heading(_("Who can apply"), 3)
        yield Listed(about.who_may)
    if about.not_for:
        yield Heading(_("What the money is not for"), 3)
        yield Listed(about.not_for)
    yield Heading(_("How to fill in this form"), 3)
    yield Listed(
        [
            _("Write in black or blue ink, or type."),
            _("Short answers are fine. You do not have to fill every line."),
            _("If you need more room, use another sheet. Write the number of the question on it."),
            _("If a question says “Answer this only if”, and it does not fit you, go to the next one."),
        ]
    )
    if about.ask:
        yield Words(about.ask)


def _end(about: About) -> Iterator[Piece]:
    if about.send_with:
        yield Heading(_("What to send with this form"), 2)
        yield Words(_("Tick what you are sending. Send copies: we cannot send originals back."))
        yield Ticks(about.send_with)
    if about.privacy:
        yield Heading(_("How we use what you tell us"), 2)
        yield Words(about.privacy)
    if about.return_to:
        yield Heading(_("Where to send it"), 2)
        yield Words("\n".join(about.return_to))
        yield Words(_("We will tell you when we have it. Keep a copy."))


class _Writer:
    """Writes the questions, numbered through the form, so that conditions can name them."""

    def __init__(self, document: Document, about: About) -> None:
        self.document, self.about = document, about
        self.number = 0
        self.numbers: dict[str, int] = {}  # question -> its number

    def parts(self) -> Iterator[Piece]:
        """Every part of the form that asks something."""
        yield from self._group()
        shown = [page for page in self.document.pages if not _second_stage(page.when)]
        for page in shown:
            yield Heading(_(page.title), 2)
            if page.when and (said := self.when(page.when)):
                yield Words(_("Fill in this part only if %(said)s.", said=said))
            elif page.block is Block.HOST:
                yield Words(_("Fill in this part only if your group has no bank account of its own."))
            if page.intro:
                yield Words(page.intro)
            yield from self._block(page.block) if page.block else self._section(page)
        yield from self._sign()

    # questions

    def _section(self, page: Section) -> Iterator[Piece]:
        asked = [question for question in page.asked if not _second_stage(question.when)]
        if not page.repeat:
            for question in asked:
                yield from self._question(question)
        else:
            yield Words(
                _(
                    "You can tell us about up to %(most)s. There is room for %(room)s here. Copy this part if you need more.",
                    most=page.repeat,
                    room=min(COPIES, page.repeat),
                )
            )
            first = self.number
            for n in range(1, min(COPIES, page.repeat) + 1):
                self.number = first
                yield Heading(f"{_capital(page.item or '')} {n}", 3)
                for question in asked:
                    yield from self._question(question)
        keys = {question.key for question in asked}
        for sum_ in self.document.calculations:
            last = [name for name in (*sum_.add, *sum_.less) if self.document.question(name)][-1:]
            if last and last[0] in keys:
                yield Words(_("%(label)s. Work it out here:", label=sum_.label))
                yield Lines(1)

    def _question(self, question: Question) -> Iterator[Piece]:
        self.number += 1
        self.numbers[question.key] = self.number
        yield Heading(f"{self.number}. {question.label}", 3)
        if question.when and (said := self.when(question.when)):
            yield Words(_("Answer this only if %(said)s.", said=said))
        if help_ := " ".join(one for one in (question.hint, self._how(question)) if one):
            yield Words(help_, quiet=True)
        if question.guidance:
            yield Words(question.guidance, quiet=True)
        yield from _room(question)

    @staticmethod
    def _how(question: Question) -> str:
        said = [] if question.required else [_("You can leave this out.")]
        if question.kind is Kind.CHOICE or question.kind is Kind.YES_NO:
            said.append(_("Tick one."))
        elif question.kind is Kind.CHOICES:
            said.append(_("Tick all that fit."))
        elif question.words and question.words > 1:
            said.append(_("Use up to %(most)s words.", most=question.words))
            if question.words / WORDS_A_LINE > MOST_LINES:
                said.append(_("You may go on on another sheet."))
        elif question.kind in (Kind.MONEY, Kind.NUMBER):
            said += _between(question)
        return " ".join(said)

    def _next(self, words: str, hint: str = "") -> Iterator[Piece]:
        """A numbered question of the product's own."""
        self.number += 1
        yield Heading(f"{self.number}. {words}", 3)
        if hint:
            yield Words(hint, quiet=True)

    # the product's own parts

    def _group(self) -> Iterator[Piece]:
        yield Heading(_("About your group"), 2)
        yield from self._next(_("What is your group called?"))
        yield Lines(1)
        if self.about.kinds:
            yield from self._next(_("What kind of group is it?"), _("Tick one."))
            yield Ticks(self.about.kinds)
        yield from self._next(_("What is your group’s address?"), _("Where we can write to you. Give the postcode."))
        yield Lines(3)
        yield from self._next(
            _("Charity or company number"), _("Leave this empty if your group has none. Many groups have none.")
        )
        yield Lines(1)
        yield from self._next(_("Who can we ask about this form?"))
        yield from _contact()

    def _block(self, block: Block) -> Iterator[Piece]:
        write = {
            Block.PROJECT: self._project,
            Block.COSTS: self._costs,
            Block.OUTCOMES: self._outcomes,
            Block.BENEFICIARIES: self._beneficiaries,
            Block.MILESTONES: self._milestones,
            Block.EVIDENCE: self._evidence,
            Block.HOST: self._host,
        }
        yield from write[block]()

    def _project(self) -> Iterator[Piece]:
        yield from self._next(_("What is your project called?"), _("A few words. For example: ‘Friday football in the park’."))
        yield Lines(1)
        if self.about.priorities:
            yield from self._next(_("What will it help with most?"), _("Tick one."))
            yield Ticks(self.about.priorities)
        if self.about.places:
            yield from self._next(_("Where will most of it happen?"), _("Tick one."))
            yield Ticks(self.about.places)
        else:
            yield from self._next(
                _("What is the postcode of the place where most of it will happen?"),
                _("Where people will come, and not where your treasurer lives. If there is no postcode, tell us where it is."),
            )
            yield Lines(1)

    def _costs(self) -> Iterator[Piece]:
        yield from self._next(
            _("What will you spend our money on?"),
            _("One thing to a line. Round figures are fine. Add up the costs: the total is what you ask us for. %(limits)s",
              limits=self.about.limits),
        )  # fmt: skip
        empty = [("", "")] * COSTS
        yield Grid([_("What for"), _("Cost in £")], [*empty, (_("Total you ask us for"), "")], [3, 1])
        if self.about.vat:
            yield from self._next(
                _("Can your group claim VAT back?"),
                _("Most small groups cannot. If you can, leave the VAT out of your costs. Tick one."),
            )
            yield Ticks([_("Yes"), _("No"), _("We do not know")])

    def _outcomes(self) -> Iterator[Piece]:
        yield from self._next(
            _("What will be different because of your project?"),
            _("Not what you will do, but what will change for people. For example: ‘feel safer walking home’. One is enough."),
        )
        if self.about.two_parts:
            yield Words(_("If you ask us for %(much)s, you need only the first two boxes.", much=self.about.two_parts))
        parts = [_("What will be different"), _("For whom")]
        if self.about.five_parts:
            parts += [_("For how many, or by how much"), _("By when"), _("How you will know")]
        for n in range(1, OUTCOMES + 1):
            yield Grid([_("Change %(number)s", number=n), _("Your answer")], [(part, "") for part in parts], [1, 2])

    def _beneficiaries(self) -> Iterator[Piece]:
        yield from self._next(
            _("Who is it for, and about how many people?"),
            _("For example: young people aged 11 to 16, about 40. A good guess is enough."),
        )
        yield Grid([_("Who"), _("About how many")], [("", "")] * PEOPLE, [3, 1])

    def _milestones(self) -> Iterator[Piece]:
        yield from self._next(
            _("What will have happened by when?"), _("The main steps are enough. For example: ‘First session’.")
        )
        yield Grid([_("What will have happened"), _("By when")], [("", "")] * MILESTONES, [3, 1])

    def _evidence(self) -> Iterator[Piece]:
        yield Words(_("Look at “What to send with this form” at the end. Tick what you are sending."))

    def _host(self) -> Iterator[Piece]:
        yield Words(_("Another organisation can hold the money for you. We will ask them before we offer you anything."))
        yield from self._next(_("Which organisation will hold the money?"))
        yield Lines(1)
        yield from self._next(_("Who can we ask there?"))
        yield from _contact()

    def _sign(self) -> Iterator[Piece]:
        yield Heading(_("Sign the form"), 2)
        declared = [one for one in self.document.declarations if not _second_stage(one.when)]
        if declared:
            yield Words(_("Tick to say that this is so:"))
            yield Ticks([self._declared(one) for one in declared])
        for n in range(1, self.about.signatures + 1):
            if self.about.signatures > 1:
                yield Heading(_("Signature %(number)s", number=n), 3)
            if n > 1 and self.about.two_sign:
                yield Words(_("We need a second signature only if you ask us for %(much)s.", much=self.about.two_sign))
            blank = [(part, "") for part in (_("Name"), _("What you do in the group"), _("Signature"), _("Date"))]
            yield Grid([_("Somebody who signs for the group"), _("Your answer")], blank, [1, 2])

    def _declared(self, question: Question) -> str:
        said = self.when(question.when) if question.when else ""
        return _("%(label)s (only if %(said)s)", label=question.label, said=said) if said else question.label

    # conditions in words

    def when(self, when: When) -> str:
        """A condition as the end of "only if …"."""
        parts = [self.when(one) if isinstance(one, When) else self._test(one) for one in (*when.all, *when.any)]
        joined = [part for part in parts if part]
        return (_(", or ") if when.any else _(", and ")).join(joined)

    def _test(self, test: Test) -> str:
        if test.of in set(Figure):
            return self._figure(Figure(test.of), test)
        question = self.document.question(test.of)
        if question is None:
            label = self.document.sums[test.of].label if test.of in self.document.sums else test.of
            return _("“%(what)s” is %(much)s", what=label, much=_much(test, money=True))
        number = self.numbers.get(test.of, 0)
        if test.answered is not None:
            said = _("you answered question %(number)s") if test.answered else _("you did not answer question %(number)s")
            return said % {"number": number}
        if values := test.any_of or test.none_of:
            ticked = _(" or ").join(f"‘{question.shown(value)}’" for value in values)
            if question.kind in CHOSEN or question.kind is Kind.YES_NO:
                how = _("you ticked %(what)s in question %(number)s") if test.any_of else _(
                    "you did not tick %(what)s in question %(number)s")  # fmt: skip
            else:
                how = _("you wrote %(what)s in question %(number)s") if test.any_of else _(
                    "you did not write %(what)s in question %(number)s")  # fmt: skip
            return how % {"what": ticked, "number": number}
        return _("your answer to question %(number)s is %(much)s", number=number, much=_much(test, question.kind is Kind.MONEY))

    def _figure(self, figure: Figure, test: Test) -> str:
        values, no = test.any_of or test.none_of, bool(test.none_of)
        if figure is Figure.ASK:
            return _("you ask us for %(much)s", much=_much(test, money=True))
        if figure is Figure.PEOPLE:
            return _("it is for %(much)s people", much=_much(test, money=False))
        if figure is Figure.TIER:
            tiers = _(" or ").join(self.about.tiers.get(value, value) for value in values)
            return (_("you do not ask us for %(much)s") if no else _("you ask us for %(much)s")) % {"much": tiers}
        if figure is Figure.KIND:
            kinds = _(" or ").join(values)
            return (_("your group is not a %(kind)s") if no else _("your group is a %(kind)s")) % {"kind": kinds}
        if figure is Figure.ACCOUNT:
            has = (YES in values) is not no
            return _("your group has a bank account of its own") if has else _("your group has no bank account of its own")
        return ""


def _second_stage(when: When | None) -> bool:
    """Whether it is asked only at a second stage, which has no paper form."""
    return when is not None and any(test.of == Figure.STAGE and "1" not in test.any_of and test.any_of for test in when.tests)


def _much(test: Test, money: bool) -> str:
    def said(number: Decimal) -> str:
        return pounds(Money(int(number * 100))) if money else f"{number:f}"

    if test.at_least is not None and test.at_most is not None:
        return _("%(least)s to %(most)s", least=said(test.at_least), most=said(test.at_most))
    if test.at_least is not None:
        return _("%(least)s or more", least=said(test.at_least))
    return _("%(most)s or less", most=said(test.at_most or Decimal(0)))


def _between(question: Question) -> Iterator[str]:
    def said(number: int) -> str:
        return pounds(Money(number * 100)) if question.kind is Kind.MONEY else str(number)

    if question.least is not None and question.most is not None:
        yield _("From %(least)s to %(most)s.", least=said(question.least), most=said(question.most))
    elif question.least is not None:
        yield _("%(least)s or more.", least=said(question.least))
    elif question.most is not None:
        yield _("%(most)s or less.", most=said(question.most))


def _room(question: Question) -> Iterator[Piece]:
    """Room for the answer, as its kind is answered by hand."""
    kind = question.kind
    if kind in CHOSEN:
        yield Ticks([option.label for option in question.options])
    elif kind is Kind.YES_NO:
        yield Ticks([_("Yes"), _("No")])
    elif kind is Kind.CONTACT:
        yield from _contact()
    elif kind is Kind.DATE:
        yield Grid([_("Day"), _("Month"), _("Year")], [("", "", "")], [1, 1, 1])
    elif kind is Kind.FILE:
        most = question.most or 1
        yield Ticks([many("It is with this form", "They are with this form (up to %(num)s)", most)])
    elif kind is Kind.MONEY:
        yield Words(_("In pounds:"))
        yield Lines(1)
    else:
        yield Lines(_lines(question))


def _lines(question: Question) -> int:
    if question.kind is Kind.ADDRESS:
        return 4
    if question.words is None:
        return 1
    return max(1 if question.kind is Kind.SHORT else 3, min(MOST_LINES, -(-question.words // WORDS_A_LINE)))


def _contact() -> Iterator[Piece]:
    yield Grid(
        [_("Contact"), _("Your answer")],
        [(part, "") for part in (_("Name"), _("Telephone"), _("Email, if you have one"))],
        [1, 2],
    )


def pounds(amount: Money) -> str:
    """£3,000, or £3,000.50 where there are pence."""
    return str(amount).removesuffix(".00")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# -- drawing it ---------------------------------------------------------------------------------------------------------


def as_pdf(blank: Form, *, large: bool = False) -> bytes:
    """The form as a tagged PDF, fonts embedded. The same form gives the same bytes."""
    from grants.papers.tagged import Paper

    size = LARGE if large else ORDINARY
    paper = Paper(blank.title, author=blank.owner, subject=blank.subject, foot=blank.foot, size=size, language=blank.language)
    for n, piece in enumerate(blank.pieces):
        match piece:
            case Heading(words, level):
                if level > 1:
                    paper.together(_needs(blank.pieces[n + 1 : n + 6], size))
                paper.heading(words, level)
            case Words(said, quiet):
                paper.text(said, quiet=quiet)
            case Listed(said):
                paper.items(said)
            case Ticks(said):
                paper.ticks(said)
            case Lines(lines):
                paper.lines(_more(lines, large))
            case Grid(columns, rows, widths):
                paper.grid(columns, rows, [width * PAGE / sum(widths) for width in widths])
    return paper.bytes()


PAGE = 166  # millimetres between the margins of A4


def _more(lines: int, large: bool) -> int:
    """Large handwriting needs more lines."""
    return lines + lines // 3 if large and lines > 2 else lines


def _needs(following: Sequence[Piece], size: float) -> float:
    """Millimetres that a heading and what comes next should have on its page: its words, and the beginning of an answer."""
    line = max(9.0, size * 0.7)
    room = line * 2
    for n, piece in enumerate(following):
        match piece:
            case Heading():
                return room + _needs(following[n + 1 :], size)
            case Ticks(said) | Listed(said):
                return room + line * min(len(said), 6)
            case Grid(_columns, rows, _widths):
                return room + line * 1.3 * min(len(rows) + 1, 8)
            case Lines(lines):
                return room + line * min(lines, 4)
            case Words():
                room += line * 1.5
    return room


def as_docx(blank: Form, *, large: bool = False) -> bytes:
    """The form for a word processor: its own headings, lists and tables, to fill in on a screen or by hand."""
    from docx import Document as Empty
    from docx.shared import Mm

    size = LARGE if large else ORDINARY + 1
    paper = Empty()
    _dress(paper, blank, size)
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    section.footer.paragraphs[0].text = blank.foot
    for piece in blank.pieces:
        match piece:
            case Heading(words, level):
                paper.add_heading(_clean(words), level)
            case Words(said, quiet):
                for block in _clean(said).split("\n\n"):
                    paper.add_paragraph(block, style="Help" if quiet else "Normal")
            case Listed(said):
                for one in said:
                    paper.add_paragraph(_clean(one), style="List Bullet")
            case Ticks(said):
                for one in said:
                    paper.add_paragraph(f"☐ {_clean(one)}", style="Tick")
            case Lines(lines):
                for _line in range(_more(lines, large)):
                    paper.add_paragraph(style="Answer line")
            case Grid(columns, rows, widths):
                _docx_table(paper, columns, rows, [Mm(width * PAGE / sum(widths)) for width in widths])
    into = BytesIO()
    paper.save(into)
    return into.getvalue()


def _clean(words: str) -> str:
    """The words without what XML cannot hold."""
    return "".join(letter for letter in words if letter in "\n\t" or ord(letter) >= 32)


def _dress(paper: Any, blank: Form, size: int) -> None:
    """Language, title and styles: black on white, nothing smaller than `size` points."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    facts = paper.core_properties
    facts.title, facts.author, facts.subject, facts.language = blank.title, blank.owner, blank.subject[:255], blank.language
    facts.comments = ""
    for language in paper.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), blank.language)
    black = RGBColor(0x0B, 0x0C, 0x0C)
    for name, points in (("Normal", size), ("Heading 1", size + 9), ("Heading 2", size + 5), ("Heading 3", size + 1)):
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Arial", Pt(points), black
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Arial")
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_after = Pt(6)
    paper.styles["Heading 2"].paragraph_format.space_before = Pt(size * 1.5)
    paper.styles["Heading 3"].paragraph_format.space_before = Pt(size)
    paper.styles["Footer"].font.size = Pt(size if size >= LARGE else size - 2)
    for name in ("Help", "Tick", "Answer line"):
        style = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = paper.styles["Normal"]
    paper.styles["Help"].font.color.rgb = RGBColor(0x48, 0x49, 0x49)
    paper.styles["Help"].paragraph_format.keep_with_next = True
    tick = paper.styles["Tick"].paragraph_format
    tick.left_indent, tick.first_line_indent, tick.space_after = Mm(8), Mm(-8), Pt(4)
    line = paper.styles["Answer line"]
    line.paragraph_format.space_before, line.paragraph_format.space_after = Pt(size * 0.9), Pt(0)
    borders = OxmlElement("w:pBdr")
    for where in ("bottom", "between"):  # in the order the schema has them
        border = OxmlElement(f"w:{where}")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "6F777B")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    line.element.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def _docx_table(paper: Any, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[Any]) -> None:
    """A table whose first row is its head, said again on every page it runs over."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    table = paper.add_table(rows=1 + len(rows), cols=len(columns), style="Table Grid")
    table.autofit = False
    for cell, words in zip(table.rows[0].cells, columns, strict=True):
        cell.paragraphs[0].add_run(_clean(words)).bold = True
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row, said in zip(list(table.rows)[1:], rows, strict=True):
        row.height = Mm(10)
        for cell, words in zip(row.cells, said, strict=True):
            cell.text = _clean(words)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    paper.add_paragraph()
