"""Who may apply, what is still missing from a draft, and what can be kept in one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from grants.applications.models import Application, State
from grants.files.models import What
from grants.files.rules import NAMES
from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.words import _, many, mark
from grants.people.kinds import kind_of
from grants.people.models import Organisation, Person
from grants.questions import answers
from grants.questions.answers import read_postcode
from grants.questions.conditions import Figure, Known
from grants.questions.document import NO, YES, Block, Document, Section
from grants.rounds.eligibility import Asker, Finding, findings, needs_host
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.rules import in_grace, in_words, not_taking, taking
from grants.rounds.terms import Helps, Tier
from grants.streams.rules import may_receive

TITLE = 100  # characters of a project's title
WHAT = 200  # characters of a cost line, an outcome's part or a milestone
LINES = 40  # cost lines
FEW_LINES = 12  # outcomes, milestones, groups of people
KEPT = 20_000  # characters of one answer, far above any limit in words
PEOPLE = 1_000_000  # more people than live anywhere a partnership runs
DAYS_UNTIL = 60  # at the most, when an application is opened again


class Page(StrEnum):
    """The pages a draft is made of, as their addresses name them."""

    PLACE = "place"
    QUESTIONS = "questions"
    COSTS = "costs"
    OUTCOMES = "outcomes"
    BENEFICIARIES = "people"
    MILESTONES = "milestones"
    EVIDENCE = "documents"
    HOST = "host"


PAGES: Mapping[Block, Page] = {
    Block.PROJECT: Page.PLACE,
    Block.COSTS: Page.COSTS,
    Block.OUTCOMES: Page.OUTCOMES,
    Block.BENEFICIARIES: Page.BENEFICIARIES,
    Block.MILESTONES: Page.MILESTONES,
    Block.EVIDENCE: Page.EVIDENCE,
    Block.HOST: Page.HOST,
}


class About(NamedTuple):
    """What is known of an application's group and partnership that the application itself does not say."""

    places: bool = False  # has the partnership places to choose from?
    account: bool | None = None  # has the group a bank account of its own?
    documents: Collection[str] = ()  # references of the documents put with it that are still there to be read
    host_name: str | None = None  # of the organisation that is to hold the money
    host: str | None = None  # where the question to a host organisation stands: asked, agreed, declined
    sent_on: Sequence[date] = ()  # days the group sent other applications to the same fund
    funded_in: Collection[int] = ()  # financial years in which the same fund gave it something


class Gap(NamedTuple):
    """One thing that stops an application being sent, the page and the field where it is put right.

    `started` says that something is there but not right: a page with only such gaps is in progress.
    """

    sentence: str
    page: Page
    section: str | None
    field: str
    started: bool = False


class Progress(StrEnum):
    """Where one page of a draft stands."""

    NOT_STARTED = "not started"
    IN_PROGRESS = "in progress"
    DONE = "done"
    LOCKED = "nothing to do"
    OPTIONAL = "optional"  # nothing there, and nothing has to be


class Task(NamedTuple):
    """One line of the task list."""

    title: str
    page: Page
    section: str | None
    progress: Progress
    gaps: Sequence[Gap]


# -- what the ask chooses ---------------------------------------------------------------------------------------------


def ask(application: Application) -> Money | None:
    """What it asks for: its costs, or while there are none, what the group said it means to ask for."""
    return application.asked or application.sought


def tier(application: Application) -> Tier | None:
    """The tier its ask falls in; the lowest while nothing is said; none where the round has no tiers."""
    tiers = application.round.terms.tiers
    amount = ask(application)
    found = application.round.terms.tier(amount)
    if found is None and tiers:
        return tiers[-1] if amount is not None and amount.pence > tiers[-1].most else tiers[0]
    return found


def helps(application: Application) -> Helps:
    """How the group says what its project helps with."""
    there = tier(application)
    return there.helps if there else Helps.PRIORITY


def known(application: Application, document: Document, about: About) -> Known:
    """What conditions and sums of the question set may ask about: answers to questions that are not asked any more do not
    count."""
    said: dict[str, list[str]] = {}
    for answer in application.answers:
        said.setdefault(answer.question, []).extend(answer.text.split("\n") if "\n" in answer.text else [answer.text])
    amount, there, kind = ask(application), tier(application), kind_of(application.organisation.organisation_type)
    figures = {
        Figure.ASK: amount.plain if amount else "",
        Figure.TIER: there.key if there else "",
        Figure.STAGE: str(application.stage),
        Figure.KIND: kind.name.lower().replace("_", "-") if kind else "",
        Figure.PEOPLE: _people(application) if document.block(Block.BENEFICIARIES) else "",
        Figure.ACCOUNT: {True: YES, False: NO}.get(about.account, "") if about.account is not None else "",
    }
    return document.heard(Known(said, figures))


