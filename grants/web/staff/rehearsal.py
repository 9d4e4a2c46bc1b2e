"""A round before it opens, as a group would meet it: every page read only, for an ask and a kind of group; and test
applications, filled in by the officer on the ordinary pages and taken away again."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from grants.applications import commands, queries
from grants.applications import policies as applications
from grants.applications.models import Application
from grants.applications.models import State as Stands
from grants.applications.rules import About
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.people import commands as people
from grants.people import queries as organisations
from grants.people.kinds import SAID, VOLUNTARY, Kind
from grants.people.models import Organisation
from grants.questions.conditions import Figure, Known, When
from grants.questions.document import NO, YES, Block, Document, Question, Section
from grants.questions.queries import document
from grants.rounds import queries as rounds
from grants.rounds.eligibility import Asker, findings, needs_host
from grants.rounds.models import Round, State
from grants.rounds.terms import Tier
from grants.web import asking
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    HouseForm,
    MoneyField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
    flat,
)
from grants.web.group import drafts
from grants.web.group.drafting import Draft

area = Blueprint("rehearsal", __name__)


class AsForm(HouseForm):
    """As which group, asking for how much."""

    ask = MoneyField(mark("A group that asks for"), thing=mark("the amount"), least=Money(1))
    kind = SelectField(mark("What kind of group?"))
    stage = RadiosField(
        mark("Which stage?"),
        choices=[SelectChoice("1", mark("The first")), SelectChoice("2", mark("The second"))],
        inline=True,
        small=True,
    )
    account = RadiosField(
        mark("Has it a bank account of its own?"),
        choices=[SelectChoice(YES, mark("Yes")), SelectChoice(NO, mark("No"))],
        inline=True,
        small=True,
    )


class Shown(NamedTuple):
    """One page as a group would meet it: the fields of a page of the product's own, or of the set's questions."""

    section: Section
    own: HouseForm | None
    form: asking.SectionForm | None
    sometimes: frozenset[str]  # questions that only some groups are asked, by what they answered before


@area.get("/funding-rounds/<ref>/preview")
@staff
def preview(ref: str) -> ResponseReturnValue:
    """Every page of the round's questions, read only."""
    round = rounds.of_staff(me(), ref)
    form, ask = _as(round)
    kind = Kind(form.kind.data) if form.kind.data in set(Kind) else Kind.ASSOCIATION
    asker = Asker(kind=kind, account=form.account.data != NO, ask=ask)
    tier = round.terms.tier(ask)
    asked = document(round.question_set)
    known = Known(
        {},
        {
            Figure.ASK: ask.plain if ask else "",
            Figure.TIER: tier.key if tier else "",
            Figure.STAGE: "2" if form.stage.data == "2" else "1",
            Figure.KIND: kind.name.lower().replace("_", "-"),
            Figure.ACCOUNT: form.account.data or YES,
        },
    )
    return render_template(
        "staff_rounds/preview.html",
        round=round,
        form=form,
        findings=findings(round, asker) if ask else [],
        tier=tier,
        pages=list(_pages(_imagined(round, asked, known, asker), tier, asker)),
        declared=_possible(asked.declarations, known, asked),
        rehearses=round.state is State.PLANNED and may(applications.rehearse, me(), round),
    ), form.status


def _as(round: Round) -> tuple[AsForm, Money | None]:
    """The small form above the pages, and the ask as typed: the least of the round until something is."""
    usual = {"ask": round.smallest.plain, "kind": Kind.ASSOCIATION.value, "stage": "1", "account": YES}
    given = MultiDict({f"as-{name}": request.args.get(f"as-{name}") or said for name, said in usual.items()})
    form = AsForm(given, prefix="as", meta={"csrf": False})
    form.kind.choices = kinds_of(round, every=True)
    form.validate()
    return form, form.ask.data if isinstance(form.ask.data, Money) else None


def kinds_of(round: Round, *, every: bool = False) -> list[SelectChoice]:
    """The kinds of group that may apply; every kind there is, to see who is turned away."""
    allowed = round.terms.kinds or tuple(one for one in Kind if one in VOLUNTARY or not round.pot.stream.voluntary_only)
    return [SelectChoice(kind.value, SAID[kind]) for kind in (Kind if every else allowed)]


