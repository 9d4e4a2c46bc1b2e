"""What a group said before is offered again: by the bank's question, or by the same question of the same set."""

from __future__ import annotations

from typing import Any

import pytest

from grants.questions.document import Document, bank, check, ready
from grants.questions.reuse import carried

LOCAL, WARD = check(ready("local_fund")), check(ready("ward_fund"))
SAID = {
    "activity": ["Football on Fridays"],
    "issue": ["places"],
    "starts": ["1/4/2026"],
    "children": ["yes"],
    "safe": [" DBS checks "],
    "permission": ["asked"],
    "declaration": ["yes"],
}


def _set(title: str, *questions: dict[str, Any], repeat: int | None = None) -> Document:
    again = {"repeat": repeat, "item": "partner"} if repeat else {}
    return check({"title": title, "sections": [{"key": "one", "title": "One", "questions": list(questions)} | again]})


def _asks(key: str, **more: Any) -> dict[str, Any]:
    asks = {"key": key, "kind": "long", "words": 50, "label": f"{key}?", "short": key, "missing": f"Enter {key}"} | more
    return {name: said for name, said in asks.items() if said is not None}


def test_the_banks_questions_carry_over_between_different_sets() -> None:
    assert carried(WARD, SAID, LOCAL) == {
        "activity": ["Football on Fridays"],
        "issue": ["places"],
        "children": ["yes"],
        "safe": ["DBS checks"],
        "permission": ["asked"],
    }


def test_a_question_of_ones_own_carries_over_only_within_the_same_set() -> None:
    before, said = _set("Small grants", _asks("hopes")), {"hopes": ["To grow"]}
    assert carried(before, said, _set("Small grants", _asks("hopes"))) == {"hopes": ["To grow"]}
    assert carried(before, said, _set("Big grants", _asks("hopes"))) == {}
    assert carried(before, said, _set("Small grants", _asks("hopes", kind="money", words=None))) == {}


def test_the_banks_question_is_found_under_another_key() -> None:
    before, now = _set("Old", _asks("what", bank="activity")), _set("New", _asks("activity", bank="activity"))
    assert carried(before, {"what": ["Football"]}, now) == {"activity": ["Football"]}


def test_the_banks_question_carries_over_only_while_it_is_answered_in_the_same_way() -> None:
    before, now = _set("Old", _asks("what", bank="activity")), _set("New", _asks("activity", bank="activity", kind="short"))
    assert carried(before, {"what": ["Football"]}, now) == {}


def test_days_documents_and_declarations_are_of_their_time() -> None:
    assert {"starts", "declaration"}.isdisjoint(carried(LOCAL, SAID, LOCAL))


def test_a_choice_that_is_no_longer_offered_is_left_out() -> None:
    def asks(*values: str) -> dict[str, Any]:
        return _asks("ages", kind="choices", words=None, options=[{"value": v, "label": v} for v in values])

    before = _set("A", asks("young", "old", "all"))
    assert carried(before, {"ages": ["young\nold"]}, _set("A", asks("old", "all"))) == {"ages": ["old"]}
    assert carried(before, {"ages": ["young"]}, _set("A", asks("old", "all"))) == {}


@pytest.mark.parametrize(("repeat", "found"), [(None, {}), (2, {"name": ["A", "B"]}), (3, {"name": ["A", "B"]})])
def test_answers_for_several_need_room_for_them_all(repeat: int | None, found: dict[str, list[str]]) -> None:
    before = _set("A", _asks("name"), repeat=4)
    assert carried(before, {"name": ["A", "B"]}, _set("A", _asks("name"), repeat=repeat)) == found


def test_every_question_of_the_bank_carries_over_to_itself_unless_it_is_of_its_time() -> None:
    for question in bank():
        asked = check(
            {"title": "Any", "sections": [{"key": "one", "title": "One", "questions": [question.model_dump(mode="json")]}]}
        )
        said = {question.key: [question.options[0].value if question.options else "1"]}
        assert carried(asked, said, asked) == ({} if question.key in ("starts", "ends") else said), question.key