def _people(application: Application) -> str:
    return str(sum(one.people for one in application.beneficiaries)) if application.beneficiaries else ""


def asker(application: Application, about: About) -> Asker:
    """The application as the round's rules see it."""
    group, found = application.organisation, application.found or {}
    places = [one for one in (found.get("ward"), application.locality.ref if application.locality else None) if one]
    return Asker(
        kind=kind_of(group.organisation_type),
        account=about.account,
        ask=ask(application),
        places=places,
        against=[key for key, said in application.against.items() if said == YES],
        sent_on=about.sent_on,
        funded_in=about.funded_in,
    )


# -- may it? ----------------------------------------------------------------------------------------------------------


def ineligible(
    round: Round, organisation: Organisation, at: datetime | None = None, *, until: datetime | None = None
) -> Iterator[str]:
    """Why this organisation cannot apply to this round, in words for the group. `until`: a later time that it was given."""
    yield from not_taking(round, at, until)
    yield from barred(round, organisation)


def barred(round: Round, organisation: Organisation) -> Iterator[str]:
    """Why the round's money may not go to this organisation at all, whenever it asks (R03)."""
    if any(may_receive(round.pot.stream, organisation)):
        yield _(
            "This money is only for voluntary and community groups, and %(group)s is not recorded as one. "
            "Contact us if that is wrong.",
            group=organisation.name,
        )


def unrehearsable(round: Round) -> Iterator[str]:
    """A round is tried out before it opens."""
    if round.state is not RoundState.PLANNED:
        yield _("This round has opened. Try out the next one before it does.")


def refused(found: Sequence[Finding]) -> Iterator[str]:
    """The sentences of the fixed rules that are broken, each with where to try instead."""
    for one in found:
        if one.refuses:
            yield f"{one.sentence} {one.instead}" if one.instead else one.sentence


def already(live: Application | None) -> Iterator[str]:
    """One live application from a group to a round."""
    if live is not None:
        yield _(
            "%(group)s already has an application to this round: %(ref)s. Carry on with that one, or withdraw it first.",
            group=live.organisation.name,
            ref=live.ref,
        )


def workable(application: Application, at: datetime | None = None) -> bool:
    """Can a draft be changed and sent at this instant (now)? While its round takes applications, or until its own later day."""
    at = at or clock.now()
    if application.state is not State.DRAFT:
        return False
    if application.rehearsal:
        return True
    if application.until is not None and application.sends:  # opened again: only its own day counts
        return at < application.until
    return taking(application.round, at, application.until)


def closes_at(application: Application) -> datetime:
    """When it can no longer be sent: the round's closing time, or its own."""
    return application.until or application.round.closes_at


def closed_to_changes(application: Application, at: datetime | None = None) -> Iterator[str]:
    """Why a draft can no longer be changed or sent."""
    if application.state is not State.DRAFT:
        yield _("This application is already %(state)s, so it cannot be changed.", state=application.state.value)
        return
    if workable(application, at):
        return
    if application.sends:
        yield _("The time to change this application ended on %(when)s.", when=in_words(closes_at(application)))
    else:
        yield from not_taking(application.round, at, application.until)
    yield _("Nothing you sent before is lost, and what you just typed is still on this page so that you can copy it.")


def too_late(application: Application, at: datetime) -> Iterator[str]:
    """Why it cannot be sent at this instant. The round's grace counts for sending, not for changing."""
    if not (application.state is State.DRAFT and not application.sends and in_grace(application.round, at)):
        yield from closed_to_changes(application, at)


def part(page: Page, section: str | None) -> str:
    """The key of a page, as reopenings, remarks and marks name it: a section's own, or that of the product's page."""
    return section or page.value


