"""The flask commands of DESIGN section 6, each handing over to a room."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import inspect

from grants.settings import Settings

database = AppGroup("db", help="The database's structure.")


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database up to date."""
    from grants import migrations
    from grants.search import commands as search

    migrations.upgrade()
    if search.behind().events:
        search.rebuild()
    click.echo("The database is up to date.")


@click.command("demo")
@click.option("--port", default=5000, show_default=True, help="Where to serve.")
@click.option("--no-serve", is_flag=True, help="Only make the database.")
@click.option("--reset", is_flag=True, help="Throw the demonstration database away and make it again.")
def demo(port: int, no_serve: bool, reset: bool) -> None:
    """Make the demonstration partnership in instance/demo.db, and serve it."""
    from grants import create_app
    from grants.demo import build

    settings = build.settings(_settings(), port)
    if reset:
        build.forget(settings)
    app = create_app(settings)
    with app.app_context():
        made = build.ensure(say=click.echo)
        click.echo(build.introduction(made, settings))
    if not no_serve:
        _serve(app, "127.0.0.1", port)


@click.command("generate")
@click.option("--awards", type=click.IntRange(1, 10_000_000), required=True, help="How many awards the partnership has given.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same partnership.")
@click.option("--database", "url", default="", help="An empty database. Without it, the one that is set.")
@click.option("--reset", is_flag=True, help="Throw a partnership that was generated before away and make this one.")
def generate(awards: int, seed: int, url: str, reset: bool) -> None:
    """Fill an empty database with a made-up partnership of any size, for measuring and for trying things out."""
    from grants import create_app
    from grants.demo.generator import build, house
    from grants.people.models import Duty

    settings = _settings()
    with create_app(settings.model_copy(update={"database_url": url or settings.database_url})).app_context(), _sentences():
        made = build.ensure(awards, seed, reset=reset, say=click.echo)
    what = f"{awards:,} awards, seed {seed}"
    click.echo(f"{'Made' if made.fresh else 'There already, nothing done'}: {what}.")
    click.echo(f"Everybody signs in with the password {house.PASSWORD}, for example as {house.email(Duty.FINANCE_OFFICER)}.")


@click.command("create-admin")
@click.option("--name", prompt="Their name or post")
@click.option("--email", prompt="Their e-mail address")
@click.password_option()
def create_admin(name: str, email: str, password: str) -> None:
    """Add the first person: an administrator, who gives everybody else their duties."""
    from grants.people import commands

    with _sentences():
        person = commands.create_admin(name=name, email=email, password=password)
        click.echo(f"{person.name} ({person.ref}) can sign in at {_settings().base_url}/sign-in.")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve a real installation. Refuses unsafe settings and a database filled by the demonstration."""
    from grants.kernel.marks import marked

    faults = _settings().unsafe()
    for mark, by in (("demo", "flask demo"), ("generated", "flask generate")):
        if marked(mark):
            faults.append(f"This database was filled by `{by}`. Set GRANTS_DATABASE_URL to another one.")
    if faults:
        raise click.ClickException("\n".join(faults))
    _serve(current_app._get_current_object(), host, port)  # type: ignore[attr-defined]  # waitress needs the app, not its proxy


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--commit", is_flag=True, help="Write, if nothing is wrong. Without it this is a dry run.")
@click.option("--as", "email", default=None, help="The e-mail address of the administrator who imports.")
def import_(paths: tuple[Path, ...], commit: bool, email: str | None) -> None:
    """Load facts from CSV files or a directory: every error by row and column, all or nothing."""
    from grants.imports import commands
    from grants.people import queries
    from grants.search import commands as search

    with _sentences():
        found = commands.check(paths)
        for line in found.lines():
            click.echo(line)
        if found.problems:
            raise click.ClickException(f"{len(found.problems)} things to put right. Nothing was changed.")
        if not commit:
            click.echo("Nothing is wrong. This was a dry run; add --commit to write.")
            return
        done = commands.load(paths, by=queries.importer(email))
        search.catch_up()
        for line in done.lines():
            click.echo(line)


@click.command("check-ledger")
def check_ledger() -> None:
    """Prove the books. Exit 1 and name what is wrong."""
    from grants.awards import proofs as awards
    from grants.ledger import proofs as ledger
    from grants.spending import proofs as spending
    from grants.streams import proofs as streams

    with _reading():
        faults = [*ledger.faults(), *streams.faults(), *spending.faults(), *awards.faults()]
        _prove(faults, "The books are proved: every account, every pot, every award.")


@click.command("check-audit")
def check_audit() -> None:
    """Prove the history. Exit 1 and name what is wrong."""
    from grants.audit import proofs

    with _reading():
        _prove(list(proofs.faults()), "The history is proved: every event and every seal.")


@click.command("report")
@click.argument("name", type=click.Choice(["position", "targets"]))
@click.option("--year", help="A financial year, like 2020/21 (position).")
@click.option("--as-at", "as_at", type=click.DateTime(["%Y-%m-%d"]), help="The position as it stood on a date.")
@click.option(
    "--known-on", "known_on", type=click.DateTime(["%Y-%m-%d"]), help="And as known at the end of another, up to yesterday."
)
@click.option("--strategy", help="A strategy's reference (targets).")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def report(
    name: str, year: str | None, as_at: datetime | None, known_on: datetime | None, strategy: str | None, format_: str
) -> None:
    """Print a report: position --year 2020/21, or targets --strategy SLUG."""
    from grants.papers import reports

    with _reading(), _sentences():
        click.echo(reports.render(name, year=year, as_at=as_at, known_on=known_on, strategy=strategy, format=format_), nl=False)


@click.command("assets")
def assets() -> None:
    """Fetch the design system's files into instance/vendor, where the install could not."""
    from grants import assets as vendor

    target = Path(current_app.instance_path) / "vendor" / "govuk"
    try:
        vendor.fetch(target)
    except Exception as error:
        raise click.ClickException(f"The files could not be fetched ({error}). Pages work with our own plain style.") from error
    click.echo(f"The design system's files are in {target}.")


