"""The forms in which a round is set up, part by part: filled in from the round, and read.

Of every part: `NAME_form(round)` reads the request or the round, `NAME_read(form, round)` gives the facts for
`rounds.commands.change`, or none after saying beside the fields what is wrong.
"""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple

import wtforms
from flask import request
from wtforms.validators import StopValidation

from grants.applications import queries as applications
from grants.files.models import What
from grants.files.rules import NAMES, NOT_BEFORE_AWARD
from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.words import _, many, mark
from grants.people.kinds import SAID, VOLUNTARY, Kind
from grants.places import queries as places
from grants.questions import commands as questions
from grants.questions import queries as asked
from grants.questions.document import READY, check, ready
from grants.questions.models import QuestionSet
from grants.rounds import queries, rules
from grants.rounds.commands import split_of, weighed_of
from grants.rounds.models import Round
from grants.rounds.rules import STANDARD, Split, Weighed
from grants.rounds.terms import (
    PAYMENTS,
    REPORTS,
    Firmness,
    Frequency,
    Helps,
    Limit,
    NotFunded,
    Payments,
    Reports,
    Scoring,
    Tier,
    fitted,
)
from grants.strategy.models import Strategy
from grants.web.access import me
from grants.web.forms import (
    Characters,
    CheckboxesField,
    DatePartsField,
    Edition,
    FormField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    RadiosField,
    Required,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
    choices_of,
)
from grants.web.staff.round_words import FIRMNESS, FIRMNESS_MEANS, HELPS, SCORING

Changes = dict[str, Any]

_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.ASCII)
MOST_SIZES, MOST_LIMITS, MOST_QUESTIONS, MOST_CRITERIA, MOST_PARTS = 6, 6, 12, 10, 60
LONG = Characters(2000)


def read_time(typed: str) -> time:
    """12:00 for 'midday', '12 noon', '12pm' and '12:00'. ValueError says how to write it."""
    plain = typed.strip().lower().replace("a.m.", "am").replace("p.m.", "pm")
    if plain in ("midday", "noon", "12 noon", "12 midday"):
        return time(12, 0)
    if plain in ("midnight", "12 midnight"):
        return time(0, 0)
    found = _HOURS.fullmatch(plain)
    if found:
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half or not found[2]:
            hour = 99
        if hour <= 23 and minute <= 59:
            return time(hour, minute)
    raise ValueError(_("Enter a time like 9am, 5:30pm, midday or 23:59"))


class TimeField(TextField):
    """A time of day, kept as typed and read in London."""

    width = 10
    spellcheck = False

    def pre_validate(self, form: Any) -> None:
        """What cannot be read is said here."""
        super().pre_validate(form)
        try:
            read_time(self.data or "midday")
        except ValueError as unread:
            raise StopValidation(str(unread)) from unread


class Kept(wtforms.HiddenField):
    """Something of a line that the page keeps for it."""

    look = "hidden"


def firmness_field(label: str = mark("How firm is it?")) -> RadiosField:
    """Fixed or not normally, with what each means."""
    return RadiosField(label, choices=choices_of(Firmness, FIRMNESS), hints={k: _(v) for k, v in FIRMNESS_MEANS.items()})


class Whole(Row):
    """A line of which some things must be there: said beside each, together with everything else that is wrong."""

    needs: ClassVar[Mapping[str, str]] = {}

    def validate(self, extra_validators: Any = None) -> bool:
        """A line that is there is whole."""
        well = super().validate(extra_validators)
        there = [_must(self[name], sentence) for name, sentence in self.needs.items()]
        return all(there) and well


# -- lines that are added and taken away ---------------------------------------------------------------------------------


def grown(rows: Rows, most: int, usual: Mapping[str, Any]) -> bool:
    """Add a line (filled in as usual), or take one away, where that button was pressed. Whether one was: then nothing is
    saved yet."""
    then = request.form.get("then", "")
    if then == f"add {rows.short_name}":
        if len(rows.entries) < most:
            rows.append_entry(dict(usual))
        return True
    if gone := re.fullmatch(rf"remove {re.escape(rows.short_name)} (\d{{1,3}})", then, re.ASCII):
        if (index := int(gone[1])) < len(rows.entries):
            rows.entries.pop(index)
        return True
    return False


def _rows(form: HouseForm, name: str) -> list[Any]:
    return [entry.form for entry in form[name].entries]


# -- dates and amounts ---------------------------------------------------------------------------------------------------


def which_pot() -> SelectField:
    """The money a round is from."""
    return SelectField(
        mark("Which money is it from?"), [Required(mark("Choose which money it is from"))], blank=mark("Choose a fund and year")
    )


class Source(HouseForm):
    """Where a new round's money and its priorities come from."""

    pot = which_pot()
    strategy = SelectField(
        mark("Which plan’s priorities do groups choose from?"), [Required(mark("Choose a plan"))], blank=mark("Choose a plan")
    )