def locked(
    application: Application, page: Page, section: Section | None, wanting: Callable[[], Iterable[Gap]]
) -> Iterator[str]:
    """Why this page is not to be done again: it was not among those the application was opened for.

    A page that stops it being sent is never locked, nor one whose answers have changed since: what was begun is finished.
    `section`: of a page of questions; `wanting`: everything that stops it being sent, asked only where it matters.
    """
    there, key = application.reopened, section.key if section else None
    if there is None or not there.parts or part(page, key) in there.parts or _changed_since(application, section):
        return
    if not any(gap.page is page and gap.section == key for gap in wanting()):
        yield _("This part was not opened again, so it stays as you sent it.")


def _changed_since(application: Application, section: Section | None) -> bool:
    """Does any answer on this page of questions differ from what was sent?"""
    if section is None or application.snapshot is None:
        return False
    sent = {one["key"]: one["typed"] for page in application.snapshot.content["sections"] for one in page["answers"]}
    said: dict[str, list[str]] = {}
    for answer in application.answers:
        said.setdefault(answer.question, []).append(answer.text)
    return any("\n\n".join(said.get(one.key, [""])) != sent.get(one.key, "") for one in section.asked)


def unsigned(by: Person, signers: Collection[Person]) -> Iterator[str]:
    """Why this person may not send it: somebody signs for the group, and it is not they."""
    if signers and by.id not in {one.id for one in signers}:
        yield _(
            "Only somebody who signs for your group can send this: %(who)s. Tell them it is ready.",
            who=_(" or ").join(one.name for one in signers),
        )


# -- what is missing --------------------------------------------------------------------------------------------------


def gaps(application: Application, document: Document, about: About) -> Iterator[Gap]:
    """Everything that stops it being sent, page by page."""
    there = known(application, document, about)
    for page in document.pages_for(there):
        found = list(_page_gaps(application, page, document, there, about))
        yield from found or _unchecked(application, page)
    for one in refused(findings(application.round, asker(application, about)._replace(ask=None))):
        yield Gap(one, Page.PLACE, None, "title", True)


def from_last_time(application: Application, section: Section) -> bool:
    """Does a page still say what last time's application said, and nobody has saved it since?"""
    marks = {PAGES[section.block].value} if section.block else {copied_answer(question.key) for question in section.asked}
    return not marks.isdisjoint(application.copied)


def copied_answer(key: str) -> str:
    """How an answer that was copied is marked."""
    return f"answer {key}"


def _unchecked(application: Application, section: Section) -> Iterator[Gap]:
    """A page that still says what last time's application said: it is looked at and saved before it is sent."""
    page = PAGES[section.block] if section.block else Page.QUESTIONS
    key = None if section.block else section.key
    if from_last_time(application, section):
        yield Gap(_("Check “%(title)s”: it is from last time. Save it if it is still true", title=section.title), page, key,
                  "main-content", True)  # fmt: skip


class Unread(NamedTuple):
    """A line of a table that cannot be read, or is only half there: where it stands, and all that was typed, by field."""

    place: int
    said: Mapping[str, str]


def unread(application: Application, page: Page) -> list[Unread]:
    """The lines of a page's table that are kept as they were typed, because they cannot be read yet."""
    return [Unread(place, said) for place, said in application.unread.get(page.value, [])]


def not_finished(lines: Iterable[Unread]) -> list[tuple[str, str]]:
    """Such lines, each with what it is called."""
    return [(_("Line %(number)s, not finished", number=one.place + 1), " ".join(one.said.values())) for one in lines]


_FIRST_FIELD = {Page.COSTS: "costs-%s-what", Page.BENEFICIARIES: "lines-%s-whom", Page.MILESTONES: "lines-%s-what"}


def _unfinished(application: Application, page: Page) -> Iterator[Gap]:
    for one in unread(application, page):
        sentence = _("Line %(number)s is not finished. Finish it or empty it", number=one.place + 1)
        yield Gap(sentence, page, None, _FIRST_FIELD[page] % one.place, True)


