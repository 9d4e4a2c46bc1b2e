"""Who may apply, what is still missing from a draft, and what can be kept in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from grants.applications.models import Application, State
from grants.kernel.money import Money, total
from grants.kernel.words import _, many
from grants.people.models import Organisation
from grants.questions.document import Document, Kind, Question, Section, words_in
from grants.rounds.models import Round
from grants.rounds.rules import not_taking
from grants.streams.rules import may_receive

TITLE = 100  # characters of a project's title
WHAT = 200  # characters of a cost line
LINES = 40  # cost lines
KEPT = 20_000  # characters of one answer, far above any limit in words


class Page(StrEnum):
    """The pages a draft is made of."""

    PLACE = "place"
    QUESTIONS = "questions"
    COSTS = "costs"


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


class Task(NamedTuple):
    """One line of the task list."""

    title: str
    page: Page
    section: str | None
    progress: Progress
    gaps: Sequence[Gap]


def ineligible(round: Round, organisation: Organisation, at: datetime | None = None) -> Iterator[str]:
    """Why this organisation cannot apply to this round, in words for the group."""
    yield from not_taking(round, at)
    if any(may_receive(round.pot.stream, organisation)):
        yield _(
            "This money is only for voluntary and community groups, and %(group)s is not recorded as one. "
            "Contact us if that is wrong.",
            group=organisation.name,
        )


def already(live: Application | None) -> Iterator[str]:
    """One live application from a group to a round."""
    if live is not None:
        yield _(
            "%(group)s already has an application to this round: %(ref)s. Carry on with that one, or withdraw it first.",
            group=live.organisation.name,
            ref=live.ref,
        )


def closed_to_changes(application: Application, at: datetime | None = None) -> Iterator[str]:
    """Why a draft can no longer be changed or sent."""
    if application.state is not State.DRAFT:
        yield _("This application is already %(state)s, so it cannot be changed.", state=application.state.value)
        return
    for sentence in not_taking(application.round, at):
        yield sentence
        yield _("Nothing you sent before is lost, and what you just typed is still on this page so that you can copy it.")


def gaps(application: Application, document: Document, *, places: bool) -> Iterator[Gap]:
    """Everything that stops it being sent, page by page. `places`: whether the partnership has places to choose from."""
    title = (application.title or "").strip()
    if not title:
        yield Gap(_("Enter a title for your project"), Page.PLACE, None, "title")
    elif len(title) > TITLE:
        yield Gap(
            _("The title of your project must be %(most)s characters or fewer", most=TITLE), Page.PLACE, None, "title", True
        )
    if application.priority_id is None:
        yield Gap(_("Choose the priority your project helps with most"), Page.PLACE, None, "priority")
    if places and application.locality_id is None:
        yield Gap(_("Choose where your project will happen"), Page.PLACE, None, "locality")
    answers = {answer.question: answer.text for answer in application.answers}
    for section in document.pages:
        yield from _unanswered(section, answers)
    yield from uncosted(application.round, [cost.amount for cost in application.costs])


def _unanswered(section: Section, answers: Mapping[str, str]) -> Iterator[Gap]:
    for question in section.asked:
        answer = answers.get(question.key, "")
        if not answer.strip():
            if question.required:
                yield Gap(question.missing, Page.QUESTIONS, section.key, question.key)
        elif question.kind is Kind.CHOICE and answer not in {option.value for option in question.options}:
            yield Gap(question.missing, Page.QUESTIONS, section.key, question.key, True)
        elif sentence := too_long(question, answer):
            yield Gap(sentence, Page.QUESTIONS, section.key, question.key, True)


def too_long(question: Question, answer: str) -> str | None:
    """What is said of an answer over its limit: it is kept as typed, and shortened before it is sent."""
    used = words_in(answer)
    if question.words is None or used <= question.words:
        return None
    over = many("%(num)s word", "%(num)s words", used - question.words)
    return _(
        "“%(short)s” is %(over)s too long: use %(most)s words or fewer", short=question.short, over=over, most=question.words
    )


def uncosted(round: Round, amounts: Sequence[Money]) -> Iterator[Gap]:
    """What is wrong with the sum asked for."""
    asked = total(amounts)
    if not amounts:
        yield Gap(_("Add what the project will cost"), Page.COSTS, None, "costs-0-what")
    elif asked < round.smallest:
        yield Gap(
            _("You ask for %(asked)s. The least you can ask for is %(least)s", asked=asked, least=round.smallest),
            Page.COSTS,
            None,
            "costs",
            True,
        )
    elif asked > round.largest:
        yield Gap(
            _("You ask for %(asked)s. The most you can ask for is %(most)s", asked=asked, most=round.largest),
            Page.COSTS,
            None,
            "costs",
            True,
        )


def tasks(application: Application, document: Document, *, places: bool) -> list[Task]:
    """The task list: each page with how far it is and what it still wants."""
    wanting = list(gaps(application, document, places=places))
    answered = {answer.question for answer in application.answers if answer.text.strip()}
    placed = bool((application.title or "").strip() or application.priority_id or application.locality_id)

    def task(title: str, page: Page, section: str | None, begun: bool) -> Task:
        mine = [gap for gap in wanting if gap.page is page and gap.section == section]
        progress = Progress.DONE if not mine else Progress.IN_PROGRESS if begun else Progress.NOT_STARTED
        return Task(title, page, section, progress, mine)

    return [
        task(_("About your project"), Page.PLACE, None, placed),
        *(
            task(section.title, Page.QUESTIONS, section.key, any(question.key in answered for question in section.asked))
            for section in document.pages
        ),
        task(_("What it will cost"), Page.COSTS, None, bool(application.costs)),
    ]


def unkeepable(document: Document, answers: Mapping[str, str]) -> Iterator[str]:
    """What is too much even for a draft."""
    for key, text in answers.items():
        question = document.question(key)
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
