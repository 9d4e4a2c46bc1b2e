"""The forms an officer writes a question set with."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import wtforms

from grants.kernel.words import mark
from grants.questions.conditions import Relation
from grants.questions.said import LANGUAGES
from grants.web.forms import (
    Characters,
    CheckboxesField,
    DecimalField,
    HouseForm,
    IntegerField,
    LongTextField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
)


class Was(wtforms.HiddenField):
    """What a part was when the form was drawn: a few characters that change with it."""

    look = "hidden"

    def _value(self) -> str:
        return str(self.data or "")


class StartForm(HouseForm):
    """A new set."""

    begin = RadiosField(mark("What do you want to start from?"), [Required(mark("Choose what to start from"))])
    title = TextField(
        mark("What will the new set be called?"),
        [Characters(100)],
        description=mark("Officers see this when they plan a round; groups do not."),
    )
    key = OnceKey()


class TitleForm(HouseForm):
    """Another title."""

    title = TextField(mark("Title"), [Required(mark("Enter a title")), Characters(100)])


class PageForm(HouseForm):
    """One page of a set."""

    kind = RadiosField(mark("What kind of page is it?"), [Required(mark("Choose what kind of page it is"))])
    title = TextField(mark("Title of the page"), [Characters(200)])
    intro = LongTextField(
        mark("Introduction"),
        [Characters(1000)],
        rows=3,
        description=mark("Stands above the questions. You can leave it empty."),
    )
    repeat = IntegerField(
        mark("How often may it be asked again?"),
        thing=mark("how often it may be asked again"),
        least=2,
        most=20,
        width=2,
        description=mark(
            "Only for a page that is filled in once for each of several, like partners. Otherwise leave it empty."
        ),
    )
    item = TextField(mark("What is one of them called?"), [Characters(40)], description=mark("For example, partner."), width=20)
    was = Was()


class KindForm(HouseForm):
    """How a question is answered."""

    kind = RadiosField(mark("How is it answered?"), [Required(mark("Choose how it is answered"))])


class QuestionForm(HouseForm):
    """One question; what its kind has no use for is taken off."""

    label = LongTextField(
        mark("The question"),
        [Required(mark("Enter the question")), Characters(500)],
        rows=2,
        description=mark("As you would ask it across a table. For example: What will you do?"),
    )
    options = LongTextField(
        mark("Choices, one to a line"),
        [Required(mark("Enter the choices, one to a line"))],
        rows=8,
        description=mark("At least two. People see them in this order."),
    )
    words = IntegerField(
        mark("How many words at most?"),
        [Required(mark("Enter how many words at most"))],
        thing=mark("the number of words"),
        least=1,
        most=5000,
        width=4,
        suffix=mark("words"),
    )
    least = IntegerField(mark("The least it can be"), thing=mark("the least"), width=10)
    most = IntegerField(mark("The most it can be"), thing=mark("the most"), width=10)
    required = TickField(mark("People must answer it before they can send"))
    hint = LongTextField(
        mark("Hint"),
        [Characters(1000)],
        rows=3,
        description=mark("One or two sentences that stand beneath the question. An example helps most."),
    )
    guidance = LongTextField(
        mark("More help"),
        [Characters(4000)],
        rows=4,
        description=mark("Folded away beneath the question until somebody opens it."),
    )
    short = TextField(
        mark("Short name"),
        [Characters(200)],
        description=mark("What it is called in lists. If you leave it empty we make one from the question."),
    )
    missing = TextField(
        mark("What is said if it is left out"),
        [Characters(500)],
        description=mark("For example: Tell us what you will do. If you leave it empty we write one."),
    )
    code = TextField(
        mark("Key"),
        description=mark("Files and figures use it. We make one from the question: change it only if you need to."),
        width=20,
    )
    was = Was()


class WhenForm(HouseForm):
    """When something is asked: a list with buttons."""

    of = SelectField(mark("Add a condition on"), blank=mark("Choose a question or figure"))
    into = SelectField(mark("Add it to"))
    was = Was()


class TestForm(HouseForm):
    """One thing that must be so."""

    test = RadiosField(mark("What must be so?"), [Required(mark("Choose what must be so"))])
    values = CheckboxesField(mark("Which answers?"), small=True)
    typed = LongTextField(mark("Which sizes, one to a line?"), rows=3)
    least = DecimalField(mark("At least"), thing=mark("the least"))
    most = DecimalField(mark("At most"), thing=mark("the most"))
    was = Was()


class CalculationForm(HouseForm):
    """A sum that is shown beneath what it adds."""

    label = TextField(
        mark("What is it called?"),
        [Required(mark("Enter what it is called")), Characters(200)],
        description=mark("Groups see it, with the sum."),
    )
    money = RadiosField(
        mark("What comes out?"),
        [Required(mark("Choose what comes out"))],
        choices=[SelectChoice("yes", mark("An amount of money")), SelectChoice("no", mark("A number"))],
    )
    add = CheckboxesField(mark("What is added?"), [Required(mark("Choose what is added"))], small=True)
    less = CheckboxesField(mark("What is taken away?"), small=True)
    was = Was()


class CheckForm(HouseForm):
    """Arithmetic across questions."""

    left = SelectField(mark("This"), [Required(mark("Choose what is checked"))], blank=mark("Choose a question, figure or sum"))
    relation = RadiosField(
        mark("must be"),
        [Required(mark("Choose how the two must stand to each other"))],
        choices=[
            SelectChoice(Relation.EQUAL.value, mark("the same as")),
            SelectChoice(Relation.AT_MOST.value, mark("no more than")),
            SelectChoice(Relation.AT_LEAST.value, mark("no less than")),
        ],
    )
    right = SelectField(mark("that"), blank=mark("A number that I type"))
    number = DecimalField(
        mark("The number"), thing=mark("the number"), description=mark("Only if you chose a number that you type.")
    )
    says = TextField(
        mark("What is said if it is not so"),
        [Required(mark("Enter what is said if it is not so")), Characters(300)],
        description=mark("For example: The end date must be on or after the start date"),
    )
    beside = SelectField(
        mark("Beside which question?"),
        [Required(mark("Choose the question that it stands beside"))],
        blank=mark("Choose a question"),
    )
    was = Was()


class LanguagesForm(HouseForm):
    """The languages of a set beside English."""

    languages = CheckboxesField(
        mark("Which languages are these questions asked in, beside English?"),
        choices=[SelectChoice(code, words) for code, words in LANGUAGES.items()],
    )


class RemoveForm(HouseForm):
    """Nothing but the button."""

    was = Was()


class PublishForm(HouseForm):
    """The edition that was read."""

    edition = wtforms.HiddenField()
    key = OnceKey()


class LoneForm(HouseForm):
    """Nothing but a button."""

    key = OnceKey()