def _page_gaps(application: Application, page: Section, document: Document, there: Known, about: About) -> Iterator[Gap]:
    if page.block and (tables := PAGES[page.block]) in _FIRST_FIELD:
        yield from _unfinished(application, tables)
    if page.block is Block.PROJECT:
        yield from _unplaced(application, about)
    elif page.block is Block.COSTS:
        yield from uncosted(application.round, [cost.amount for cost in application.costs])
        if application.costs and application.round.terms.asks_vat and application.vat is None:
            yield Gap(_("Say whether you can claim the VAT back"), Page.COSTS, None, "vat", True)
    elif page.block is Block.OUTCOMES:
        yield from _unchanged(application)
    elif page.block is Block.BENEFICIARIES:
        if not application.beneficiaries:
            yield Gap(_("Say who your project is for and how many people"), Page.BENEFICIARIES, None, "lines-0-whom")
    elif page.block is Block.MILESTONES:
        if not application.milestones:
            yield Gap(_("Say what will happen and by when"), Page.MILESTONES, None, "lines-0-what")
    elif page.block is Block.EVIDENCE:
        yield from _unproved(application, about)
    elif page.block is Block.HOST:
        if needs_host(application.round, asker(application, about)) and about.host not in ("asked", "agreed"):
            yield Gap(_("Name the organisation that will hold the money"), Page.HOST, None, "name", about.host is not None)
    else:
        yield from _unanswered(page, application)
        yield from _unequal(page, document, there)


def _unplaced(application: Application, about: About) -> Iterator[Gap]:
    terms = application.round.terms

    def gap(sentence: str, field: str, started: bool = False) -> Gap:
        return Gap(sentence, Page.PLACE, None, field, started)

    title = (application.title or "").strip()
    if not title:
        yield gap(_("Enter a title for your project"), "title")
    elif len(title) > TITLE:
        yield gap(_("The title of your project must be %(most)s characters or fewer", most=TITLE), "title", True)
    how = helps(application)
    if how is Helps.PRIORITY and application.priority_id is None:
        yield gap(_("Choose the priority your project helps with most"), "priority")
    if how is Helps.PURPOSE and not application.purpose:
        yield gap(_("Choose what your project is mostly about"), "purpose")
    typed = bool(application.postcode)
    if terms.asks_postcode and typed and not about.places:
        if read_postcode(application.postcode or "") is None:
            yield gap(_("Enter the whole postcode of where it will happen, like SK1 3XE"), "postcode", True)
    elif terms.asks_postcode and not application.found and application.locality_id is None:
        sentence = _("Choose the area it will happen in") if typed else _("Enter the postcode of where it will happen")
        yield gap(sentence, "locality" if typed and about.places else "postcode", typed)
    elif not terms.asks_postcode and about.places and application.locality_id is None:
        yield gap(_("Choose where your project will happen"), "locality")
    for one in terms.not_funded:
        if application.against.get(one.key) not in (YES, NO):
            yield gap(_("Answer “%(question)s”", question=one.asks), f"against-{one.key}")


def _unchanged(application: Application) -> Iterator[Gap]:
    there = tier(application)
    full = there is None or there.full_outcomes
    if not application.outcomes:
        yield Gap(_("Say what will be different"), Page.OUTCOMES, None, "lines-0-change")
    parts = ("change", "whom", "much", "by", "measured") if full else ("change", "whom")
    for n, one in enumerate(application.outcomes):
        for part in parts:
            if not getattr(one, part).strip():
                yield Gap(_(UNSAID[part], number=n + 1), Page.OUTCOMES, None, f"lines-{n}-{part}", True)


UNSAID: Mapping[str, str] = {
    "change": mark("Change %(number)s: say what will be different"),
    "whom": mark("Change %(number)s: say who it will be different for"),
    "much": mark("Change %(number)s: say by how much, for example how many people"),
    "by": mark("Change %(number)s: say by when"),
    "measured": mark("Change %(number)s: say how you will know"),
}


def _unproved(application: Application, about: About) -> Iterator[Gap]:
    there = tier(application)
    given = {one.what for one in application.evidence if one.document in about.documents}
    for what in there.evidence if there else ():
        if what not in given:
            sentence = _("Add your document: %(what)s", what=document_name(what))
            yield Gap(sentence, Page.EVIDENCE, None, evidence_field(what), bool(given))


def document_name(what: str) -> str:
    """What a kind of document is called, in the middle of a sentence."""
    name = _(NAMES[What(what)]) if what in set(What) else what
    return name[:1].lower() + name[1:]


def evidence_field(what: str) -> str:
    """The name of the field that asks for a kind of document."""
    return f"document-{what.replace(' ', '-')}"


