"""Make the packaged copy of the source facts, `grants/demo/facts`, from `../shared/seed`.

Run it from anywhere, when the seed changes:  python tests/make_facts.py [SEED_DIRECTORY]

Every file of data is copied cell by cell, with three differences: `quote` is left out, a person in a
column of people becomes the post they held, and a person named inside a sentence becomes that post in
square brackets. The people are those the seed itself lists; none is named here.
"""

import csv
import io
import re
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SEED = HERE.parent / "shared" / "seed"
FACTS = HERE / "grants" / "demo" / "facts"

NOT_DATA = frozenset({"crosschecks.csv", "discrepancies.csv", "requirements.csv"})
LEFT_OUT = "quote"
NOT_STATED = "post not stated"
PEOPLE_COLUMNS = frozenset(
    {
        ("partner_memberships.csv", "representative"),
        ("priorities.csv", "lead"),
        ("delivery_groups.csv", "lead"),
        ("meeting_attendance.csv", "person"),
        ("actions_arising.csv", "owner"),
    }
)
# Words that stand before a name; a person is known by what follows them.
TITLES = r"(?:(?:Cllr|Councillor|Chief|Inspector|Superintendent|Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord)\.? )*"

Row = dict[str, str]


@dataclass(frozen=True)
class Person:
    """Somebody the seed names: what to say instead."""

    post: str
    organisation: str


def main() -> None:
    """Write every file afresh, and remove any that the seed no longer has."""
    seed = Path(sys.argv[1]) if len(sys.argv) > 1 else SEED
    made = packaged(seed)
    FACTS.mkdir(parents=True, exist_ok=True)
    for path in FACTS.glob("*.csv"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FACTS / name).write_text(text, encoding="utf-8", newline="")
    print(f"{len(made)} files written to {FACTS}")


def packaged(seed: Path) -> dict[str, str]:
    """The text of every packaged file, by its name."""
    files = {path.name: read(path) for path in sorted(seed.glob("*.csv")) if path.name not in NOT_DATA}
    people = people_of(files)
    return {name: write([replaced(name, row, people) for row in rows]) for name, rows in files.items()}


def read(path: Path) -> list[Row]:
    """The rows of one CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[Row]) -> str:
    """One CSV file: UTF-8, LF, a header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def people_of(files: dict[str, list[Row]]) -> dict[str, Person]:
    """Everybody named as a representative or as present at a meeting, by their name without its title."""
    names = {row["organisation_slug"]: row["name"] for row in files["partner_organisations.csv"]}
    people: dict[str, Person] = {}
    for row in files["partner_memberships.csv"]:
        if row["representative"]:
            organisation = names.get(row["organisation_slug"], "")
            people.setdefault(bare(row["representative"]), Person(row["post"] or NOT_STATED, organisation))
    for row in files["meeting_attendance.csv"]:
        organisation = names.get(row["organisation_slug"], "")
        people.setdefault(bare(row["person"]), Person(NOT_STATED, organisation))
    return people


def bare(name: str) -> str:
    """A name without the title before it."""
    return re.sub(f"^{TITLES}", "", name)


def replaced(file: str, row: Row, people: dict[str, Person]) -> Row:
    """A row without its quote and without people."""
    return {
        column: as_post(file, column, cell, people) if (file, column) in PEOPLE_COLUMNS else in_a_sentence(cell, people)
        for column, cell in row.items()
        if column != LEFT_OUT
    }


def as_post(file: str, column: str, cell: str, people: dict[str, Person]) -> str:
    """The post of the person a cell holds; a group or a blank stays as it is.

    What follows a name must be that post, or say once more that it is held in the interim:
    anything else is a person or a fact this file does not know, and stops it.
    """
    for name, person in people.items():
        found = re.fullmatch(f"{TITLES}{re.escape(name)}(.*)", cell)
        if found:
            rest = found[1].lstrip(", ")
            if rest in ("", person.post) or (rest == "(interim)" and "interim" in person.post):
                return person.post
            raise ValueError(f"{file}, {column}: words after a name are not that person's post")
    if (column in ("representative", "person") and cell) or in_a_sentence(cell, people) != cell:
        raise ValueError(f"{file}, {column}: a person nobody else in the seed accounts for")
    return cell


def in_a_sentence(cell: str, people: dict[str, Person]) -> str:
    """A sentence with each person's name replaced by their post in square brackets."""
    for name, person in people.items():
        pattern = rf"\b{TITLES}{re.escape(name)}\b(?P<organisation> \([^)]*\))?"
        cell = re.sub(pattern, partial(spoken, person), cell)
    return cell


def spoken(person: Person, found: re.Match[str]) -> str:
    """A post in square brackets, with the organisation said once: by the sentence or by us."""
    bracket = found["organisation"]
    if bracket:
        post = person.post.removesuffix(bracket.strip(" ()")).rstrip(", ")
        return f"[{post or NOT_STATED}]{bracket}"
    if person.post == NOT_STATED and person.organisation:
        return f"[{NOT_STATED}, {person.organisation}]"
    return f"[{person.post}]"


if __name__ == "__main__":
    main()
