"""The packaged source facts: complete, without people and without quotations, and equal to the seed."""

import csv
import importlib.util
import re
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
SEED = CHECKOUT.parent / "shared" / "seed"
FACTS = Path(str(files("grants"))) / "demo" / "facts"
NOT_STATED = "post not stated"
NOT_DATA = {"crosschecks", "discrepancies", "requirements"}
ROWS = {
    "achievements": 57,
    "actions_arising": 11,
    "area_initiatives": 12,
    "awards": 38,
    "consultation_results": 75,
    "consultations": 6,
    "decisions": 29,
    "delivery_groups": 36,
    "equality_groups": 27,
    "funding_streams": 21,
    "indicators": 183,
    "intelligence_gaps": 19,
    "localities": 34,
    "locality_issues": 10,
    "mainstream_contributions": 12,
    "meeting_attendance": 30,
    "meetings": 13,
    "observations": 154,
    "partner_contributions_and_budget_lines": 7,
    "partner_memberships": 64,
    "partner_organisations": 80,
    "partnerships": 17,
    "passported_commitments": 6,
    "priorities": 169,
    "priority_changes": 16,
    "priority_links": 86,
    "psa1_targets": 11,
    "strategies": 67,
    "stream_components": 7,
}

with_seed = pytest.mark.skipif(not SEED.is_dir(), reason="the seed is not beside this checkout")


def rows(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names_of_people() -> set[str]:
    """Every name in the seed's columns of people, with and without the title before it."""
    full = {row["representative"] for row in rows(SEED, "partner_memberships")}
    full |= {row["person"] for row in rows(SEED, "meeting_attendance")}
    full.discard("")
    return full | {" ".join(name.split()[-2:]) for name in full}


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_facts", CHECKOUT / "tests" / "make_facts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What holds anywhere, with or without the seed.


def test_the_files_are_these_and_no_others() -> None:
    assert {path.stem for path in FACTS.glob("*.csv")} == set(ROWS)


@pytest.mark.parametrize(("name", "count"), ROWS.items())
def test_a_file_has_all_its_rows_and_no_quotation(name: str, count: int) -> None:
    facts = rows(FACTS, name)
    assert len(facts) == count
    assert list(facts[0])[-4:] == ["basis", "note", "source", "source_line"]
    assert all("quote" not in row for row in facts)


def test_a_role_held_by_a_person_says_their_post() -> None:
    roles = rows(FACTS, "partner_memberships")
    assert all(role["representative"] in ("", role["post"] or NOT_STATED) for role in roles)
    assert sum(role["representative"] == NOT_STATED for role in roles) == 18
    nobody = [role for role in roles if not role["organisation_slug"] and not role["post"]]
    assert [(role["partnership_slug"], role["role"]) for role in nobody] == [("safer_stockton_partnership", "member")] * 3


def test_leads_and_those_present_are_posts() -> None:
    posts = {role["post"] for role in rows(FACTS, "partner_memberships")} | {NOT_STATED}
    themes = [row["lead"] for row in rows(FACTS, "priorities") if row["priority_slug"].startswith("ssp_")]
    groups = [row for row in rows(FACTS, "delivery_groups") if row["kind"] == "theme_lead_group"]
    assert len([lead for lead in themes if lead]) == len(groups) == 5
    assert {lead for lead in themes if lead} == {group["lead"] for group in groups} <= posts
    assert {row["person"] for row in rows(FACTS, "meeting_attendance")} <= posts - {""}


def test_no_title_stands_before_a_name() -> None:
    titled = re.compile(r"\b(Cllr|Councillor|Inspector|Superintendent|Mr|Mrs|Ms|Dr)\.? [A-Z]")
    found = [
        (path.name, cell)
        for path in FACTS.glob("*.csv")
        for row in rows(FACTS, path.stem)
        for cell in row.values()
        if titled.search(cell)
    ]
    assert found == []


def test_the_readme_names_every_document() -> None:
    readme = (FACTS / "README.md").read_text(encoding="utf-8")
    sources = {row["source"].split(" | ")[0] for name in ROWS for row in rows(FACTS, name)}
    assert len(sources) == 5
    assert [source for source in sources if source not in readme] == []


# What the seed proves, where it is beside the checkout.


@with_seed
def test_every_file_of_data_is_packaged() -> None:
    assert {path.stem for path in SEED.glob("*.csv")} - NOT_DATA == set(ROWS)


@with_seed
@pytest.mark.parametrize("name", ROWS)
def test_every_cell_without_a_person_is_equal_to_the_seed(name: str) -> None:
    people = names_of_people()
    kept, given = rows(FACTS, name), rows(SEED, name)
    assert list(kept[0]) == [column for column in given[0] if column != "quote"]
    for line, (ours, theirs) in enumerate(zip(kept, given, strict=True), start=2):
        for column, cell in ours.items():
            named = [person for person in people if person in theirs[column]]
            if named:
                words = {word for person in named for word in person.split()[-2:]}
                assert not words & set(re.findall(r"[\w']+", cell)), (name, line, column)
                assert cell, (name, line, column)
            else:
                assert cell == theirs[column], (name, line, column)


@with_seed
def test_words_around_a_name_in_a_sentence_are_kept() -> None:
    people = sorted(names_of_people(), key=len, reverse=True)
    said = re.compile("|".join(map(re.escape, people)))
    sentences = [("meetings", "record"), ("decisions", "summary"), ("actions_arising", "action")]
    changed = 0
    for name, column in sentences:
        for ours, theirs in zip(rows(FACTS, name), rows(SEED, name), strict=True):
            changed += ours[column] != theirs[column]
            assert re.sub(r"\[[^]]*\]", "*", ours[column]) == said.sub("*", theirs[column])
    assert changed == 4


@with_seed
def test_no_known_name_occurs_in_any_packaged_file() -> None:
    people = {person.casefold() for person in names_of_people()}
    for path in FACTS.iterdir():
        text = path.read_text(encoding="utf-8").casefold()
        assert [person for person in people if person in text] == [], path.name


@with_seed
def test_the_packaged_copy_is_what_the_maker_makes_today() -> None:
    made = maker().packaged(SEED)
    assert set(made) == {path.name for path in FACTS.glob("*.csv")}
    assert [name for name, text in made.items() if (FACTS / name).read_bytes() != text.encode()] == []
