"""What is typed and what is kept become the same plain words, so that nothing typed is ever a command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.search.rules import LONGEST, compact, fold, kept, reference, unanswerable


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Siân’s Café & Club", ["sians", "cafe", "and", "club"]),
        ("Women's Aid", ["womens", "aid"]),
        ("AWD-26-00001", ["awd", "26", "00001"]),
        ("Tŷ Gŵyr / Øresund", ["ty", "gwyr", "oresund"]),
        ('"NEAR(a*, b) OR col:x -y^2"', ["near", "a", "b", "or", "col", "x", "y", "2"]),
        ("", []),
        (None, []),
        ("…!*\x00", []),
    ],
)
def test_words_lose_case_accents_and_punctuation(said: str | None, words: list[str]):
    assert fold(said) == words


@given(st.text())
def test_folding_what_is_folded_changes_nothing_and_leaves_no_sign_of_any_query_language(said: str):
    words = fold(said)
    assert fold(" ".join(words)) == words
    assert not set("".join(words)) & set("\"'*:^-+(){}&|!<>\\ \0")


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("AWD-26-00001", "awd2600001"),
        ("awd2600001", "awd2600001"),
        (" awd 26 00001 ", "awd2600001"),
        ("VCS-2026", None),  # a pot's is known when it is found: "grants 2026" looks just like it
        ("AWD-26", None),
        ("lantern", None),
        ("2026", None),
        ("safer streets 2026", None),
    ],
)
def test_a_counters_reference_is_known_in_any_case_with_or_without_dashes(typed: str, whole: str | None):
    assert reference(typed) == whole


def test_a_reference_is_kept_as_one_word_too():
    assert (compact("AWD-26-00001"), compact("vcs_grant")) == ("awd2600001", "vcsgrant")


def test_each_word_is_kept_once_and_not_again_where_the_name_has_it():
    assert kept("Light and gates, gates", None, "and more", but=["light"]) == "and gates more"


def test_what_cannot_be_looked_for_is_said_in_a_sentence():
    assert list(unanswerable("a" * (LONGEST + 1))) == ["What you look for must be 200 characters or fewer."]
    assert list(unanswerable("*")) == ["Type at least 2 letters or numbers."]
    assert list(unanswerable("x")) == ["Type at least 2 letters or numbers."]
    assert [list(unanswerable(typed)) for typed in ("", "  ", "ab", "é1")] == [[], [], [], []]
