"""What the facts of a spending plan and of own spend allow. Rules yield all they find, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from flask_babel import format_date

from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.words import _
from grants.ledger.chart import Bucket
from grants.ledger.queries import Line as Moved
from grants.people.models import Organisation
from grants.spending.models import OwnSpend, PlanUpdate, SpendingPlan, SpendKind, SpendState
from grants.strategy.models import Priority
from grants.streams.models import Line, Pot, Stream
from grants.streams.rules import may_receive

NOUGHT = Money(0)
WORDS = 2000  # characters of expected results, of what is said in an update
NAME = 200  # characters of a project's or a payee's name


def day(on: date) -> str:
    """'5 June 2026', in the reader's language."""
    return str(format_date(on, "d MMMM y"))


# -- a plan's lines ----------------------------------------------------------------------------------------------------


class LineFacts(NamedTuple):
    """What is typed of one line. `line` is its lasting name; None: a new line, which will be given one."""

    line: str | None
    pot: Pot
    project: str
    provider: str
    amount: Money
    results: str
    organisation: Organisation | None = None
    priority: Priority | None = None


class Given(NamedTuple):
    """What an agreement gives one pot: confirmed (or received) money, and beside it what is only indicative or expected."""

    pot: str
    confirmed: Money
    indicative: Money
    expected: Money


def unfit_lines(lines: Sequence[LineFacts], *, year: int, known: Collection[str]) -> Iterator[str]:
    """What is wrong with lines as typed. `known` are the lasting names that lines of this plan already have."""
    for number, one in enumerate(lines, 1):
        what = one.project.strip() or _("line %(number)s", number=number)
        if not one.project.strip():
            yield _("Enter the project of line %(number)s.", number=number)
        if not one.provider.strip():
            yield _("Enter who provides ‘%(what)s’.", what=what)
        if not one.results.strip():
            yield _("Enter what results are expected of ‘%(what)s’.", what=what)
        if len(one.results) > WORDS:
            yield _("The expected results of ‘%(what)s’ must be %(most)s characters or fewer.", what=what, most=f"{WORDS:,}")
        if one.amount <= NOUGHT:
            yield _("Enter an amount of more than £0.00 for ‘%(what)s’.", what=what)
        if one.pot.year != year:
            yield _(
                "%(pot)s is not a pot of %(year)s. Choose another pot for ‘%(what)s’.",
                pot=one.pot.ref,
                year=clock.year_label(year),
                what=what,
            )
        if one.line is not None and one.line not in known:
            yield _("%(line)s is not a line of this plan. Reload the page and try again.", line=one.line)
        if one.organisation is not None:
            yield from may_receive(one.pot.stream, one.organisation)
    named = [one.line for one in lines if one.line is not None]
    if len(named) != len(set(named)):
        yield _("A line is on the page twice. Reload the page and try again.")


def beyond(planned: Mapping[str, Money], given: Collection[Given]) -> Iterator[str]:
    """By how much a plan's lines come to more than its agreement gives each pot. Indicative money is said apart, not counted.

    `planned` is the sum of the lines, by pot.
    """
    gives = {one.pot: one for one in given}
    for pot, lines in sorted(planned.items()):
        one = gives.get(pot) or Given(pot, NOUGHT, NOUGHT, NOUGHT)
        if lines <= one.confirmed:
            continue
        sentence = _(
            "The lines of %(pot)s come to %(lines)s and the agreement gives it %(given)s: %(over)s too much.",
            pot=pot,
            lines=str(lines),
            given=str(one.confirmed),
            over=str(lines - one.confirmed),
        )
        if one.indicative or one.expected:
            sentence += " " + _(
                "Another %(more)s is indicative or expected; it does not count until it is confirmed.",
                more=str(one.indicative + one.expected),
            )
        yield sentence


def empty(plan: SpendingPlan) -> Iterator[str]:
    """A plan without a line is no plan."""
    if not plan.lines:
        yield _("This plan has no lines yet. Add what the money is for.")


# -- changes to a plan that stands -------------------------------------------------------------------------------------


class Change(NamedTuple):
    """How a line differs from the version before: `was` or `now` is none where the line is new or dropped."""

    line: str
    project: str
    pot: str
    was: Money | None
    now: Money | None
    words: bool  # something else than the amount differs: project, provider, results, priority
    over: bool  # it moves by more than the funder lets pass without being asked

    @property
    def by(self) -> Money:
        """How much more (or less, below nought) than before."""
        return (self.now or NOUGHT) - (self.was or NOUGHT)