class Basics(HouseForm):
    """What a round is for, how much and when."""

    title = TextField(
        mark("Title"), [Required(mark("Enter a title"))], description=mark("Groups see this, so use plain words.")
    )
    purpose = LongTextField(
        mark("What is the money for?"),
        [Required(mark("Enter what the money is for"))],
        description=mark("One or two short paragraphs, as you would say it to a group that has never applied for anything."),
    )
    smallest = MoneyField(
        mark("The least a group can ask for"), [Required(mark("Enter the least"))], thing=mark("the least"), least=Money(1)
    )
    largest = MoneyField(
        mark("The most a group can ask for"), [Required(mark("Enter the most"))], thing=mark("the most"), least=Money(1)
    )
    opens_on = DatePartsField(
        mark("When does it open?"), [Required(mark("Enter the day it opens"))], thing=mark("the opening date")
    )
    opens_time = TimeField(mark("At what time does it open?"), [Required(mark("Enter the time it opens"))])
    closes_on = DatePartsField(
        mark("When does it close?"), [Required(mark("Enter the day it closes"))], thing=mark("the closing date")
    )
    closes_time = TimeField(
        mark("At what time does it close?"),
        [Required(mark("Enter the time it closes"))],
        description=mark("Midday on a working day is kindest: somebody is there to help."),
    )
    project_starts_on = DatePartsField(
        mark("First day a project can start"),
        [Required(mark("Enter the first day a project can start"))],
        thing=mark("the first day"),
    )
    project_ends_on = DatePartsField(
        mark("Last day a project can end"),
        [Required(mark("Enter the last day a project can end"))],
        thing=mark("the last day"),
    )

    def instant(self, which: str) -> datetime | None:
        """The opening or closing instant; a clock that does not show that hour, or shows it twice, is said beside the time."""
        at = self[f"{which}_time"]
        try:
            return clock.deadline(self[f"{which}_on"].data, read_time(at.data))
        except ValueError as unreal:
            at.errors = [*at.errors, _(str(unreal))]
            return None

    def facts(self) -> Changes | None:
        """The round's own facts as typed; none where an instant is none."""
        opens_at, closes_at = self.instant("opens"), self.instant("closes")
        if opens_at is None or closes_at is None:
            return None
        names = ("title", "purpose", "smallest", "largest", "project_starts_on", "project_ends_on")
        return {name: self[name].data for name in names} | {"opens_at": opens_at, "closes_at": closes_at}


