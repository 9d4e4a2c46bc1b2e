"""What a group reads on its own page once the panel has decided: the answer and the reason, not only in an e-mail."""

from __future__ import annotations

from flask import Flask

from grants.people import queries
from tests.client import Browser


def _reads(demo_app: Flask, email: str, ref: str) -> str:
    person = queries.by_email(email)
    assert person
    return Browser(demo_app).sign_in(person).visit(f"/applications/{ref}").text


def test_a_group_that_was_not_funded_reads_why(demo_app: Flask):
    page = _reads(demo_app, "harbour@demo.example", "APP-26-00006")
    assert "The panel decided not to fund this. The panel did not see how more hours" in page


def test_a_group_that_was_funded_in_part_reads_how_much_and_why(demo_app: Flask):
    page = _reads(demo_app, "meadow@demo.example", "APP-26-00003")
    assert "The panel decided to give £4,000.00. We will fund the lights and the clean-up days." in page


def test_a_group_whose_bid_is_still_being_scored_is_told_nothing(demo_app: Flask):
    assert "The panel decided" not in _reads(demo_app, "meadow@demo.example", "APP-26-00009")