def changes(before: SpendingPlan | None, after: SpendingPlan, limit: Money | None) -> list[Change]:
    """Every line that differs between two versions, in the order of the later, dropped ones last.

    A line of another pot is that line dropped and a new one. Without a limit any change of money goes back.
    """
    old = {one.line: one for one in before.lines} if before else {}
    new = {one.line: one for one in after.lines}
    found = []
    for name, line in new.items():
        was = old.get(name)
        amount = was.amount if was is not None and was.pot_id == line.pot_id else None
        words = was is None or any(
            getattr(was, fact) != getattr(line, fact)
            for fact in ("project", "provider", "results", "priority_id", "organisation_id", "pot_id")
        )
        if amount != line.amount or words:
            found.append(Change(name, line.project, line.pot.ref, amount, line.amount, words, False))
        if was is not None and amount is None:
            found.append(Change(name, was.project, was.pot.ref, was.amount, None, True, False))
    found += [
        Change(name, was.project, was.pot.ref, was.amount, None, False, False) for name, was in old.items() if name not in new
    ]
    return [one._replace(over=bool(one.by) and (limit is None or abs(one.by.pence) > limit.pence)) for one in found]


def goes_back(found: Collection[Change], limit: Money | None) -> Iterator[str]:
    """Why a new version must go back to the board and the funder, line by line and by how much. Nothing: it need not."""
    for one in found:
        if not one.over:
            continue
        if one.was is None:
            said = _("‘%(project)s’ (%(line)s) is new, at %(now)s.", project=one.project, line=one.line, now=str(one.now))
        elif one.now is None:
            said = _("‘%(project)s’ (%(line)s) is dropped, from %(was)s.", project=one.project, line=one.line, was=str(one.was))
        else:
            said = _(
                "‘%(project)s’ (%(line)s) goes from %(was)s to %(now)s, which is %(by)s %(way)s.",
                project=one.project,
                line=one.line,
                was=str(one.was),
                now=str(one.now),
                by=str(Money(abs(one.by.pence))),
                way=_("more") if one.by > NOUGHT else _("less"),
            )
        if limit is None:
            yield (
                said + " " + _("The agreement states no limit, so every change of money goes back to the board and the funder.")
            )
        else:
            yield (
                said
                + " "
                + _(
                    "That is over the agreement’s limit of %(limit)s, so it goes back to the board and the funder.",
                    limit=str(limit),
                )
            )


def unexplained(reason: str) -> Iterator[str]:
    """A change, a reversal or an end takes a reason that an auditor will read."""
    if not reason.strip():
        yield _("Say why. An auditor will read this.")
    elif len(reason.strip()) > WORDS:
        yield _("The reason must be %(most)s characters or fewer.", most=f"{WORDS:,}")


def unresolved(resolution: str, resolved_on: date | None) -> Iterator[str]:
    """What is missing of a board's resolution."""
    if not resolution.strip():
        yield _("Enter the resolution, for example the board’s minute and its number.")
    if resolved_on is None:
        yield _("Enter the day of the resolution.")
    elif resolved_on > clock.today():
        yield _("The day of the resolution cannot be in the future.")


def out_of_order(on: date | None, after: date | None, *, what: str, before: str) -> Iterator[str]:
    """A day that is missing, lies in the future, or before the step it follows."""
    if on is None:
        yield _("Enter the day %(what)s.", what=what)
    elif on > clock.today():
        yield _("The day %(what)s cannot be in the future.", what=what)
    elif after is not None and on < after:
        yield _("The day %(what)s cannot be before %(day)s, %(before)s.", what=what, day=day(after), before=before)


# -- quarterly updates -------------------------------------------------------------------------------------------------


class Stood(NamedTuple):
    """One line's money as the books stood: planned, promised and not yet paid, paid."""

    planned: Money
    committed: Money
    spent: Money


def quarters(year: int) -> tuple[date, date, date, date]:
    """The last days of a financial year's quarters."""
    return date(year, 6, 30), date(year, 9, 30), date(year, 12, 31), clock.last_day(year)


def untimely(plan: SpendingPlan, through: date, sent: PlanUpdate | None) -> Iterator[str]:
    """What stops an update to a day being written: `sent` is the one already sent for it, of whatever version."""
    if through not in quarters(plan.year):
        yield _("%(day)s is not the end of a quarter of %(year)s.", day=day(through), year=clock.year_label(plan.year))
    elif through > clock.today():
        yield _("The quarter ends on %(day)s. Write its update after that.", day=day(through))
    if sent is not None and sent.sent_on is not None:
        yield _(
            "The update to %(day)s was sent on %(sent)s (%(ref)s), so it is not changed any more.",
            day=day(through),
            sent=day(sent.sent_on),
            ref=sent.ref,
        )


# -- own spend ---------------------------------------------------------------------------------------------------------