def _pages(draft: Draft, tier: Tier | None, asker: Asker) -> Iterator[Shown]:
    round, asked, known = draft.application.round, draft.questions, draft.known
    for page in asked.pages:
        if page.when and not _could(page.when, known, asked):
            continue
        if page.block is Block.HOST and not needs_host(round, asker):
            continue
        if page.block is Block.EVIDENCE and not (tier and tier.evidence):
            continue
        if page.block:
            own = drafts.blank(draft, page.block)
            yield Shown(page, _apart(own, page.key) if own else None, None, frozenset())
        elif questions := _possible(page.asked, known, asked):
            whole = page.when is not None and _answers(page.when)
            sometimes = {one.key for one in questions if whole or (one.when is not None and _answers(one.when))}
            shown = page.model_copy(update={"questions": tuple(questions)})
            yield Shown(shown, None, asking.form(shown), frozenset(sometimes))


def _apart(form: HouseForm, key: str) -> HouseForm:
    """The form with ids that no other page of the preview has."""
    for field in flat(form):
        field.id = f"{key}-{field.id}"
    return form


def _imagined(round: Round, asked: Document, known: Known, asker: Asker) -> Draft:
    """A draft that nobody has begun, and that is never kept."""
    group = Organisation(name=_("Test group (not real)"), organisation_type=asker.kind.value if asker.kind else None)
    application = Application(
        round=round,
        organisation=group,
        state=Stands.DRAFT,
        rehearsal=True,
        sought=asker.ask,
        stage=int(known.figures[Figure.STAGE]),
        against={},
        edition=0,
    )
    return Draft(application, asked, About(places=queries.has_places(round), account=asker.account), known)


def _answers(when: When) -> bool:
    """Does it hang on what a group answers, and not only on what it asks for and who it is?"""
    return any(test.of not in set(Figure) for test in when.tests)


def _could(when: When, known: Known, asked: Document) -> bool:
    """May it be asked of this group? What hangs on its answers may."""
    return _answers(when) or when.holds(known, asked.sums)


def _possible(questions: Sequence[Question], known: Known, asked: Document) -> list[Question]:
    return [one for one in questions if one.when is None or _could(one.when, known, asked)]


# -- test applications ---------------------------------------------------------------------------------------------------


class TestForm(HouseForm):
    """As which kind of group, and for how much."""

    __test__ = False  # pytest takes classes called Test for its own

    kind = SelectField(mark("What kind of group?"), [Required(mark("Choose a kind of group"))])
    sought = MoneyField(
        mark("How much does it mean to ask for?"),
        [Required(mark("Enter how much"))],
        thing=mark("the amount"),
        least=Money(1),
    )
    key = OnceKey()


class PurgeForm(HouseForm):
    """Nothing but the button."""

    key = OnceKey()


@area.route("/funding-rounds/<ref>/rehearse", methods=["GET", "POST"])
@staff
def rehearse(ref: str) -> ResponseReturnValue:
    """Start a test application, go on with one, or take them all away."""
    round = rounds.of_staff(me(), ref)
    require(applications.rehearse, me(), round)
    form = TestForm(data={"sought": round.smallest, "kind": Kind.ASSOCIATION.value})
    form.kind.choices = kinds_of(round)
    if form.accepted():
        with form.reporting():
            draft = commands.start(
                round,
                organisation=_test_group(round, Kind(form.kind.data)),
                sought=form.sought.data,
                against={one.key: NO for one in round.terms.not_funded},
                rehearsal=True,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("This is a test application. Fill it in as a group would; nobody but officers sees it."))
            return redirect(url_for("applications.show", ref=draft.ref))
    return render_template(
        "staff_rounds/rehearse.html",
        round=round,
        form=form,
        purge=PurgeForm(),
        tests=queries.tests(round),
        closed=list(_late(round)),
    ), form.status


def _late(round: Round) -> Iterator[str]:
    if round.state is not State.PLANNED:
        yield _("This round has opened. Try out the next one before it does.")


def _test_group(round: Round, kind: Kind) -> Organisation:
    """The partnership's test group of this kind, made on first use. It is marked as made up."""
    ref = f"test_{round.pot.stream.partnership.ref}_{kind.name.lower()}"
    try:
        return organisations.organisation(ref)
    except NotFound:
        return people.add_organisation(
            ref=ref,
            name=_("Test group (not real)"),
            organisation_type=kind.value,
            is_voluntary=kind in VOLUNTARY,
            fictional=True,
            note=_("For trying out rounds before they open: %(kind)s", kind=_(SAID[kind])),
            by=me(),
        )


@area.post("/funding-rounds/<ref>/rehearse/purge")
@staff
def purge(ref: str) -> ResponseReturnValue:
    """Take every test application of a round away."""
    round, form = rounds.of_staff(me(), ref), PurgeForm()
    if form.accepted():
        commands.purge(round, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
        flash(_("The test applications are gone, with all that was typed into them. The round counts as tried out."))
    return redirect(url_for("staff_rounds.show", ref=ref, _anchor="checklist"))