def _unanswered(section: Section, application: Application) -> Iterator[Gap]:
    said = {(answer.question, answer.repetition): answer.text for answer in application.answers}
    mine = {question.key for question in section.asked}
    times = 1 + max((n for key, n in said if key in mine), default=0) if section.repeat else 1
    for question in section.asked:
        for n in range(times):
            answer = said.get((question.key, n), "")
            field = question.key if n == 0 else f"{question.key}--{n}"
            if not answer.strip():
                if question.required:
                    yield Gap(question.missing, Page.QUESTIONS, section.key, field)
            elif sentence := answers.fault(question, answer):
                yield Gap(sentence, Page.QUESTIONS, section.key, field, True)


def _unequal(section: Section, document: Document, there: Known) -> Iterator[Gap]:
    mine = {question.key for question in section.asked}
    for check in document.checks:
        if check.beside in mine and check.broken(there, document.sums):
            yield Gap(check.says, Page.QUESTIONS, section.key, check.beside, True)


def uncosted(round: Round, amounts: Sequence[Money]) -> Iterator[Gap]:
    """What is wrong with the sum asked for: it is checked against the round's limits as it grows."""
    asked = total(amounts)

    def gap(sentence: str) -> Gap:
        return Gap(sentence, Page.COSTS, None, "costs", True)

    if not amounts:
        yield Gap(_("Add what the project will cost"), Page.COSTS, None, "costs-0-what")
    elif asked < round.smallest:
        yield gap(_("You ask for %(asked)s. The least you can ask for is %(least)s", asked=asked, least=round.smallest))
    elif asked > round.largest:
        yield gap(_("You ask for %(asked)s. The most you can ask for is %(most)s", asked=asked, most=round.largest))
    else:
        for one in findings(round, Asker(ask=asked)):
            if one.refuses and one.rule.startswith("limit"):
                yield gap(one.sentence.removesuffix("."))


def flags_of_amount(round: Round, asked: Money) -> list[Finding]:
    """The *normal* limits on the ask that a sum is beyond."""
    return [one for one in findings(round, Asker(ask=asked)) if not one.refuses]


def flags(application: Application, about: About) -> list[Finding]:
    """The *normal* rules it breaks, whether an officer made an exception or not."""
    return [one for one in findings(application.round, asker(application, about)) if not one.refuses]


def tasks(application: Application, document: Document, about: About) -> list[Task]:
    """The task list: each page with how far it is and what it still wants."""
    wanting = list(gaps(application, document, about))
    answered = {answer.question for answer in application.answers if answer.text.strip()}

    def task(one: Section) -> Task:
        page = PAGES[one.block] if one.block else Page.QUESTIONS
        section = None if one.block else one.key
        mine = [gap for gap in wanting if gap.page is page and gap.section == section]
        started = (
            _begun(application, one.block, about) if one.block else any(question.key in answered for question in one.asked)
        )
        if mine:
            progress = Progress.IN_PROGRESS if started else Progress.NOT_STARTED
        else:
            progress = Progress.DONE if started or one.block else Progress.OPTIONAL
        if any(locked(application, page, None if one.block else one, lambda: wanting)):
            progress, mine = Progress.LOCKED, []
        return Task(one.title, page, section, progress, mine)

    return [
        task(one)
        for one in document.pages_for(known(application, document, about))
        if not (one.block is Block.HOST and not needs_host(application.round, asker(application, about)))
        and not (one.block is Block.EVIDENCE and not (there.evidence if (there := tier(application)) else ()))
    ]


def _begun(application: Application, block: Block, about: About) -> bool:
    """Is anything on this page of the product's own?"""
    if block is Block.PROJECT:
        return bool(
            (application.title or "").strip() or application.priority_id or application.locality_id or application.purpose
        )
    if block is Block.HOST:
        return about.host is not None
    return bool(getattr(application, {Block.COSTS: "costs", Block.OUTCOMES: "outcomes", Block.BENEFICIARIES: "beneficiaries",
                                      Block.MILESTONES: "milestones", Block.EVIDENCE: "evidence"}[block]))  # fmt: skip


# -- what can be kept -------------------------------------------------------------------------------------------------