def unplannable(
    pot: Pot,
    *,
    kind: SpendKind,
    title: str,
    payee: str,
    organisation: Organisation | None,
    planned: Money,
    starts_on: date,
    ends_on: date,
    approval_basis: str,
    priority: Priority | None,
    outside_plan: str | None,
    line: Line | None,
    plan_line_pot: str | None,
) -> Iterator[str]:
    """What stops own spend being planned. `plan_line_pot`: the pot of the plan's line it names; '' where there is none such."""
    if not title.strip():
        yield _("Enter what the money is for.")
    if not payee.strip():
        yield _("Enter who is paid.")
    if planned <= NOUGHT:
        yield _("Enter an amount of more than £0.00.")
    if not approval_basis.strip():
        yield _("Enter what it rests on: the resolution, or the officer’s delegation.")
    if ends_on < starts_on:
        yield _("It must end on or after the day it begins.")
    if starts_on < pot.starts_on or ends_on > pot.ends_on:
        yield _(
            "It must lie within the pot’s year, from %(start)s to %(end)s. What goes on after that is charged to the next pot.",
            start=day(pot.starts_on),
            end=day(pot.ends_on),
        )
    if priority is None and not (outside_plan or "").strip():
        yield _("Choose the priority it serves, or say why it serves none.")
    if line is not None and line.pot_id != pot.id:
        yield _("%(line)s is not a line of %(pot)s.", line=line.name, pot=pot.ref)
    if plan_line_pot == "":
        yield _("There is no such line in a spending plan.")
    elif plan_line_pot is not None and plan_line_pot != pot.ref:
        yield _("That line of the spending plan is of %(other)s, not of %(pot)s.", other=plan_line_pot, pot=pot.ref)
    yield from unpayable(pot.stream, kind, payee, organisation)


def unpayable(stream: Stream, kind: SpendKind, payee: str, organisation: Organisation | None) -> Iterator[str]:
    """Whom the stream's ring-fence bars (R03). A distributor only hands on: each grant it gives is checked instead."""
    if kind is SpendKind.DISTRIBUTION:
        if organisation is None:
            yield _("Choose the distributor from the organisations.")
    elif organisation is not None:
        yield from may_receive(stream, organisation)
    elif stream.voluntary_only:
        yield _(
            "%(stream)s is only for voluntary and community organisations. Choose which organisation %(payee)s is.",
            stream=stream.name,
            payee=payee.strip() or _("the payee"),
        )


def uncommittable(spend: OwnSpend, amount: Money, on: date) -> Iterator[str]:
    """What stops planned spend becoming committed on a day, money apart."""
    if amount <= NOUGHT:
        yield _("Enter an amount of more than £0.00.")
    latest = max(clock.today(), spend.pot.starts_on)
    if on < spend.pot.starts_on or on > latest:
        yield _("The day it is committed must be from %(start)s to %(end)s.", start=day(spend.pot.starts_on), end=day(latest))
    yield from unpayable(spend.pot.stream, spend.kind, spend.payee, spend.organisation)


def not_committed(spend: OwnSpend) -> Iterator[str]:
    """Only committed spend is charged, changed or closed."""
    if spend.state is not SpendState.COMMITTED:
        yield _("%(spend)s is %(state)s, so this cannot be done.", spend=spend.ref, state=_(spend.state.value))


def too_little_free(pot: str, free: Money, needs: Money) -> Iterator[str]:
    """More than is free, said with what is left."""
    if needs > free:
        yield _("%(pot)s has %(free)s free; this needs %(needs)s.", pot=pot, free=str(free), needs=str(needs))


def uncharged_from(history: Sequence[Moved], owner: str, on: date) -> Money:
    """The least that stood committed at the end of any day from `on` on: what may still be dated that day.

    `history`: every move the owner had a part in, in order of date. So that as at no past date more was paid than promised.
    """
    stood = NOUGHT
    days: dict[date, Money] = {}
    for one in history:
        for end, sign in ((one.into, 1), (one.out_of, -1)):
            if end.owner == owner and end.bucket is Bucket.COMMITTED:
                stood += Money(sign * one.amount.pence)
        days[one.effective_date] = stood
    before = [amount for when, amount in days.items() if when <= on]
    return min([before[-1] if before else NOUGHT, *(amount for when, amount in days.items() if when > on)])


