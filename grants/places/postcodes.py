"""Postcodes: read as people type them, and looked up without a network in the tables beside this module (`data/SOURCES.txt`).

Nothing here refuses a postcode because it is not known: `find` answers None, `unknown` says so in a gentle sentence, and the
person chooses the area from a list. The tables are opened when first asked for and kept: half a megabyte of text, searched as
it is (a third of a millisecond), not a database and not objects by the thousand.
"""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

from grants.kernel.words import _

EXAMPLE = "SK1 3XE"
CURRENT = 2023  # the boundaries in force: what today's places are kept by

# Where letters and figures may stand; no postcode has other letters there. Figures first, then the half's own letters.
_OUTWARD = (
    r"[A-PR-UWYZ]\d|[A-PR-UWYZ][1-9]\d|[A-PR-UWYZ]\d[A-HJKPSTUW]"
    r"|[A-PR-UWYZ][A-HK-Y]\d|[A-PR-UWYZ][A-HK-Y][1-9]\d|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]"
)
_INWARD = r"\d[ABD-HJLNP-UW-Z]{2}"
_WHOLE = re.compile(f"({_OUTWARD})({_INWARD})", re.ASCII)
_AMONG_WORDS = re.compile(rf"\b({_OUTWARD})[ -]?({_INWARD})\b", re.ASCII)
_FIRST_HALF = re.compile(_OUTWARD, re.ASCII)
_SLIPS: Mapping[str, str] = {"O": "0", "0": "O", "I": "1", "1": "I", "L": "1"}


@dataclass(frozen=True)
class Postcode:
    """A whole postcode in the two halves it is written in. `corrected`: O for 0, or I for 1, was put right in reading it."""

    outward: str
    inward: str
    corrected: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.outward} {self.inward}"


def read(typed: str) -> Postcode:
    """A postcode as somebody typed it: any case, any spaces, perhaps among the words of an address, O for 0 and I for 1.

    That it is a postcode says nothing of whether there is such a place. ValueError, with a sentence for the person, where it
    cannot be read, or could be read in two ways.
    """
    words = unicodedata.normalize("NFKC", typed).upper()
    plain = re.sub(r"[^A-Z0-9]", "", words)
    if len(plain) <= 8 and (found := _mended(plain)):
        return found
    there = {Postcode(*one) for one in _AMONG_WORDS.findall(re.sub(r"\s+", " ", words))}
    if len(there) == 1:
        return there.pop()
    if there:
        raise ValueError(_("Enter one postcode only. You typed %(several)s", several=", ".join(sorted(map(str, there)))))
    if _FIRST_HALF.fullmatch(plain):
        raise ValueError(
            _("Enter the whole postcode, like %(example)s. %(half)s is only the first half", example=EXAMPLE, half=plain)
        )
    raise ValueError(_("Enter a whole postcode, like %(example)s", example=EXAMPLE))


def _mended(plain: str) -> Postcode | None:
    """The postcode it is, or the only one it becomes by putting right the fewest slips."""
    by_slips: dict[int, set[tuple[str, str]]] = {}
    for letters in product(*(one + _SLIPS.get(one, "") for one in plain)):
        if found := _WHOLE.fullmatch("".join(letters)):
            slips = sum(now != before for now, before in zip(letters, plain, strict=True))
            by_slips.setdefault(slips, set()).add((found[1], found[2]))
    if not by_slips:
        return None
    fewest = min(by_slips)
    if len(by_slips[fewest]) > 1:
        return None
    ((outward, inward),) = by_slips[fewest]
    return Postcode(outward, inward, corrected=fewest > 0)


# -- what is known of them ---------------------------------------------------------------------------------------------


class Ward(NamedTuple):
    """A ward as its boundaries stood: never called by another year's name. `area` is its council's code (E08000007)."""

    code: str
    name: str
    vintage: int
    area: str
    area_name: str