@click.command("work")
@click.option("--most", default=100, show_default=True, help="How many tasks at the most.")
@click.option("--search-afresh", is_flag=True, help="Make the search index again from nothing but the rows.")
def work(most: int, search_afresh: bool) -> None:
    """Do what waits: tell who asked of rounds that opened, send the outbox, bring the search index up to date, tidy up.

    Safe to run twice or at once.
    """
    from grants.people import entry
    from grants.rounds import alerts
    from grants.search import commands as search
    from grants.work import commands

    with _reading():
        alerts.due()
        click.echo(commands.run(most))
        if search_afresh:
            click.echo(f"The search index was made again: {search.rebuild()} entries.")
        search.catch_up()
        entry.tidy()


@click.command("deadlines")
def deadlines() -> None:
    """Do what today's date asks for: authorities, reminders, new people of groups, alerts of rounds, files nobody needs.

    Safe to run twice or at once.
    """
    from grants.applications import after
    from grants.budget import authorities
    from grants.files import commands as files
    from grants.kernel import clock
    from grants.monitoring import reminders
    from grants.notices import documents, groups
    from grants.rounds import alerts
    from grants.search import commands as search

    with _reading():
        today = clock.today()
        click.echo(f"{authorities.due(today)} pots with an authority to promise more than they hold were settled.")
        click.echo(f"{after.due(today)} applications that were not sent in time were mailed back to their groups.")
        click.echo(f"{reminders.due(today)} reminders of reports were queued. Run: flask work")
        click.echo(f"{documents.due(today)} documents that run out soon were told to their groups.")
        click.echo(f"{groups.takeovers_due(today)} groups were told again that somebody new will act for them.")
        click.echo(f"{files.sweep()} files that nobody needs any more were thrown away.")
        click.echo(f"{alerts.due()} rounds that opened were told to whoever asked. Run: flask work")
        search.catch_up()


@click.command("seal")
def seal() -> None:
    """Chain the new events, and send the chain's head to the owner. Safe to run twice or at once."""
    from grants.audit import commands
    from grants.notices import commands as notices

    sealed = 0
    with _reading():
        while done := commands.seal():
            sealed += done.events
            head = done.digest
        if not sealed:
            click.echo("Nothing new to seal.")
            return
        notices.send_head(head)
        click.echo(f"Sealed {sealed} events. The chain's head is {head}.")


@click.command("doctor")
def doctor() -> None:
    """Say what is wrong with settings, database, assets, mail and clock, and how to mend it."""
    from grants import doctor as examination

    wrong = 0
    for finding in examination.examine():
        click.echo(f"{'ok  ' if finding.well else 'MEND'} {finding.what}: {finding.says}")
        wrong += not finding.well
    if wrong:
        sys.exit(1)


COMMANDS = (
    database,
    demo,
    generate,
    create_admin,
    serve,
    import_,
    check_ledger,
    check_audit,
    report,
    assets,
    work,
    deadlines,
    seal,
    doctor,
)


def init_app(app: Flask) -> None:
    """Hang every command on the application."""
    for command in COMMANDS:
        app.cli.add_command(command)


def _settings() -> Settings:
    found: Settings = current_app.extensions["grants"]
    return found


@contextmanager
def _reading() -> Iterator[None]:
    """The installation's database; where there is none yet, the demonstration's, and it says so.

    So that `flask check-ledger` after `flask demo` looks at what the person has just made.
    """
    from grants import create_app
    from grants.demo import build
    from grants.kernel.db import db

    settings = _settings()
    shown = build.settings(settings)
    own = settings.instance / "grants.db"
    if settings.database_url or own.exists() or not (settings.instance / "demo.db").exists():
        if not inspect(db.engine).has_table("alembic_version"):
            raise click.ClickException("This database has nothing in it yet. Run: flask db upgrade (or flask demo)")
        yield
        return
    click.echo("There is no instance/grants.db yet: looking at the demonstration.", err=True)
    with create_app(shown).app_context():
        yield


def _serve(app: Flask, host: str, port: int) -> None:
    import waitress

    click.echo(f"Serving on http://{'localhost' if host == '127.0.0.1' else host}:{port} (Ctrl+C ends it)")
    waitress.serve(app, host=host, port=port, threads=8, ident=None)


def _prove(faults: list[str], proved: str) -> None:
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo(proved)


class _sentences:
    """Refusals become a sentence on the terminal instead of a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        from grants.kernel.errors import Busy, NotFound, Refused, RuleBroken

        if isinstance(error, RuleBroken | Refused):
            raise click.ClickException(str(error)) from None
        if isinstance(error, NotFound):
            raise click.ClickException("There is no such thing here. Check the reference.") from None
        if isinstance(error, Busy):
            raise click.ClickException("A lot is happening at once and nothing was changed. Try again.") from None
        if isinstance(error, ValueError):
            raise click.ClickException(str(error)) from None
