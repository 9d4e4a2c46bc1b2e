"""Last time's words in a new draft, and who may send: on both engines."""

from __future__ import annotations

import pytest
from flask import Flask

from grants.applications import commands, queries, rules
from grants.kernel.errors import RuleBroken
from tests.builders.drafts import a_full_draft, a_full_round, filled
from tests.builders.people import a_group


def test_words_are_carried_costs_never_and_each_part_is_checked_once(app: Flask) -> None:
    group, by, certifier = a_group()
    first = filled(a_full_draft(group=group, by=by))
    with pytest.raises(RuleBroken, match="Only somebody who signs for your group"):
        commands.submit(first, declared=True, edition=first.edition, by=by)
    assert queries.signers(first) == [certifier]
    commands.submit(first, declared=True, edition=first.edition, by=certifier)

    asked = first.round
    again = a_full_draft(
        a_full_round(pot=asked.pot, question_set=asked.question_set, strategy=asked.strategy), group=group, by=by
    )
    assert [one.ref for one in queries.earlier(again)] == [first.ref]
    commands.copy_earlier(again, before=first, by=by)
    assert (again.copied_from, again.title, list(again.costs), again.asked.pence) == (first.ref, "Friday football", [], 0)
    assert sorted(again.copied) == ["answer given", "answer lead", "outcomes", "people", "place"]

    commands.save_answers(again, answers={"given": "100"}, edition=again.edition, by=by)  # as it stood: looked at
    commands.save_beneficiaries(again, lines=[("Young people", 41)], edition=again.edition, by=by)
    assert sorted(again.copied) == ["answer lead", "outcomes", "place"]
    assert not rules.begun(a_full_draft(asked))
    assert rules.begun(again)