def usual_dates() -> dict[str, Any]:
    """What a new round's dates start from: open for six weeks from a week on, closing at midday on a working day; an answer
    takes eight weeks, and projects run for a year from the month after."""
    today = clock.today()
    opens = clock.civil(rules.usual_closing(today + timedelta(days=7))).date()
    closes = clock.civil(rules.usual_closing(opens + timedelta(weeks=6))).date()
    answered = closes + timedelta(weeks=8)
    starts = date(answered.year + answered.month // 12, answered.month % 12 + 1, 1)
    return {
        "opens_on": opens,
        "opens_time": "9am",
        "closes_on": closes,
        "closes_time": "midday",
        "project_starts_on": starts,
        "project_ends_on": date(starts.year + 1, starts.month, 1) - timedelta(days=1),
    }


def said_time(at: datetime) -> str:
    """An instant's time as a person would type it."""
    return rules.in_words(at).rpartition(" at ")[2]


class DatesForm(Basics):
    """The same of a round that is planned."""

    months_to_deliver = IntegerField(
        mark("Within how many months of getting the money must a project be finished? (optional)"),
        thing=mark("the number of months"),
        least=1,
        most=60,
        width=3,
    )
    edition = Edition()


def dates_form(round: Round) -> DatesForm:
    """Filled in from the round."""
    names = ("title", "purpose", "smallest", "largest", "project_starts_on", "project_ends_on", "edition")
    return DatesForm(
        data={name: getattr(round, name) for name in names}
        | {
            "opens_on": clock.civil(round.opens_at).date(),
            "opens_time": said_time(round.opens_at),
            "closes_on": clock.civil(round.closes_at).date(),
            "closes_time": said_time(round.closes_at),
            "months_to_deliver": round.terms.months_to_deliver,
        }
    )


def dates_read(form: Any, round: Round) -> Changes | None:
    """The round's own facts; its sizes of ask keep covering everything from the least to the most."""
    facts = form.facts()
    if facts is None:
        return None
    tiers = fitted(round.terms.tiers, facts["smallest"], facts["largest"])
    update = {"months_to_deliver": form.months_to_deliver.data, "tiers": tiers}
    return {"facts": facts, "terms": round.terms.model_copy(update=update)}


# -- who may apply -------------------------------------------------------------------------------------------------------


class WhoForm(HouseForm):
    """Kinds of group, the host, and where."""

    kinds = CheckboxesField(
        mark("Which kinds of group can apply?"),
        description=mark("Tick none to let every kind apply that this money may go to."),
        small=True,
    )
    host_needed = TickField(
        mark("A group with no bank account of its own names a host organisation"),
        description=mark("The host is asked to agree, and holds the money for the group."),
    )
    wards = CheckboxesField(
        mark("Which wards must it help?"), description=mark("Tick none for anywhere in the partnership’s area."), small=True
    )
    localities = CheckboxesField(mark("Or which places of the partnership’s own?"), small=True)
    area_in_words = TextField(
        mark("Where, in words (optional)"),
        [Characters(300)],
        description=mark("Said to a group that is turned away: “This fund is for projects in …”"),
    )
    edition = Edition()


def who_form(round: Round) -> WhoForm:
    """Filled in from the round: only kinds that its stream may give to."""
    terms, partnership = round.terms, round.pot.stream.partnership
    form = WhoForm(
        data={
            "kinds": terms.kinds,
            "host_needed": terms.host_needed,
            "wards": terms.areas,
            "localities": terms.areas,
            "area_in_words": terms.area_in_words,
            "edition": round.edition,
        }
    )
    offered = [kind for kind in Kind if kind in VOLUNTARY or not round.pot.stream.voluntary_only]
    form.kinds.choices = [SelectChoice(kind.value, SAID[kind]) for kind in offered]
    form.wards.choices = [SelectChoice(ward.code, ward.name) for ward in places.wards(partnership)]
    form.localities.choices = [SelectChoice(one.ref, "\u2003" * one.depth + one.name) for one in applications.places(round)]
    if not form.is_submitted():
        for field in (form.wards, form.localities):
            field.data = [code for code in terms.areas if code in {choice.value for choice in field.choices}]
    return form


def who_read(form: Any, round: Round) -> Changes | None:
    """Who may apply."""
    update = {
        "kinds": tuple(Kind(one) for one in form.kinds.data),
        "host_needed": bool(form.host_needed.data),
        "areas": (*form.wards.data, *form.localities.data),
        "area_in_words": form.area_in_words.data or None,
    }
    return {"terms": round.terms.model_copy(update=update)}


# -- what the size of the ask chooses ------------------------------------------------------------------------------------

_FULL, _SIMPLE = "full", "simple"


class SizeRow(Whole):
    """One size of ask: up to how much, and all that it chooses."""

    needs = {  # noqa: RUF012 -- declared by its parent
        "name": mark("Enter what you call it"),
        "assessors": mark("Enter how many people score it"),
        "stages": mark("Choose how many stages it has"),
        "signatures": mark("Choose who signs"),
        "helps": mark("Choose how a group says what it helps with"),
        "outcomes": mark("Choose what is asked about what will change"),
    }

    key = Kept()
    name = TextField(mark("What do you call it?"), [Characters(100)], description=mark("For example: small grants."), width=20)
    most = MoneyField(
        mark("Up to how much?"),
        thing=mark("the amount"),
        least=Money(1),
        description=mark("Leave the last one empty: it goes up to the most a group can ask for."),
    )
    stages = RadiosField(
        mark("Stages"),
        choices=[SelectChoice("1", mark("One application")), SelectChoice("2", mark("A second stage for those you ask on"))],
    )
    assessors = IntegerField(
        mark("How many people score it?"), thing=mark("the number of people"), least=0, most=rules.MOST_ASSESSORS, width=2
    )
    signatures = RadiosField(
        mark("Who signs the offer for the group?"),
        choices=[SelectChoice("1", mark("One person")), SelectChoice("2", mark("Two people"))],
    )
    evidence = CheckboxesField(
        mark("Which documents must be there before it is sent?"),
        choices=[SelectChoice(one.value, NAMES[one]) for one in What if one not in NOT_BEFORE_AWARD | {What.OTHER}],
        small=True,
    )
    helps = RadiosField(mark("How does a group say what it helps with?"), choices=choices_of(Helps, HELPS))
    outcomes = RadiosField(
        mark("What is asked about what will change?"),
        choices=[
            SelectChoice(_SIMPLE, mark("Only what will change, and for whom")),
            SelectChoice(_FULL, mark("All of it: what, for whom, how much, by when, and how you will know")),
        ],
    )
    payments = SelectField(mark("How is it paid?"), choices=choices_of(Payments, PAYMENTS))
    reports = SelectField(mark("What is asked for afterwards?"), choices=choices_of(Reports, REPORTS))
    decided_by = TextField(
        mark("Who decides? (optional)"), [Characters(200)], description=mark("Only where it is not the same as for the rest.")
    )


USUAL_SIZE: Mapping[str, Any] = {
    "stages": "1",
    "assessors": 2,
    "signatures": "1",
    "helps": Helps.PURPOSE.value,
    "outcomes": _FULL,
    "payments": Payments.AT_ONCE.value,
    "reports": Reports.FULL.value,
}


class SizesForm(HouseForm):
    """Every size of ask."""

    sizes = Rows(FormField(SizeRow), max_entries=MOST_SIZES)
    edition = Edition()


def sizes_form(round: Round) -> SizesForm:
    """Filled in from the round."""
    filled = [
        {
            "key": tier.key,
            "name": tier.name,
            "most": Money(tier.most) if tier is not round.terms.tiers[-1] else None,
            "stages": str(tier.stages),
            "assessors": tier.assessors,
            "signatures": str(tier.signatures),
            "evidence": tier.evidence,
            "helps": tier.helps.value,
            "outcomes": _FULL if tier.full_outcomes else _SIMPLE,
            "payments": tier.payments.value,
            "reports": tier.reports.value,
            "decided_by": tier.decided_by,
        }
        for tier in round.terms.tiers
    ]
    return SizesForm(data={"sizes": filled, "edition": round.edition})


def sizes_read(form: Any, round: Round) -> Changes | None:
    """Each size begins a penny above where the one before it ends; the last goes up to the most a group can ask for."""
    made: list[Tier] = []
    least, rows = round.smallest.pence, _rows(form, "sizes")
    for row in rows:
        last = row is rows[-1]
        most = row.most.data or (round.largest if last else None)
        if most is None:
            row.most.errors = [_("Enter the most that can be asked for in this size")]
        elif not last and not least <= most.pence < round.largest.pence:
            row.most.errors = [
                _(
                    "Enter more than the size before it, and less than %(most)s, the most for the round",
                    most=round.largest,
                )
            ]
        elif last and most != round.largest:
            row.most.errors = [
                _("The last size goes up to %(most)s, the most a group can ask for. Leave this empty", most=round.largest)
            ]
        elif not form.problems:
            made.append(_size(row, least, most.pence, {tier.key for tier in made}))
        least = most.pence + 1 if most else least
    if form.problems:
        return None
    return {"terms": round.terms.model_copy(update={"tiers": tuple(made)})}


def _size(row: Any, least: int, most: int, taken: Collection[str]) -> Tier:
    return Tier(
        key=kept_key(row.key.data, row.name.data, taken),
        name=row.name.data,
        least=least,
        most=most,
        stages=int(row.stages.data),
        assessors=row.assessors.data,
        signatures=int(row.signatures.data),
        evidence=tuple(row.evidence.data),
        helps=Helps(row.helps.data),
        full_outcomes=row.outcomes.data == _FULL,
        payments=Payments(row.payments.data or Payments.AT_ONCE),
        reports=Reports(row.reports.data or Reports.FULL),
        decided_by=row.decided_by.data or None,
    )


def _must(field: Any, sentence: str) -> bool:
    """Say it beside the field where nothing is there."""
    if field.data in (None, "", []) and not field.errors:
        field.errors = [_(sentence)]
    return not field.errors


def kept_key(key: str | None, text: str, taken: Collection[str]) -> str:
    """The key a line has, or one made of its words that no other line has."""
    if key and re.fullmatch(r"[a-z][a-z0-9-]{0,39}", key, re.ASCII) and key not in taken:
        return key
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-")
    name = name if name[:1].isalpha() else f"line-{name}".strip("-")
    made, n = name, 1
    while made in taken:
        n += 1
        made = f"{name}-{n}"
    return made


# -- limits and how often ------------------------------------------------------------------------------------------------

_ABOVE, _BELOW = "above", "below"


class LimitRow(Whole):
    """One limit on the ask."""

    needs = {  # noqa: RUF012 -- declared by its parent
        "which": mark("Choose whether it is about asks above or below the amount"),
        "amount": mark("Enter the amount"),
        "firmness": mark("Choose how firm it is"),
    }

    which = RadiosField(
        mark("It is about asks"),
        choices=[SelectChoice(_ABOVE, mark("Above an amount")), SelectChoice(_BELOW, mark("Below one"))],
    )
    amount = MoneyField(mark("Which amount?"), thing=mark("the amount"), least=Money(1))
    firmness = firmness_field()
    instead = LongTextField(
        mark("Where could a group try instead? (optional)"),
        [LONG],
        rows=2,
        description=mark("A whole sentence: “Sector3 helps with smaller sums: …”"),
    )


class LimitsForm(HouseForm):
    """Limits on the ask, and how often one group may apply."""

    limits = Rows(FormField(LimitRow), max_entries=MOST_LIMITS)
    months = IntegerField(
        mark("One application in how many months? (optional)"), thing=mark("the number of months"), least=1, most=60, width=3
    )
    months_firmness = firmness_field(mark("How firm is that?"))
    consecutive = TickField(mark("A group funded in one financial year is not funded in the next"))
    consecutive_firmness = firmness_field(mark("How firm is that?"))
    edition = Edition()


def limits_form(round: Round) -> LimitsForm:
    """Filled in from the round."""
    terms = round.terms
    months = next((rule for rule in terms.frequency if rule.months is not None), None)
    years = next((rule for rule in terms.frequency if rule.consecutive_years), None)
    return LimitsForm(
        data={
            "limits": [
                {
                    "which": _ABOVE if limit.above else _BELOW,
                    "amount": Money(limit.above or limit.below or 0),
                    "firmness": limit.firmness.value,
                    "instead": limit.instead,
                }
                for limit in terms.limits
            ],
            "months": months and months.months,
            "months_firmness": (months.firmness if months else Firmness.FIXED).value,
            "consecutive": years is not None,
            "consecutive_firmness": (years.firmness if years else Firmness.NORMAL).value,
            "edition": round.edition,
        }
    )


def limits_read(form: Any, round: Round) -> Changes | None:
    """Limits and frequency."""
    limits = [
        Limit(
            **{row.which.data: row.amount.data.pence},
            firmness=Firmness(row.firmness.data),
            instead=row.instead.data or None,
        )
        for row in _rows(form, "limits")
    ]
    often: list[Frequency] = []
    if form.months.data and _must(form.months_firmness, mark("Choose how firm it is")):
        often.append(Frequency(months=form.months.data, firmness=Firmness(form.months_firmness.data)))
    if form.consecutive.data and _must(form.consecutive_firmness, mark("Choose how firm it is")):
        often.append(Frequency(consecutive_years=True, firmness=Firmness(form.consecutive_firmness.data)))
    if form.problems:
        return None
    return {"terms": round.terms.model_copy(update={"limits": tuple(limits), "frequency": tuple(often)})}


# -- what the money is not for -------------------------------------------------------------------------------------------


class NotForRow(Whole):
    """One thing the money is not for, as a question."""

    needs = {  # noqa: RUF012 -- declared by its parent
        "asks": mark("Enter the question"),
        "reason": mark("Enter what a group is told that answers yes"),
        "firmness": mark("Choose how firm it is"),
    }

    key = Kept()
    asks = TextField(
        mark("The question"),
        [Characters(300)],
        description=mark("Answered yes or no, for example: “Is it for a religious or political purpose?” Yes breaks the rule."),
    )
    reason = LongTextField(
        mark("What is a group told that answers yes?"),
        [LONG],
        rows=2,
        description=mark("For example: “This fund is not for religious or political purposes.”"),
    )
    firmness = firmness_field()


class NotForForm(HouseForm):
    """Everything the money is not for."""

    questions = Rows(FormField(NotForRow), max_entries=MOST_QUESTIONS)
    edition = Edition()


def not_for_form(round: Round) -> NotForForm:
    """Filled in from the round."""
    filled = [one.model_dump(mode="json") for one in round.terms.not_funded]
    return NotForForm(data={"questions": filled, "edition": round.edition})


def not_for_read(form: Any, round: Round) -> Changes | None:
    """The questions, each with what yes means."""
    made: list[NotFunded] = []
    for row in _rows(form, "questions"):
        key = kept_key(row.key.data, row.asks.data, {one.key for one in made})
        made.append(NotFunded(key=key, asks=row.asks.data, reason=row.reason.data, firmness=Firmness(row.firmness.data)))
    return {"terms": round.terms.model_copy(update={"not_funded": tuple(made)})}


# -- how it is decided ---------------------------------------------------------------------------------------------------


class CriterionRow(Row):
    """One thing bids are scored on."""

    was = Kept()  # where it stood before, so that the words of its scores come along
    name = TextField(mark("Name"), [Characters(100)], width=20)
    guidance = LongTextField(mark("What assessors look for"), [LONG], rows=2)
    weight = IntegerField(mark("Weight"), thing=mark("the weight"), least=1, most=100, width=3, suffix="%")
    most = IntegerField(mark("Highest score"), thing=mark("the highest score"), least=1, most=20, width=2)
    gate = IntegerField(
        mark("Least score to be funded (optional)"),
        thing=mark("the least score"),
        least=1,
        most=20,
        width=2,
        description=mark("Whoever scores below it on this one cannot be funded, however good the rest is."),
    )


class CriteriaForm(HouseForm):
    """How applications are decided."""

    scoring = RadiosField(
        mark("How are applications decided?"),
        [Required(mark("Choose how applications are decided"))],
        choices=choices_of(Scoring, SCORING),
    )
    assessors = IntegerField(
        mark("How many people score each application?"),
        [Required(mark("Enter how many people score each application"))],
        thing=mark("the number of people"),
        least=1,
        most=rules.MOST_ASSESSORS,
        width=2,
        description=mark("Where the size of the ask does not say otherwise."),
    )
    criteria = Rows(FormField(CriterionRow), max_entries=MOST_CRITERIA)
    pass_mark = IntegerField(
        mark("Pass mark (optional)"),
        thing=mark("the pass mark"),
        least=0,
        most=100,
        width=3,
        suffix="%",
        description=mark("In percent of the highest total."),
    )
    edition = Edition()

    @property
    def whole(self) -> int:
        """What the weights add up to as typed."""
        return sum(row.weight.data or 0 for row in _rows(self, "criteria") if isinstance(row.weight.data, int))


def criteria_form(round: Round) -> CriteriaForm:
    """Filled in from the round; the usual four where it has none."""
    filled = [
        {"was": str(n), "name": one.name, "guidance": one.guidance, "weight": one.weight, "most": one.most, "gate": one.gate}
        for n, one in enumerate(weighed_of(round) or STANDARD)
    ]
    return CriteriaForm(
        data={
            "scoring": round.terms.scoring.value,
            "assessors": round.assessors,
            "criteria": filled,
            "pass_mark": round.terms.pass_mark,
            "edition": round.edition,
        }
    )


def criteria_read(form: Any, round: Round) -> Changes | None:
    """Scored, with criteria; or decided in committee, where what was typed of criteria stays as it was."""
    scoring = Scoring(form.scoring.data)
    facts = {"assessors": form.assessors.data}
    if scoring is Scoring.COMMITTEE:
        return {"facts": facts, "terms": round.terms.model_copy(update={"scoring": scoring, "pass_mark": None})}
    made, before = [], weighed_of(round)
    for row in _rows(form, "criteria"):
        whole = [
            _must(row.name, mark("Enter a name")),
            _must(row.weight, mark("Enter a weight")),
            _must(row.most, mark("Enter the highest score")),
        ]
        if all(whole):
            was = int(row.was.data) if (row.was.data or "").isdecimal() else -1
            anchors = before[was].anchors if 0 <= was < len(before) else {}
            made.append(
                Weighed(
                    row.name.data,
                    row.guidance.data or "",
                    row.weight.data,
                    row.most.data,
                    {score: words for score, words in anchors.items() if int(score) <= row.most.data},
                    row.gate.data,
                )
            )
    if not form.problems and form.whole != 100:
        form.report(*rules.unweighed(made))
    if form.problems:
        return None
    terms = round.terms.model_copy(update={"scoring": scoring, "pass_mark": form.pass_mark.data})
    return {"facts": facts, "criteria": made, "terms": terms}


# -- words for each score ------------------------------------------------------------------------------------------------

USUAL_WORDS: Sequence[str] = (
    mark("Not answered, or nothing that answers it"),
    mark("Poor: most of it is missing or unclear"),
    mark("Weak: some of it is there, with important gaps"),
    mark("Fair: what is needed is there, with small gaps"),
    mark("Good: clear and convincing"),
    mark("Very good: clear, convincing and well shown"),
)


def words_form(round: Round) -> HouseForm:
    """A line for every score of every criterion. Asked for the usual words, those still empty are filled in."""
    fields: dict[str, Any] = {"edition": Edition()}
    data: dict[str, Any] = {"edition": round.edition}
    for n, one in enumerate(weighed_of(round), 1):
        for score in range(one.most + 1):
            fields[f"said_{n}_{score}"] = TextField(str(score), [Characters(300)])
            data[f"said_{n}_{score}"] = one.anchors.get(str(score), "")
    form: HouseForm = type("WordsForm", (HouseForm,), fields)(data=data)
    if request.form.get("then") == "usual":
        for n, one in enumerate(weighed_of(round), 1):
            for score in range(one.most + 1):
                field = form[f"said_{n}_{score}"]
                field.data = field.data or _usual_word(score, one.most)
    return form


def _usual_word(score: int, most: int) -> str:
    """The usual words, spread over a scale; where a scale is longer, only some of its scores have any."""
    steps = len(USUAL_WORDS) - 1
    return _(USUAL_WORDS[score * steps // most]) if score * steps % most == 0 else ""


def words_read(form: Any, round: Round) -> Changes | None:
    """The criteria with what each score means."""
    return {
        "criteria": [
            one._replace(
                anchors={str(s): said for s in range(one.most + 1) if (said := (form[f"said_{n}_{s}"].data or "").strip())}
            )
            for n, one in enumerate(weighed_of(round), 1)
        ]
    }


# -- parts with money of their own ---------------------------------------------------------------------------------------


class LotRow(Whole):
    """One part of the round."""

    needs = {"name": mark("Enter a name"), "amount": mark("Enter how much it holds")}  # noqa: RUF012 -- as its parent

    name = TextField(mark("Name"), [Characters(100)], width=20)
    area = SelectField(mark("Ward"), blank=mark("Not a ward"))
    amount = MoneyField(mark("How much it holds"), thing=mark("the amount"), least=Money(1))
    line = SelectField(mark("Its money is from"), blank=mark("The same as the round’s"))


class PartsForm(HouseForm):
    """The parts, and one amount for every ward."""

    each = MoneyField(mark("How much for each ward?"), thing=mark("the amount"), least=Money(1))
    lots = Rows(FormField(LotRow), max_entries=MOST_PARTS)
    edition = Edition()

    @property
    def whole(self) -> Money:
        """What the parts hold together as typed."""
        return total(row.amount.data for row in _rows(self, "lots") if isinstance(row.amount.data, Money))


def parts_form(round: Round) -> PartsForm:
    """Filled in from the round; asked for a part for every ward, those replace what was typed."""
    filled = [{"name": one.name, "area": one.area, "amount": one.amount, "line": one.line} for one in split_of(round)]
    form = PartsForm(data={"lots": filled, "edition": round.edition})
    wards = places.wards(round.pot.stream.partnership)
    if request.form.get("then") == "wards":
        amount = form.each.data
        if not isinstance(amount, Money):
            form.each.errors = [*form.each.process_errors] or [_("Enter how much each ward has")]
        else:
            form.lots.entries.clear()
            for ward in wards:
                form.lots.append_entry({"name": ward.name, "area": ward.code, "amount": amount})
    return form


def parts_ready(form: Any, round: Round) -> None:
    """Every line chooses from the wards and from the lines of the round's pot."""
    wards = [SelectChoice(ward.code, ward.name) for ward in places.wards(round.pot.stream.partnership)]
    lines = [SelectChoice(line.ref, line.name) for line in round.pot.lines]
    for row in _rows(form, "lots"):
        row.area.choices, row.line.choices = wards, lines
        if not lines:
            del row.line


def parts_read(form: Any, round: Round) -> Changes | None:
    """The parts."""
    return {
        "lots": [
            Split(row.name.data, row.area.data, row.amount.data, row["line"].data if "line" in row else None)
            for row in _rows(form, "lots")
        ]
    }


# -- questions, priorities, answers --------------------------------------------------------------------------------------


class QuestionsForm(HouseForm):
    """Which questions groups answer."""

    question_set = RadiosField(mark("Which questions do groups answer?"), [Required(mark("Choose a set of questions"))])
    asks_postcode = TickField(
        mark("Ask for the postcode of where it happens"),
        description=mark("It finds the ward and the place. Otherwise groups choose from the list of places."),
    )
    asks_vat = TickField(mark("Ask whether the group can claim VAT back"))
    edition = Edition()


def _sets(round: Round) -> list[QuestionSet]:
    """The newest version of each set; and the round's own, where it is an older one."""
    newest = list(asked.latest())
    return newest if round.question_set in newest else [*newest, round.question_set]


def questions_form(round: Round) -> QuestionsForm:
    """Filled in from the round."""
    terms = round.terms
    form = QuestionsForm(
        data={
            "question_set": round.question_set.ref,
            "asks_postcode": terms.asks_postcode,
            "asks_vat": terms.asks_vat,
            "edition": round.edition,
        }
    )
    sets = _sets(round)
    titles = {one.title for one in sets}
    new = {f"{_READY}{name}": check(ready(name)) for name in READY}
    form.question_set.choices = [
        *(SelectChoice(one.ref, _("%(title)s, version %(version)s", title=one.title, version=one.version)) for one in sets),
        *(SelectChoice(name, one.title) for name, one in new.items() if one.title not in titles),
    ]
    asks = {one.ref: asked.document(one) for one in sets} | new
    form.question_set.hints = {
        name: many("%(num)s question", "%(num)s questions", len(one.questions)) for name, one in asks.items()
    }
    return form


_READY = "ready-"  # before the name of a set that comes with the product and was not used yet


def questions_read(form: Any, round: Round) -> Changes | None:
    """The set, and what the pages of the product's own ask."""
    update = {"asks_postcode": bool(form.asks_postcode.data), "asks_vat": bool(form.asks_vat.data)}
    name = form.question_set.data
    if name.startswith(_READY):
        document = ready(name.removeprefix(_READY))
        chosen = questions.add_set(title=document["title"], document=document, by=me())
    else:
        chosen = next(one for one in _sets(round) if one.ref == name)
    return {"question_set": chosen, "terms": round.terms.model_copy(update=update)}


class PrioritiesForm(HouseForm):
    """Which of a plan's priorities are offered."""

    strategy = SelectField(
        mark("Which plan’s priorities do groups choose from?"),
        [Required(mark("Choose a plan"))],
        description=mark("With another plan, all of its priorities are offered until you choose among them."),
    )
    offered = CheckboxesField(mark("Which of them are offered?"), description=mark("Tick none to offer them all."), small=True)
    edition = Edition()


def _plans(round: Round) -> list[Strategy]:
    """The plans to choose from; and the round's own, where it is none of them any more."""
    offered = list(queries.plans(me()))
    return offered if round.strategy in offered else [*offered, round.strategy]


def priorities_form(round: Round) -> PrioritiesForm:
    """Filled in from the round."""
    form = PrioritiesForm(data={"strategy": round.strategy.ref, "offered": round.terms.priorities, "edition": round.edition})
    form.strategy.choices = [SelectChoice(one.ref, plan_label(one)) for one in _plans(round)]
    form.offered.choices = [
        SelectChoice(one.ref, "\u2003" * one.depth + one.title) for one in queries.priorities(round.strategy)
    ]
    return form


def priorities_read(form: Any, round: Round) -> Changes | None:
    """The plan and what of it is offered; a plan that is new starts with all of it."""
    plan = next(one for one in _plans(round) if one.ref == form.strategy.data)
    offered = tuple(form.offered.data) if plan.ref == round.strategy.ref else ()
    return {"strategy": plan, "terms": round.terms.model_copy(update={"priorities": offered})}


def plan_label(plan: Strategy) -> str:
    """A plan with when it ends."""
    if plan.ends_on is None:
        return plan.name
    if plan.ends_on < clock.today():
        return _("%(plan)s (ended %(year)s)", plan=plan.name, year=plan.ends_on.year)
    return _("%(plan)s (to %(year)s)", plan=plan.name, year=plan.ends_on.year)


class AnswersForm(HouseForm):
    """What every round says before it opens."""

    decided_by = TextField(
        mark("Who decides?"),
        [Required(mark("Enter who decides")), Characters(200)],
        description=mark("A body, in words: “The Safer Stockport grants panel”."),
    )
    answer_by = DatePartsField(
        mark("By which day will every group have an answer?"),
        [Required(mark("Enter the day by which every group will have an answer"))],
        thing=mark("the day"),
    )
    privacy = LongTextField(
        mark("Privacy notice"),
        [Required(mark("Enter a privacy notice")), LONG],
        rows=10,
        description=mark("Who holds what groups tell you, why, with whom you share it and how long you keep it."),
    )
    instead = LongTextField(
        mark("Where could a group try that cannot apply? (optional)"),
        [LONG],
        rows=3,
        description=mark("A whole sentence, with a telephone number or an address to go to."),
    )
    grace_minutes = IntegerField(
        mark("How many minutes after closing is an application still taken?"),
        [Required(mark("Enter a number of minutes, or 0"))],
        thing=mark("the number of minutes"),
        least=0,
        most=120,
        width=3,
        description=mark("Groups are not told. What comes in that time is taken, and its history says so."),
    )
    edition = Edition()


def answers_form(round: Round) -> AnswersForm:
    """Filled in from the round."""
    terms = round.terms
    return AnswersForm(
        data={
            "decided_by": terms.decided_by,
            "answer_by": date.fromisoformat(terms.answer_by) if terms.answer_by else None,
            "privacy": terms.privacy,
            "instead": terms.instead,
            "grace_minutes": terms.grace_minutes,
            "edition": round.edition,
        }
    )


def answers_read(form: Any, round: Round) -> Changes | None:
    """What is said of it all. Nobody hears before it closes."""
    if form.answer_by.data < clock.civil(round.closes_at).date():
        form.answer_by.errors = [_("Enter a day after it closes")]
        return None
    update = {
        "decided_by": form.decided_by.data,
        "answer_by": form.answer_by.data.isoformat(),
        "privacy": form.privacy.data,
        "instead": form.instead.data or None,
        "grace_minutes": form.grace_minutes.data,
    }
    return {"terms": round.terms.model_copy(update=update)}


class Page(NamedTuple):
    """How a part is asked and read. `rows`: its lines that are added and taken away, how many there may be, and how an added
    one is filled in; `ready` says what they choose from."""

    form: Callable[[Round], Any]
    read: Callable[[Any, Round], Changes | None]
    rows: str = ""
    most: int = 0
    usual: Mapping[str, Any] = {}
    ready: Callable[[Any, Round], None] | None = None


PAGES: Mapping[str, Page] = {
    "dates": Page(dates_form, dates_read),
    "who": Page(who_form, who_read),
    "sizes": Page(sizes_form, sizes_read, "sizes", MOST_SIZES, USUAL_SIZE),
    "limits": Page(limits_form, limits_read, "limits", MOST_LIMITS, {"which": _ABOVE, "firmness": Firmness.NORMAL.value}),
    "not-for": Page(not_for_form, not_for_read, "questions", MOST_QUESTIONS, {"firmness": Firmness.FIXED.value}),
    "questions": Page(questions_form, questions_read),
    "priorities": Page(priorities_form, priorities_read),
    "criteria": Page(criteria_form, criteria_read, "criteria", MOST_CRITERIA, {"most": 5}),
    "words": Page(words_form, words_read),
    "parts": Page(parts_form, parts_read, "lots", MOST_PARTS, ready=parts_ready),
    "answers": Page(answers_form, answers_read),
}
