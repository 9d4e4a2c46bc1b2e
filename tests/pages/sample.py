"""A small application of nothing but the look: one page with every kind of field and block, and every kind of refusal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import flask_babel
from flask import Flask, abort, flash, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader

import grants
from grants.kernel.errors import Busy, NotFound, Objection, Refused, RuleBroken, Stale, TooMany
from grants.kernel.money import Money
from grants.settings import Settings
from grants.web import charts, look
from grants.web.charts import Flow
from grants.web.forms import (
    CheckboxesField,
    CodeField,
    DatePartsField,
    DecimalField,
    Declaration,
    Edition,
    EmailField,
    FormField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    OnceKey,
    PasswordField,
    RadiosField,
    Required,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
    WordsField,
)

FUNDS = [SelectChoice("vcs", "Voluntary and Community Sector Grant"), SelectChoice("sv", "Serious Violence Duty")]
SIZES = [SelectChoice("s", "Small"), SelectChoice("l", "Large")]
THEMES = [SelectChoice("a", "Domestic abuse"), SelectChoice("b", "Young people")]
LONG = "A fund with a name so long that no picture of it could ever hold every one of its words"


class CostRow(Row):
    what = TextField("What for")
    amount = MoneyField("Amount", thing="the cost")
    kind = SelectField("Kind", choices=SIZES, blank="Choose a kind")


class Sample(HouseForm):
    name = TextField("What is your group called?", [Required("Enter the name of your group")], description="As in its rules.")
    email = EmailField("Email address", [Required("Enter your email address")])
    password = PasswordField("Password", [Required("Enter your password")])
    code = CodeField("Code")
    amount = MoneyField(
        "How much are you asking for?",
        [Required("Enter how much you are asking for")],
        thing="the amount",
        least=Money(1),
        most=Money.pounds(10000),
        description="Up to £10,000.",
    )
    people = IntegerField("How many will take part?", [Required("Enter how many will take part")], thing="the number", least=1)
    reading = DecimalField("Reading", [Required("Enter the reading")], suffix="%", thing="the reading")
    starts = DatePartsField("When does it start?", [Required("Enter the date it starts")], thing="the start date")
    why = WordsField("What will you do?", [Required("Enter what you will do")], words=5)
    notes = LongTextField("Anything else?", characters=20)
    fund = SelectField("Which fund?", [Required("Choose a fund")], blank="Choose a fund", choices=FUNDS)
    size = RadiosField("How big?", [Required("Choose how big")], choices=SIZES, hints={"s": "Fewer than ten people"})
    themes = CheckboxesField("Which themes?", [Required("Choose at least one theme")], choices=THEMES)
    costs = Rows(FormField(CostRow), min_entries=2, max_entries=5)
    truthful = Declaration("I confirm that the answers are true", must="Confirm that the answers are true")
    news = TickField("Send me news")
    key = OnceKey()
    edition = Edition(default=3)


RIGHT: dict[str, Any] = {
    "name": " The Youth Club ",
    "email": "a@example.org",
    "password": " kept as typed ",
    "code": "123 456",
    "amount": "£1,250.50",
    "people": "1,200",
    "reading": "21.065",
    "starts-day": "27",
    "starts-month": "Mar",
    "starts-year": "2027",
    "why": "Five words and no more",
    "notes": "one\r\ntwo",
    "fund": "vcs",
    "size": "s",
    "themes": ["b", "a"],
    "costs-0-what": "Hall",
    "costs-0-amount": "20.50",
    "truthful": "y",
}

TEMPLATE = """
{% extends "layouts/page.html" %}
{% from "ui/form.html" import form as form_, field, button, post, rows as input_rows %}
{% from "ui/table.html" import table, cell %}
{% from "ui/blocks.html" import summary_list, line, tag, inset, warning, details, pagination, link, figures, figure, nothing %}
{% from "ui/flow.html" import flow_picture %}
{% set title = "Apply for a <grant>" %}
{% set caption = "APP-26-00041" %}
{% set crumbs = [("Home", "/"), ("Rounds", "/rounds")] %}
{% block content %}
{% call figures() %}{{ figure(awards[0][2], "asked for") }}{{ figure(3, "bids") }}{% endcall %}
{% call(a) table("Awards", ["Award", "Group", ("Amount", "number"), "Agreed"], awards, foot=["Total", "", awards[0][2], ""]) %}
{{ cell(link(a[0], "/"), head=true) }}{{ cell(a[1]) }}{{ cell(a[2]) }}{{ cell(a[3]) }}
{% endcall %}
{% call(a) table("Position", ["Stream", ("Free", "number"), ("Held", "number"), ("Paid", "number")], awards, wide=true) %}
{{ cell(a[0], head=true) }}{% for n in range(3) %}{{ cell(a[2]) }}{% endfor %}
{% endcall %}
{{ table("Rounds", ["Round"], [], empty="No rounds yet.") }}
{{ flow_picture(picture) }}
{% call summary_list() %}
{{ line("Asked for", awards[0][2]) }}{{ line("Title", "Club", href="/", about="the title") }}{% endcall %}
<p class="govuk-body">{{ tag("Submitted", "green") }} {{ tag("Draft") }}</p>
{{ inset("Read this.") }}{{ warning("You cannot undo this.") }}{% call details("How this works") %}Like so.{% endcall %}
{{ pagination(3, 9, page_url) }}{{ nothing("Nothing waits for you.") }}
<h2 class="govuk-heading-m">Your application</h2>
{% call form_(form, button="Save and continue", cancel="/") %}
{% for f in form if f.name not in ("costs", "key", "edition", "csrf_token") %}{{ field(f) }}{% endfor %}
{{ input_rows(form.costs, ["What for", "Amount", "Kind"], "Costs") }}
{% endcall %}
{{ post("/out", "Withdraw", kind="warning", about="APP-26-00041") }}{{ button("Start", href="/") }}
{% endblock %}
"""
REFUSALS: dict[int, Exception] = {
    403: Refused(Objection("Only a grants officer can open a round.", "grants officer"), Objection("You applied to it.")),
    404: NotFound(),
    409: Stale([("Title", "mine"), ("Ask", "£2.00")], [("Title", "theirs"), ("Ask", "£1.00")]),
    422: RuleBroken("There is £10.00 left."),
    429: TooMany("Wait five minutes.", retry_after=300),
    500: ValueError("a secret"),
    503: Busy(),
}


def picture() -> charts.Picture:
    columns = [("Given by", ["Home Office", "Council"]), ("Stream", ["VCS Grant", LONG]), ("Went to", ["AWD-26-00001", "Free"])]
    flows = [
        Flow("Home Office", "VCS Grant", Money(10000000)),
        Flow("Council", "VCS Grant", Money(1)),
        Flow("Home Office", LONG, Money(5000000)),
        Flow("VCS Grant", "AWD-26-00001", Money(6000000)),
        Flow("VCS Grant", "Free", Money(4000001)),
        Flow(LONG, "Free", Money(5000000)),
    ]
    return charts.flow(columns, flows, title="Where the money went in 2026/27")


def sample(instance: Path, **given: Any) -> Flask:
    """The application. `last` holds the form of the last valid POST."""
    app = Flask("grants", root_path=str(Path(grants.__file__).parent), instance_path=str(instance))
    app.config.update(SECRET_KEY="sample", WTF_CSRF_TIME_LIMIT=None, MAX_CONTENT_LENGTH=1024**2)
    flask_babel.Babel(app)
    CSRFProtect(app)
    app.jinja_loader = ChoiceLoader([DictLoader({"sample.html": TEMPLATE}), app.jinja_loader])  # type: ignore[list-item]
    look.register(app, Settings(instance=instance, owner_email="help@example.org", **given))
    awards = [("AWD-26-00001", "A group & friends", Money(120050), date(2026, 4, 3)), ("AWD-26-00002", LONG, None, None)]

    @app.route("/", methods=["GET", "POST"])
    def home() -> ResponseReturnValue:
        form = Sample()
        if form.accepted():
            app.extensions["last"] = form.data
            with form.reporting():
                if form.name.data == "broken":
                    raise RuleBroken("There is £10.00 left.", "The fund has closed.", field="amount")
                flash("Saved.")
                return redirect("/")
        page = render_template("sample.html", form=form, awards=awards, picture=picture(), page_url="/?page={}".format)
        return page, form.status

    @app.route("/private")
    def private() -> ResponseReturnValue:
        g._login_user = type("Person", (), {"is_authenticated": True})()
        return "private"

    @app.route("/refuse/<int:status>", methods=["GET", "POST"])
    def refuse(status: int) -> ResponseReturnValue:
        if status in REFUSALS:
            raise REFUSALS[status]
        abort(status)

    return app
