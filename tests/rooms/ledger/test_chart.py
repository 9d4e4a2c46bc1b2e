"""Every move in the chart is made once, and reversed, and the books tie each time. Chance alone does not get everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from grants.kernel.money import Money
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import AWARD, FIGURES, IN_WORDS, KINDS, LEFT, PAIRS, SOURCES, USES, At, Bucket, Move, in_words
from tests.builders.ledger import DAY

PAIRED = {*PAIRS, *PAIRS.values()}
STEPS = sorted((kind, a, b) for kind, pairs in KINDS.items() for a, b in pairs)


def way_to(bucket: Bucket, source: Bucket = Bucket.FUNDER) -> list[tuple[str, Bucket, Bucket]]:
    """The fewest moves that put a source's money in a bucket."""
    ways: list[list[tuple[str, Bucket, Bucket]]] = [[]]
    seen = {source}
    while ways:
        way = ways.pop(0)
        here = way[-1][2] if way else source
        if here is bucket:
            return way
        for kind, a, b in STEPS:
            if a is here and b not in seen and kind not in PAIRED:
                seen.add(b)
                ways.append([*way, (kind, a, b)])
    return []


def at(book: str, bucket: Bucket, line: str = "") -> At:
    return At(book, "AWD-1" if bucket in AWARD else "" if bucket is Bucket.FREE and not line else line or "OWNER", bucket)


def with_its_pair(book: str, kind: str, a: Bucket, b: Bucket) -> list[Move]:
    """What crosses pots goes with its other half."""
    other, moves = f"{book}-other", [Move(kind, at(book, a), at(book, b, "LINE" if a is b else ""), 100)]
    for out, back in PAIRS.items():
        into = Bucket.FREE if out == "vire out" else a if kind == out else b
        if kind == out:
            source = next(x for x, _ in KINDS[back])
            moves.append(Move(back, at(other, source), at(other, into), 100))
        elif kind == back:
            moves.insert(0, Move(out, at(other, into), at(other, next(y for _, y in KINDS[out])), 100))
    return moves


def ties() -> Mapping[tuple[str, Bucket], Money]:
    found = queries.balances()
    assert all(queries.ties(figures) for figures in queries.figures(found).values())
    for out, back in ((Bucket.VIRED_OUT, Bucket.VIRED_IN), (Bucket.CARRIED_FORWARD, Bucket.BROUGHT_FORWARD)):
        assert sum(amount.pence for (_, bucket), amount in found.items() if bucket in (out, back)) == 0
    assert queries.as_at(DAY) == found
    return found


def test_there_are_thirty_kinds_and_forty_eight_moves() -> None:
    assert (len(KINDS), len(STEPS)) == (30, 48)


def test_every_bucket_is_a_figure_and_every_kind_and_refusal_has_words() -> None:
    assert frozenset().union(*FIGURES.values()) == frozenset(Bucket)
    assert sum(len(buckets) for buckets in FIGURES.values()) == len(Bucket)
    assert set(IN_WORDS) == set(KINDS)
    assert set(LEFT) == USES
    assert (in_words("accept"), in_words("reverse accept")) == ("Offer accepted", "Reversed: offer accepted")


def test_every_move_is_made_and_reversed_and_the_books_tie_each_time(app: Flask) -> None:
    for n, (kind, a, b) in enumerate(STEPS):
        book = f"P{n}"
        moves = with_its_pair(book, kind, a, b)
        for code in (book, f"{book}-other"):
            commands.open_book(code, by="test")
            start = moves[0].out_of.bucket
            way = [] if start in SOURCES else way_to(start, b if b in SOURCES else Bucket.FUNDER)
            if moves[0].out_of.book == code and way:
                there = [Move(k, at(code, x), at(code, y), 100) for k, x, y in way]
                commands.post(*there, key=f"{code}-way", on=DAY, by="test", source=code)
        before = ties()
        commands.post(*moves, key=f"{book}-it", on=DAY, by="test", source=book)
        assert ties() != before or a is b, kind
        commands.reverse(f"{book}-it", key=f"{book}-back", on=DAY, by="test", source=book)
        assert ties() == before, kind
    assert list(proofs.faults()) == []
