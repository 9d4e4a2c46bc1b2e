"""Postcodes are read as people type them and found without a network; a postcode that is not known is never refused."""

from __future__ import annotations

import csv
import tracemalloc
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.places import postcodes, queries
from grants.places.postcodes import Postcode, find, read
from tests import make_places

TOWN_HALL = Postcode("SK1", "3XE")


def test_the_town_hall_lies_in_its_ward_and_small_area() -> None:
    found = find(read("SK1 3XE"))
    assert found is not None
    assert found.ward == ("E05015018", "Brinnington & Stockport Central", 2023, "E08000007", "Stockport")
    assert found.ward_2014 == ("E05000783", "Brinnington and Central", 2014, "E08000007", "Stockport")
    assert (found.lsoa, found.imd_decile, found.crime_decile) == ("E01033948", 1, 1)
    assert (found.latitude, found.longitude) == (53.40597, -2.15849)
    assert queries.need(found).said == (
        "Stockport 014F (E01033948), Brinnington & Stockport Central ward: "
        "deprivation decile 1, crime decile 1 (2025; 1 is the most deprived)"
    )


def test_the_191_small_areas_by_decile() -> None:
    counted = Counter(one.imd_decile for one in postcodes.small_areas().values())
    assert [counted[decile] for decile in range(1, 11)] == [15, 13, 15, 18, 12, 13, 18, 23, 22, 42]


def test_the_21_wards_of_each_vintage_keep_their_own_names() -> None:
    now, then = postcodes.wards("E08000007"), postcodes.wards("E08000007", vintage=2014)
    assert (len(now), now[0].name, now[-1].name) == (21, "Bramhall North", "Reddish South")
    assert (len(then), then[-1].name) == (21, "Stepping Hill")
    assert not {ward.code for ward in now} & {ward.code for ward in then}
    assert postcodes.wards("E06000021") == []
    assert (postcodes.area_code(" stockport "), postcodes.area_code("Stoke-on-Trent")) == ("E08000007", None)


@pytest.mark.parametrize(
    ("typed", "postcode", "corrected"),
    [
        ("SK1 3XE", "SK1 3XE", False),
        ("sk13xe", "SK1 3XE", False),
        ("  s k1\u00a03\u200bxe. ", "SK1 3XE", False),
        ("SK1-3XE", "SK1 3XE", False),
        ("ＳＫ１　３ＸＥ", "SK1 3XE", False),
        ("Town Hall, Edward St, SK1 3XE, Stockport", "SK1 3XE", False),
        ("SKI 3XE", "SK1 3XE", True),
        ("skl 3xe", "SK1 3XE", True),
        ("SK1 OAA", "SK1 0AA", True),
        ("0X1 2AB", "OX1 2AB", True),
        ("1P1 2AB", "IP1 2AB", True),
        ("SK1O 1AA", "SK10 1AA", True),
        ("EC1A 1BB", "EC1A 1BB", False),
        ("W1A 0AX", "W1A 0AX", False),
        ("M1 1AE", "M1 1AE", False),
    ],
)
def test_a_postcode_is_read_as_people_type_it(typed: str, postcode: str, corrected: bool) -> None:
    found = read(typed)
    assert (str(found), found.corrected) == (postcode, corrected)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a whole postcode, like SK1 3XE"),
        ("Brinnington", "Enter a whole postcode, like SK1 3XE"),
        ("SK1 3X", "Enter a whole postcode, like SK1 3XE"),
        ("SK1 3X0", "Enter a whole postcode, like SK1 3XE"),  # no letter looks like that figure and may stand there
        ("sk٣ 3xe", "Enter a whole postcode, like SK1 3XE"),
        ("sk1", "Enter the whole postcode, like SK1 3XE. SK1 is only the first half"),
        ("SK4 1AA or SK1 3XE", "Enter one postcode only. You typed SK1 3XE, SK4 1AA"),
    ],
)
def test_what_cannot_be_read_has_its_sentence(typed: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        read(typed)
    assert refused.value.args == (said,)


def test_outside_and_unknown_are_said_differently_and_gently() -> None:
    assert postcodes.unknown(TOWN_HALL) is None
    outside, unknown = postcodes.unknown(read("SW1A 1AA")), postcodes.unknown(read("SK1 9ZZ"))
    assert outside and outside.startswith("SW1A 1AA is outside Stockport.")
    assert unknown and unknown.startswith("We do not know SK1 9ZZ. It may be new.")
    assert all(said.endswith("carry on and choose the area from the list.") for said in (outside, unknown))


EVERY = [row["postcode"] for row in postcodes._rows("postcodes")]


@given(st.sampled_from(EVERY), st.data())
def test_every_known_postcode_is_read_and_found_however_it_is_spaced_and_slipped(postcode: str, data: st.DataObject) -> None:
    slips = {"0": "O", "O": "0", "1": "I", "I": "1"}
    typed = ""
    for letter in postcode.replace(" ", ""):
        typed += data.draw(st.sampled_from(["", " ", "\u00a0", "-"])) + data.draw(
            st.sampled_from([letter, letter.lower(), slips.get(letter, letter)])
        )
    found = read(typed)
    assert str(found) == postcode
    assert find(found) is not None


@given(st.text(max_size=30))
def test_nothing_that_can_be_typed_breaks_the_reading_and_reading_again_gives_the_same(typed: str) -> None:
    try:
        found = read(typed)
    except ValueError as refused:
        assert refused.args[0].startswith("Enter ")
    else:
        assert read(str(found)) == found and not read(str(found)).corrected


def test_looking_up_keeps_less_than_a_megabyte() -> None:
    for kept in (postcodes._text, postcodes._columns, postcodes.every_ward, postcodes.small_areas):
        kept.cache_clear()
    tracemalloc.start()
    find(TOWN_HALL)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000


def test_deciles_and_wards_of_every_postcode_agree_with_the_tables_beside_them() -> None:
    areas, wards = postcodes.small_areas(), postcodes.every_ward()
    for row in postcodes._rows("postcodes"):
        small = areas[row["lsoa21cd"]]
        assert (str(small.imd_decile), str(small.crime_decile)) == (row["imd2025_decile"], row["crime2025_decile"])
        assert (wards[row["ward23cd"]].name, wards[row["ward23cd"]].vintage) == (row["ward23nm"], 2023)
        assert wards[row["ward2014cd"]].vintage == 2014
    assert len(EVERY) == len(set(EVERY)) == 6752


@pytest.mark.skipif(not make_places.GEO.exists(), reason="the data as they came are not at hand")
@pytest.mark.parametrize("name", list(make_places.TABLES))
def test_the_packaged_copy_equals_the_data_as_they_came(name: str) -> None:
    source = (make_places.GEO / make_places.TABLES[name]).read_bytes()
    assert postcodes._text(name) == source
    assert make_places.packed(make_places.GEO / make_places.TABLES[name])[4:8] == bytes(4)  # no time: the same bytes each time
    assert len(list(csv.reader(source.decode().splitlines()))) == {"postcodes": 6753, "lsoas": 192, "wards": 43}[name]


def test_the_sources_are_said_beside_the_data_and_ship_with_them() -> None:
    said = (make_places.DATA / "SOURCES.txt").read_text("utf-8")
    parts = [
        said.index("Contains Ordnance Survey data © Crown copyright and database right 2014."),
        said.index("Office for National Statistics licensed under the Open Government Licence v3.0"),
        said.index("English Indices of Deprivation 2025"),
    ]
    assert all(one < another for one, another in pairwise(parts))