class SmallArea(NamedTuple):
    """A neighbourhood of about 1,500 people (LSOA 2021) with its place among England's 33,755: decile 1 is most deprived."""

    code: str
    name: str
    ward: str  # of 2023, the one most of it lies in
    imd_rank: int
    imd_decile: int  # Indices of Deprivation 2025
    crime_decile: int


class Found(NamedTuple):
    """What is known of a postcode. Its wards are its own, also where its small area lies across two."""

    postcode: Postcode
    ward: Ward  # of 2023
    ward_2014: Ward
    lsoa: str
    lsoa_name: str
    imd_decile: int
    crime_decile: int
    latitude: float
    longitude: float


def find(postcode: Postcode) -> Found | None:
    """What is known of a postcode; None where it is not in the tables, which is no fault of the person's."""
    text = _text("postcodes")
    at = text.find(f"\n{postcode},".encode())
    if at < 0:
        return None
    cells = next(csv.reader([text[at + 1 : text.find(b"\n", at + 1)].decode()]))
    row = dict(zip(_columns("postcodes"), cells, strict=True))
    lsoa = small_areas()[row["lsoa21cd"]]
    return Found(
        postcode,
        every_ward()[row["ward23cd"]],
        every_ward()[row["ward2014cd"]],
        lsoa.code,
        lsoa.name,
        int(row["imd2025_decile"]),
        int(row["crime2025_decile"]),
        float(row["lat"]),
        float(row["lon"]),
    )


def unknown(postcode: Postcode) -> str | None:
    """What to say, gently, of a postcode that `find` does not know; None where it does. Outside and unknown differ."""
    if find(postcode):
        return None
    areas = ", ".join(sorted({ward.area_name for ward in every_ward().values()}))
    if f"\n{postcode.outward} ".encode() not in _text("postcodes"):
        return _(
            "%(postcode)s is outside %(area)s. Check that you typed where the activity happens. "
            "If it is right, carry on and choose the area from the list.",
            postcode=postcode,
            area=areas,
        )
    return _(
        "We do not know %(postcode)s. It may be new. Check that you typed it right. "
        "If it is right, carry on and choose the area from the list.",
        postcode=postcode,
    )


def wards(area: str = "E08000007", vintage: int = CURRENT) -> Sequence[Ward]:
    """The wards of a council (by its code) of one vintage, by name; none where its wards are not in the tables."""
    found = [ward for ward in every_ward().values() if (ward.area, ward.vintage) == (area, vintage)]
    return sorted(found, key=lambda ward: ward.name)


def area_code(name: str) -> str | None:
    """The code of a council's area by its name ('Stockport'), where its wards are known here."""
    return next((w.area for w in every_ward().values() if w.area_name.casefold() == name.strip().casefold()), None)


@cache
def every_ward() -> Mapping[str, Ward]:
    """Every ward of every vintage, by code. Codes are never used twice, so a code alone names its vintage."""
    # The lists of 2016 and 2017 are of the boundaries that stood until 2023, by which the postcodes of 2014 are marked.
    return {
        row["WDCD"]: Ward(
            row["WDCD"], row["WDNM"], CURRENT if row["SOURCEFILE"] == str(CURRENT) else 2014, row["LADCD"], row["LADNM"]
        )
        for row in _rows("wards")
    }


@cache
def small_areas() -> Mapping[str, SmallArea]:
    """Every small area (LSOA 2021), by code."""
    return {
        row["lsoa21cd"]: SmallArea(
            row["lsoa21cd"],
            row["lsoa21nm"],
            row["ward23cd"],
            int(row["imd2025_rank"]),
            int(row["imd2025_decile"]),
            int(row["crime_decile"]),
        )
        for row in _rows("lsoas")
    }


@cache
def _text(table: str) -> bytes:
    return gzip.decompress(files("grants.places").joinpath("data", f"{table}.csv.gz").read_bytes())


@cache
def _columns(table: str) -> Sequence[str]:
    return _text(table).split(maxsplit=1)[0].decode().split(",")


def _rows(table: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_text(table).decode().splitlines())