def unchargeable(
    spend: OwnSpend, *, what: str, document: str, net: Money, vat: Money, charged_on: date | None, left: Money, left_then: Money
) -> Iterator[str]:
    """What stops a charge. `left` is what is committed now and not charged; `left_then` what could be dated `charged_on`."""
    yield from not_committed(spend)
    if not what.strip():
        yield _("Enter what was charged.")
    if not document.strip():
        yield _("Enter the reference of the invoice, journal or payroll. A charge without a document cannot be audited.")
    if vat < NOUGHT:
        yield _("VAT cannot be less than £0.00.")
    if net <= NOUGHT:
        yield _("Enter a net amount of more than £0.00.")
    elif net > left:
        yield _(
            "%(spend)s has %(left)s committed and not charged; this needs %(needs)s net of VAT. Commit more first.",
            spend=spend.ref,
            left=str(left),
            needs=str(net),
        )
    elif charged_on is not None and charged_on <= clock.today() and net > left_then:
        yield _(
            "On %(day)s %(spend)s had only %(left)s committed and not charged; this needs %(needs)s. Choose a later day.",
            day=day(charged_on),
            spend=spend.ref,
            left=str(left_then),
            needs=str(net),
        )
    if charged_on is None:
        yield _("Enter the day of the charge.")
    elif charged_on > clock.today():
        yield _("The day of the charge cannot be in the future.")


def unreleasable(spend: OwnSpend, amount: Money, left: Money) -> Iterator[str]:
    """What stops committed money being given back."""
    if amount > left:
        yield _(
            "%(spend)s has %(left)s committed and not charged, so %(amount)s cannot be given back.",
            spend=spend.ref,
            left=str(left),
            amount=str(amount),
        )


# -- what a distributor gave out ---------------------------------------------------------------------------------------

RECIPIENT_TYPES = ("statutory", "voluntary", "business", "not_stated")


class GrantFacts(NamedTuple):
    """A row of a distributor's list: `row` as its spreadsheet counts; `organisation` where the recipient is one of ours."""

    row: int
    distributor_reference: str
    recipient: str
    recipient_type: str
    title: str
    amount: Money
    decided_on: date
    organisation: str | None = None  # its reference
    is_voluntary: bool | None = None  # of that organisation
    priority: str | None = None  # its reference


class Wrong(NamedTuple):
    """One thing to put right in a list: row, column and a sentence. Without a row it is about the whole list."""

    row: int | None
    column: str | None
    sentence: str


def unfit_grants(
    stream: Stream, year: tuple[date, date], handed_out: Money, rows: Collection[GrantFacts], before: Mapping[str, Money]
) -> Iterator[Wrong]:
    """What is wrong with a distributor's list against the stream's ring-fence, the year and what it was handed (R03, R50).

    `handed_out` is what has been charged to the distribution and not reversed; `before` what each grant already imported
    came to, by the distributor's reference.
    """
    seen: dict[str, int] = {}
    starts_on, ends_on = year
    for one in rows:
        if one.distributor_reference in seen:
            yield Wrong(
                one.row,
                "distributor_reference",
                _(
                    "This is the same as row %(row)s. Remove one, or correct its reference.",
                    row=seen[one.distributor_reference],
                ),
            )
        seen.setdefault(one.distributor_reference, one.row)
        if one.amount <= NOUGHT:
            yield Wrong(one.row, "amount_gbp", _("A grant of nothing is no grant. Enter its amount, or remove the row."))
        if not starts_on <= one.decided_on <= ends_on:
            yield Wrong(
                one.row,
                "decided_on",
                _("This is not in the pot’s year, %(start)s to %(end)s.", start=day(starts_on), end=day(ends_on)),
            )
        yield from _ring_fenced(stream, one)
    whole = total(before[key] for key in before if key not in seen) + total(one.amount for one in rows)
    if whole > handed_out:
        yield Wrong(
            None,
            "amount_gbp",
            _(
                "The grants come to %(whole)s and the distributor was handed %(handed)s: %(over)s too much.",
                whole=str(whole),
                handed=str(handed_out),
                over=str(whole - handed_out),
            ),
        )


def _ring_fenced(stream: Stream, one: GrantFacts) -> Iterator[Wrong]:
    """A fund for voluntary and community organisations is given to no others, whoever decides (R03)."""
    if not stream.voluntary_only:
        return
    if one.recipient_type != "voluntary":
        yield Wrong(
            one.row,
            "recipient_type",
            _(
                "%(stream)s is only for voluntary and community organisations, and %(recipient)s is %(kind)s.",
                stream=stream.name,
                recipient=one.recipient,
                kind=recipient_kind(one.recipient_type),
            ),
        )
    elif one.organisation is not None and one.is_voluntary is not True:
        yield Wrong(
            one.row,
            "recipient_slug",
            _(
                "%(stream)s is only for voluntary and community organisations, and %(recipient)s is not known to be one.",
                stream=stream.name,
                recipient=one.recipient,
            ),
        )


def recipient_kind(kind: str) -> str:
    """'a statutory body', 'a business': a list's own word, as a person says it."""
    return {
        "statutory": _("a statutory body"),
        "voluntary": _("a voluntary or community organisation"),
        "business": _("a business"),
    }.get(kind, _("of a kind that is not stated"))


def quarters_over(year: int, today: date) -> list[date]:
    """The quarters of a year that have ended before a day."""
    return [end for end in quarters(year) if end < today]
