"""`flask demo`: an embedded database with the demonstration partnership in it, made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from grants.kernel import clock, marks
from grants.kernel.words import _
from grants.settings import Settings

FACTS = Path(__file__).parent / "facts"
MARK = "demo"
PASSWORD = "demonstration"


class SignIn(NamedTuple):
    """A demonstration sign-in: what the person does, and their e-mail address."""

    does: str
    email: str


class Made(NamedTuple):
    """What `ensure` found or made."""

    sign_ins: list[SignIn]
    fresh: bool


def settings(given: Settings, port: int = 5000) -> Settings:
    """The settings the demonstration runs with: its own database file, plain http on this machine."""
    return given.model_copy(
        update={
            "database_url": f"sqlite:///{given.instance.resolve() / 'demo.db'}",
            "documents": str(given.instance.resolve() / "demo-documents"),
            "base_url": f"http://localhost:{port}",
            "secure_cookies": False,
            "service_name": "Safer Stockport funding",
            "owner_name": "Safer Stockport Partnership (demonstration)",
            "owner_email": given.owner_email or "help@demo.example",
            "production": False,
        }
    )


def forget(given: Settings) -> None:
    """Throw the demonstration's database away, and the files sent to it."""
    for end in ("", "-wal", "-shm", ".queue"):
        (given.instance / f"demo.db{end}").unlink(missing_ok=True)
    shutil.rmtree(given.instance / "demo-documents", ignore_errors=True)


def ensure(*, say: Callable[[str], object] = lambda _text: None) -> Made:
    """Migrate, and build the demonstration if it is not there. Inside an application context."""
    from grants import migrations
    from grants.demo import cast, story
    from grants.kernel.db import db
    from grants.search import commands as search

    migrations.upgrade()
    fresh = not marks.marked(MARK)
    if fresh:
        say(_("Making the demonstration partnership. This takes about half a minute, once."))
        story.tell(opens_on=clock.today())
        marks.mark(MARK, clock.today().isoformat())
        search.rebuild()
    db.session.remove()
    return Made([SignIn(who.does, who.email) for who in cast.STAFF + cast.GROUP_PEOPLE], fresh)


def introduction(made: Made, given: Settings) -> str:
    """What a stranger needs to begin."""
    width = max(len(who.does) for who in made.sign_ins)
    people = "\n".join(f"  {who.does:<{width}}  {who.email}" for who in made.sign_ins)
    return _(
        "\nThe demonstration: the Safer Stockport Partnership's own streams, themes and places; "
        "fictional groups and amounts for 2026/27.\n"
        "Sign in at %(url)s/sign-in with any of these and the password %(password)s:\n\n%(people)s\n",
        url=given.base_url,
        password=PASSWORD,
        people=people,
    )