def unkeepable(document: Document, typed: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What is too much even for a draft."""
    for key, texts in typed.items():
        question = document.question(key)
        for text in texts:
            if question and len(text) > KEPT:
                yield _(
                    "“%(short)s” is too long to keep: %(used)s characters. Use %(most)s or fewer.",
                    short=question.short,
                    used=f"{len(text):,}",
                    most=f"{KEPT:,}",
                )


def unsound_costs(lines: Sequence[tuple[str, Money]]) -> Iterator[str]:
    """What stops cost lines being kept."""
    for number, (what, amount) in enumerate(lines, 1):
        if not what.strip():
            yield _("Say what cost %(number)s is for.", number=number)
        elif len(what) > WHAT:
            yield _("What cost %(number)s is for must be %(most)s characters or fewer.", number=number, most=WHAT)
        if amount <= Money(0):
            yield _("Cost %(number)s must be more than £0.00.", number=number)
    if len(lines) > LINES:
        yield _("Use %(most)s cost lines or fewer: put small things together.", most=LINES)


def unsound_lines(texts: Sequence[Sequence[str]], most: int = FEW_LINES) -> Iterator[str]:
    """What stops outcomes, milestones or groups of people being kept: too many, or a text too long to keep."""
    if len(texts) > most:
        yield many("Use %(num)s line or fewer.", "Use %(num)s lines or fewer.", most)
    for number, line in enumerate(texts, 1):
        if any(len(text) > 5 * WHAT for text in line):
            yield _("Line %(number)s is too long to keep. Use %(most)s characters or fewer.", number=number, most=5 * WHAT)


def unsound_unread(lines: Sequence[Unread], page: Page) -> Iterator[str]:
    """What stops lines that cannot be read being kept as they were typed: too many of them, or too much in one."""
    yield from unsound_lines([list(one.said.values()) for one in lines], LINES if page is Page.COSTS else FEW_LINES)


def not_read_back(application: Application, *, typed_by_officer: bool) -> Iterator[str]:
    """What an officer typed in is read back to the group before it is sent; after a change, again."""
    there = application.assistance
    if there is not None and typed_by_officer and there.read_back_edition != application.edition:
        yield _("Read the application back to the group, and record what it said, before you send it")


# -- copied -----------------------------------------------------------------------------------------------------------


def uncopied(application: Application, before: Application) -> Iterator[str]:
    """What stops an earlier application's answers being copied into a draft."""
    if before.organisation_id != application.organisation_id or before.submitted_at is None or before.id == application.id:
        yield _("Choose one of the applications that your group sent before.")
    if begun(application):
        yield _("You have begun this application already, so nothing was copied over it.")


def begun(application: Application) -> bool:
    """Has anything been written in it?"""
    return bool(
        (application.title or "").strip()
        or application.copied_from
        or application.answers
        or application.costs
        or application.outcomes
        or application.beneficiaries
        or application.milestones
        or application.unread
    )


# -- opened again -----------------------------------------------------------------------------------------------------


Stands = Callable[[Application], Iterable[str]]
_standing: list[Stands] = []


def kept_as_sent_by(stands: Stands) -> Stands:
    """A higher room says why what was sent must stay as it is (sentences; none: it need not). A decorator, at import."""
    _standing.append(stands)
    return stands


def kept_as_sent(application: Application) -> Iterator[str]:
    """Why what was sent must stay as it is."""
    for stands in _standing:
        yield from stands(application)


def not_reopened(application: Application, why: str, until: datetime) -> Iterator[str]:
    """What stops an application that was sent being opened again."""
    if application.state is not State.SUBMITTED:
        yield _("Only an application that was sent and is not decided can be opened again. This one is %(state)s.",
                state=application.state.value)  # fmt: skip
    if not why.strip():
        yield _("Say what the group should change. They will read it.")
    days = (until - clock.now()).days
    if until <= clock.now() or days > DAYS_UNTIL:
        yield _("Choose a day from tomorrow to %(days)s days from now.", days=DAYS_UNTIL)


def no_second_stage(application: Application) -> Iterator[str]:
    """What stops a group being asked for its second stage."""
    there = tier(application)
    if there is None or there.stages < 2:
        yield _("An ask of %(amount)s has one stage only.", amount=ask(application) or Money(0))
    if application.stage > 1:
        yield _("The group was asked for its second stage already.")


def no_exception(application: Application, rule: str, reason: str, flagged: Collection[str]) -> Iterator[str]:
    """What stops an exception being recorded: it must be to a rule that is normal and that the application breaks."""
    if rule not in flagged:
        yield _("This application does not break that rule, or the rule has no exceptions.")
    if rule in {one.rule for one in application.exceptions}:
        yield _("An exception to this rule is recorded already.")
    if not reason.strip():
        yield _("Enter why an exception is made.")
