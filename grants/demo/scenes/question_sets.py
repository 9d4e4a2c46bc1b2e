"""The question sets of two funds, and the next version of one of them, which an officer is writing."""

from __future__ import annotations

from functools import partial

from grants.demo.story import _at, _who
from grants.kernel import clock
from grants.questions import commands, sketch
from grants.questions.document import bank, ready


def tell() -> None:
    """Both sets are published in September; a question from the bank is added to one in October and not published yet."""
    officer = _who("grants officer")
    with clock.stopped(_at(9, 8)):
        for name in ("ward_fund", "local_fund"):
            document = ready(name)
            added = commands.add_set(title=document["title"], document=document, by=officer)
    with clock.stopped(_at(10, 6)):
        draft = commands.start_draft(title=added.title, copied=added, by=officer)
        question = next(one for one in bank() if one.key == "publicity")
        change = partial(sketch.from_bank, page="group", question=question)
        commands.change_draft(draft, change=change, what=question.short, by=officer)
