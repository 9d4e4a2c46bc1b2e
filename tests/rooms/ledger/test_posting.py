"""Moving money: what is left is said in words, the same key is the same deed, and a mistake is reversed whole."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from grants.audit import queries as audit
from grants.kernel.command import command
from grants.kernel.errors import NotFound, RuleBroken, Undisciplined
from grants.kernel.money import Money
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import Bucket, Move
from tests.builders.ledger import DAY, POT, a_book, a_life, a_move, an_offer, at

B = Bucket


def test_a_refusal_says_what_is_free(app: Flask) -> None:
    a_book(funded="100")
    an_offer("100")
    with pytest.raises(RuleBroken) as refusal:
        an_offer("10", award="AWD-26-00002")
    assert refusal.value.problems == ("VCS-2026 has £0.00 free; this needs £10.00.",)
    assert queries.balance(at(B.FREE)) == Money(0)
    assert queries.balance(at(B.OFFERED, "AWD-26-00002")) == Money(0)


@pytest.mark.parametrize(
    ("kind", "out_of", "into", "sentence"),
    [
        ("unreserve", B.RESERVED, B.FREE, "VCS-2026 has £0.00 held for RND-26-00001; this needs £1.00."),
        ("release passported", B.PASSPORTED, B.FREE, "VCS-2026 has £0.00 set aside for COM-1; this needs £1.00."),
        ("accept", B.OFFERED, B.COMMITTED, "AWD-26-00001 has £0.00 offered from VCS-2026; this needs £1.00."),
        ("approve", B.COMMITTED, B.DUE, "AWD-26-00001 has £0.00 committed from VCS-2026; this needs £1.00."),
        ("pay", B.DUE, B.PAID, "AWD-26-00001 has £0.00 approved for payment from VCS-2026; this needs £1.00."),
        (
            "evidence",
            B.PAID,
            B.EVIDENCED,
            "AWD-26-00001 has £0.00 paid from VCS-2026 and not yet accounted for; this needs £1.00.",
        ),
        ("recover", B.RECOVERABLE, B.FREE, "AWD-26-00001 owes £0.00 back to VCS-2026; this needs £1.00."),
    ],
)
def test_a_refusal_uses_the_finance_officers_words(sqlite_app: Flask, kind: str, out_of: B, into: B, sentence: str) -> None:
    a_book()
    with pytest.raises(RuleBroken) as refusal:
        commands.post(a_move(kind, out_of, into, 100), key="k", on=DAY, by="test", source="s")
    assert refusal.value.problems == (sentence,)


def test_a_refusal_names_every_account_that_has_too_little(app: Flask) -> None:
    a_book(funded="10")
    moves = [a_move("offer", B.FREE, B.OFFERED, 2000), a_move("approve", B.COMMITTED, B.DUE, 100, owner="AWD-26-00009")]
    with pytest.raises(RuleBroken) as refusal:
        commands.post(*moves, key="k", on=DAY, by="test", source="s")
    assert refusal.value.problems == (
        "VCS-2026 has £10.00 free; this needs £20.00.",
        "AWD-26-00009 has £0.00 committed from VCS-2026; this needs £1.00.",
    )


def test_more_than_was_given_cannot_be_taken_back_by_the_funder(app: Flask) -> None:
    a_book(funded="10")
    contribution = a_move("contribute", B.PARTNER, B.FREE, 500)
    commands.post(contribution, key="c", on=DAY, by="test", source="s")
    with pytest.raises(RuleBroken) as refusal:
        commands.post(a_move("allocation cut", B.FREE, B.FUNDER, 1001), key="k", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("That is more than was given.",)


def test_a_book_that_is_not_there_is_named(app: Flask) -> None:
    with pytest.raises(RuleBroken) as refusal:
        commands.post(a_move("allocate", B.FUNDER, B.FREE, 1, book="NONE-2026"), key="k", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("There is no book NONE-2026.",)
    with pytest.raises(NotFound):
        queries.book("NONE-2026")


def test_a_book_is_opened_once(app: Flask) -> None:
    a_book()
    with pytest.raises(RuleBroken) as refusal:
        commands.open_book(POT, by="test")
    assert refusal.value.problems == ("There is already a book of that name.",)


def test_the_same_key_twice_is_done_once_even_where_it_took_the_last_penny(app: Flask) -> None:
    a_book(funded="600")
    an_offer("600")
    an_offer("600")
    assert queries.balance(at(B.OFFERED)) == Money.pounds(600)
    assert len(queries.history("AWD-26-00001")) == 1


def test_the_same_key_for_another_deed_is_refused(app: Flask) -> None:
    a_book(funded="600")
    an_offer("600")
    other = a_move("allocate", B.FUNDER, B.FREE, 100)
    with pytest.raises(RuleBroken) as refusal:
        commands.post(other, key="offer:AWD-26-00001", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("This has already been entered.",)
    assert queries.balance(at(B.FREE)) == Money(0)


def test_a_whole_batch_or_none_of_it(app: Flask) -> None:
    a_book(funded="10")
    with pytest.raises(RuleBroken):
        commands.post(
            a_move("offer", B.FREE, B.OFFERED, 600, owner="AWD-26-00001"),
            a_move("offer", B.FREE, B.OFFERED, 600, owner="AWD-26-00002"),
            key="k",
            on=DAY,
            by="test",
            source="s",
        )
    assert queries.balances() == {(POT, B.FUNDER): Money(-1000), (POT, B.FREE): Money(1000)}


def test_only_where_a_batch_leaves_an_account_counts(app: Flask) -> None:
    """An arrears claim: paid and accounted for in one batch, through accounts that never held the money before."""
    a_book(funded="10")
    a_life("10")
    assert queries.balance(at(B.EVIDENCED)) == Money.pounds(10)
    assert queries.balance(at(B.PAID)) == Money(0)


def test_three_hundred_offers_are_one_batch(app: Flask) -> None:
    a_book(funded="300")
    offers = [a_move("offer", B.FREE, B.OFFERED, 100, owner=f"AWD-26-{n:05}") for n in range(300)]
    commands.post(*offers, key="bulk", on=DAY, by="test", source="PAN-26-00001")
    assert queries.balance(at(B.FREE)) == Money(0)
    assert len(queries.batch("bulk")) == 300
    assert list(proofs.faults()) == []
    with pytest.raises(RuleBroken) as refusal:
        commands.post(*offers[:20], key="more", on=DAY, by="test", source="PAN-26-00001")
    assert refusal.value.problems == ("VCS-2026 has £0.00 free; this needs £20.00.",)


def test_a_mistake_is_reversed_whole_and_once(app: Flask) -> None:
    a_book(funded="10")
    a_life("10", steps=2)
    commands.reverse("life:AWD-26-00001:2", key="r", on=DAY, by="test", source="s")
    commands.reverse("life:AWD-26-00001:2", key="r", on=DAY, by="test", source="s")  # pressed twice
    assert queries.balances() == {(POT, B.FUNDER): Money(-1000), (POT, B.FREE): Money(1000)}
    with pytest.raises(RuleBroken) as refusal:
        commands.reverse("life:AWD-26-00001:2", key="r2", on=DAY, by="test", source="s")
    assert refusal.value.problems  # the money is no longer there, or the entry was reversed already
    with pytest.raises(RuleBroken) as refusal:
        commands.reverse("r", key="r3", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("A reversal is not reversed; enter it again.",)
    with pytest.raises(RuleBroken) as refusal:
        commands.reverse("never", key="r4", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("There is no entry never.",)


def test_an_entry_whose_money_is_there_again_is_still_reversed_only_once(app: Flask) -> None:
    a_book(funded="10")
    an_offer("5")
    commands.reverse("offer:AWD-26-00001", key="r", on=DAY, by="test", source="s")
    commands.post(a_move("offer", B.FREE, B.OFFERED, 500), key="again", on=DAY, by="test", source="s")
    with pytest.raises(RuleBroken) as refusal:
        commands.reverse("offer:AWD-26-00001", key="r2", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("That entry has already been reversed.",)


def test_money_that_moved_on_must_come_back_before_the_entry_is_reversed(app: Flask) -> None:
    a_book(funded="10")
    an_offer("10")
    commands.post(a_move("accept", B.OFFERED, B.COMMITTED, 1000), key="accept", on=DAY, by="test", source="s")
    with pytest.raises(RuleBroken) as refusal:
        commands.reverse("offer:AWD-26-00001", key="r", on=DAY, by="test", source="s")
    assert refusal.value.problems == ("AWD-26-00001 has £0.00 offered from VCS-2026; this needs £10.00.",)


def test_what_is_posted_is_in_the_history_of_its_source(app: Flask) -> None:
    a_book()
    an_offer("12.34")
    assert [line.sentence for line in audit.history("AWD-26-00001")] == ["Entered £12.34: offer"]
    (line,) = queries.history("AWD-26-00001")
    assert (line.kind, line.out_of, line.into, line.amount) == ("offer", at(B.FREE), at(B.OFFERED), Money(1234))
    assert (line.person, line.source_ref, line.effective_date) == ("test", "AWD-26-00001", DAY)


def test_a_higher_room_that_enters_moves_and_says_nothing_does_not_commit(app: Flask) -> None:
    a_book()

    @command
    def silent() -> None:
        commands.enter([a_move("offer", B.FREE, B.OFFERED, 1)], key="k", on=DAY, by="test", source="AWD-26-00001")

    with pytest.raises(Undisciplined, match="AWD-26-00001"):
        silent()
    assert queries.balance(at(B.OFFERED)) == Money(0)


@pytest.mark.parametrize(
    "move",
    [
        Move("offer", at(B.FREE), at(B.OFFERED), 0),
        Move("offer", at(B.FREE), at(B.COMMITTED), 1),
        Move("offer", at(B.FREE), at(B.OFFERED, book="HATE-2026"), 1),
        Move("vire out", at(B.FREE), at(B.VIRED_OUT), 1),
    ],
)
def test_a_move_that_does_not_exist_is_a_programmers_mistake(sqlite_app: Flask, move: Move) -> None:
    with pytest.raises(AssertionError):
        commands.post(move, key="k", on=DAY, by="test", source="s")


# -- promising more than is held --------------------------------------------------------------------------------------


def authorise(pounds: str, until: date | None) -> None:
    commands.authorise(
        POT,
        "",
        limit=Money.pounds(pounds),
        until=until,
        underwriter="reserves",
        reason="a late grant",
        approved_by="s151",
        by="test",
    )


def test_an_authority_is_used_to_the_penny_on_its_last_day_and_not_beyond(app: Flask) -> None:
    a_book(funded="10")
    authorise("5", DAY)
    with pytest.raises(RuleBroken) as refusal:
        an_offer("15.01")
    assert refusal.value.problems == (
        "VCS-2026 can promise £15.00 more under its authority to promise more than it holds; this needs £15.01.",
    )
    with pytest.raises(RuleBroken):
        an_offer("15", on=DAY + timedelta(1))
    an_offer("15")
    assert queries.balance(at(B.FREE)) == Money(-500)
    assert list(proofs.faults()) == []


def test_an_authority_ends_without_hiding_what_was_promised(app: Flask) -> None:
    a_book(funded="10")
    authorise("5", DAY)
    an_offer("12")
    authorise("0", None)
    assert queries.balance(at(B.FREE)) == Money(-200)
    with pytest.raises(RuleBroken):
        an_offer("0.01", award="AWD-26-00002")
    with pytest.raises(RuleBroken) as refusal:
        authorise("1", DAY)
    assert refusal.value.problems == ("VCS-2026 has already promised £2.00 more than it holds.",)
    assert list(proofs.faults()) == []


def test_a_pot_that_was_given_nothing_yet_can_be_authorised_and_a_new_authority_takes_the_old_ones_place(app: Flask) -> None:
    a_book(funded="0")
    authorise("5", DAY)
    an_offer("3")
    authorise("4", DAY + timedelta(1))
    assert queries.balance(at(B.FREE)) == Money(-300)
    an_offer("1", award="AWD-26-00002", on=DAY + timedelta(1))
    with pytest.raises(RuleBroken):
        an_offer("0.01", award="AWD-26-00003")
    with pytest.raises(NotFound):
        commands.authorise("NONE", "", limit=Money(1), until=DAY, underwriter="u", reason="r", approved_by="s151", by="test")
    assert list(proofs.faults()) == []


def test_what_is_left_counts_an_authority_in_force(app: Flask) -> None:
    a_book(funded="10")
    assert queries.left(POT, "", B.FREE) == Money.pounds(10)
    authorise("5", date(2999, 1, 1))
    assert queries.left(POT, "", B.FREE) == Money.pounds(15)
    authorise("5", date(2000, 1, 1))
    assert queries.left(POT, "", B.FREE) == Money.pounds(10)
    assert queries.left(POT, "nobody", B.RESERVED) == Money(0)


# -- protection -------------------------------------------------------------------------------------------------------


def test_protected_money_is_not_released_through_its_last_day(app: Flask) -> None:
    a_book(funded="10")
    commands.post(a_move("passport", B.FREE, B.PASSPORTED, 1000), key="p", on=DAY, by="test", source="COM-1")
    commands.protect(POT, "COM-1", until=DAY, by="test")
    release = a_move("release passported", B.PASSPORTED, B.FREE, 1000)
    with pytest.raises(RuleBroken) as refusal:
        commands.post(release, key="r", on=DAY, by="test", source="COM-1")
    assert refusal.value.problems == ("That commitment is protected until its review date.",)
    commands.post(release, key="r", on=DAY + timedelta(1), by="test", source="COM-1")


def test_protection_moves_on_and_never_back(app: Flask) -> None:
    a_book(funded="10")
    commands.protect(POT, "COM-1", until=DAY, by="test")
    commands.protect(POT, "COM-1", until=DAY + timedelta(1), by="test")
    with pytest.raises(RuleBroken) as refusal:
        commands.protect(POT, "COM-1", until=DAY, by="test")
    assert refusal.value.problems == ("COM-1 is already protected for longer.",)
