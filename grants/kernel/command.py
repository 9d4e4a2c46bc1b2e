"""Only commands write. A command is all or nothing, waits its turn, and tells the audit trail what it did.

The outermost command ends the reading transaction (so nothing loaded before it can be decided upon), opens the writing
one, reads its subjects again under lock, commits on return and rolls back on anything else. What the database calls
"not now" is tried again from the start; what it refuses for good becomes a sentence. Commands called by a command join it.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, NoReturn, ParamSpec, TypeVar, cast
from uuid import uuid4

from sqlalchemy import Connection, event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.exc import StaleDataError

from grants.kernel import queue
from grants.kernel.db import Base, Referenced, db
from grants.kernel.errors import IN_WORDS, Busy, NotFound, Refused, RuleBroken, Stale, Undisciplined, means
from grants.kernel.references import OnceKey
from grants.kernel.words import _, mark

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 30.0  # seconds a command may spend waiting and being tried again
TRIES = 6
AGAIN = frozenset({"40P01", "40001", "55P03"})  # deadlock, serialisation failure, lock not available in time

means({"LG001": mark("What has been recorded is never changed or deleted.")})


@dataclass
class _Work:
    """What the command in hand has changed, and what it has said of it."""

    uid: str = field(default_factory=lambda: uuid4().hex)
    changed: list[Base] = field(default_factory=list)
    owed: set[str] = field(default_factory=set)  # subjects that must have an event
    told: set[str] = field(default_factory=set)  # subjects that have one
    tables: set[str] = field(default_factory=set)  # written by statements rather than by objects
    covered: set[str] = field(default_factory=set)
    locked: set[Base] = field(default_factory=set)
    flushing: bool = False


_work: ContextVar[_Work | None] = ContextVar("work", default=None)
_unguarded: ContextVar[bool] = ContextVar("unguarded", default=False)


def command(do: Callable[P, T]) -> Callable[P, T]:
    """All of it or none of it.

    Positional arguments that are rows are the command's subjects: they are read again and locked, by reference. A
    `key=` makes the command answer a second call with what the first one made, even where it would now be refused.
    """

    @wraps(do)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        key = kwargs.pop("key", None)
        if _work.get():
            _lock(args)
            return do(*args, **kwargs)
        name = f"{do.__module__}.{do.__qualname__}:{key}" if key else None
        return _outermost(lambda: do(*args, **kwargs), args, name)

    return run


def _outermost(do: Callable[[], T], subjects: tuple[Any, ...], key: str | None) -> T:
    give_up, tries = time.monotonic() + PATIENCE, 0
    while True:
        tries += 1
        try:
            with _transaction(give_up):
                if key and (done := _found(key)):
                    return cast(T, _answer(done))
                _lock(subjects)
                answer = do()
                db.session.flush()
                if key:
                    _remember(key, answer)
                _account_for_everything()
            return answer
        except (RuleBroken, Refused, IntegrityError) as refusal:
            # Also after a refusal: our own first attempt may be what took the money.
            if key and (done := _found(key)):
                return cast(T, _answer(done))
            if isinstance(refusal, IntegrityError):
                _say(refusal)
            raise
        except StaleDataError:
            raise Stale() from None
        except DBAPIError as error:
            if not _not_now(error):
                _say(error)
            if tries >= TRIES or time.monotonic() > give_up:
                raise Busy() from error
        time.sleep(random.uniform(0, 0.02 * 2**tries))


@contextmanager
def _transaction(give_up: float) -> Iterator[None]:
    db.session.rollback()  # what was read before is forgotten
    token = _work.set(_Work())
    try:
        with queue.turn(db.engine, give_up):
            try:
                yield
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise
    finally:
        _work.reset(token)


def _lock(subjects: tuple[Any, ...]) -> None:
    work = _work.get()
    assert work
    rows = [s for s in subjects if isinstance(s, Base) and s in db.session and s not in db.session.new and s not in work.locked]
    for row in sorted(rows, key=lambda r: (type(r).__name__, r.__dict__.get("ref") or "", r.__dict__.get("id") or 0)):
        try:
            # Only its own table: a row loaded with joinedload is read again with its outer joins, which cannot be locked.
            db.session.refresh(row, with_for_update=db.engine.dialect.name != "sqlite" and {"of": type(row)})
        except InvalidRequestError:
            raise NotFound() from None
        work.locked.add(row)


def told(subject: str, *, covers: tuple[str, ...] = ()) -> str:
    """Called by `audit.record`: this command has said what it did to a subject. Answers with the command's own mark."""
    work = _required("An event was recorded")
    work.told.add(subject)
    work.covered.update(covers)
    return work.uid


def owes(subject: str, *, covers: tuple[str, ...]) -> None:
    """Tables written by statements, on condition that the command records an event about this subject."""
    work = _required(f"{covers} was written")
    work.owed.add(subject)
    work.covered.update(covers)


def wrote(table: str) -> None:
    """A table was written in a way that no cursor listener sees (COPY). An event must cover it, as any other."""
    _required(f"COPY {table} was executed").tables.add(table)


def inside() -> bool:
    """Is a command under way?"""
    return _work.get() is not None


@contextmanager
def unguarded() -> Iterator[None]:
    """For migrations and for tests that plant a fault: the guard against writing outside a command looks away."""
    token = _unguarded.set(True)
    try:
        yield
    finally:
        _unguarded.reset(token)


# -- the same thing twice ---------------------------------------------------------------------------------------------


def _found(key: str) -> OnceKey | None:
    return db.session.scalar(select(OnceKey).where(OnceKey.key == key))


def _remember(key: str, answer: Any) -> None:
    named = isinstance(answer, Referenced)
    db.session.add(OnceKey(key=key, entity=answer.__tablename__ if named else None, reference=answer.ref if named else None))
    db.session.flush()


def _answer(done: OnceKey) -> Any:
    if done.entity is None:
        return None
    model: Any = _models()[done.entity]
    return db.session.scalar(select(model).where(model.ref == done.reference))


# -- nothing unsaid ---------------------------------------------------------------------------------------------------


def _account_for_everything() -> None:
    work = _required("A command ended")
    owed = work.owed | {row.root() for row in work.changed}
    if silent := owed - work.told:
        raise Undisciplined(f"Changed without an event: {', '.join(sorted(silent))}")
    bare = {t for t in work.tables - work.covered if not (t in _models() and _models()[t].__bookkeeping__)}
    if bare:
        raise Undisciplined(f"Written by statement without an event that covers it: {', '.join(sorted(bare))}")


@cache
def _models() -> dict[str, type[Base]]:
    return {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}


def _required(what: str) -> _Work:
    if not (work := _work.get()):
        raise Undisciplined(f"{what} outside a command.")
    return work


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, *_args: Any) -> None:
    rows = [*session.new, *session.deleted, *(r for r in session.dirty if session.is_modified(r))]
    if not rows or _unguarded.get():
        return
    work = _required(f"{rows[0]!r} was changed")
    work.flushing = True
    for row in rows:
        if isinstance(row, Base) and not row.__bookkeeping__:
            if row in session.deleted:
                work.owed.add(row.root())
            else:
                work.changed.append(row)


@event.listens_for(Session, "after_flush")
def _after_flush(_session: Session, _context: Any) -> None:
    if work := _work.get():
        work.flushing = False


@event.listens_for(Session, "do_orm_execute")
def _fresh(state: ORMExecuteState) -> None:
    """Bulk statements do not reach into loaded rows by guesswork: what they changed is read again."""
    if state.is_update or state.is_delete:
        state.update_execution_options(synchronize_session=False)


_WRITES = re.compile(
    r"\b(INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE(?!\s+OF\b)|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|"
    r"(?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TRIGGER|FUNCTION|VIEW)(?:\s+IF\s+(?:NOT\s+)?EXISTS)?)\s+[\"`]?(\w+)",
    re.IGNORECASE,
)


@event.listens_for(Engine, "before_cursor_execute")
def _only_commands_write(_c: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    start = statement.lstrip()[:6].upper()
    if (start in {"SELECT", "PRAGMA", "BEGIN", "BEGIN ", "SAVEPO", "RELEAS"} and ";" not in statement) or _unguarded.get():
        return
    if not (wrote := _WRITES.search(statement)):
        return
    work = _required(f"{wrote[0]} was executed")
    if not work.flushing:
        work.tables.update(m[1].lower() for m in _WRITES.findall(statement))


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A writer queues for the lock before it reads, so what it read cannot go stale.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _work.get() or _unguarded.get() else "BEGIN")


# -- what the database said, in words ---------------------------------------------------------------------------------


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _not_now(error: DBAPIError) -> bool:
    """Would the same command, tried again, stand a chance?"""
    if _state(error) in AGAIN:
        return True
    if getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True
    # The connection was lost. Whether a commit got through is unknown: with a key the key answers, so try again.
    return isinstance(error, OperationalError) and error.connection_invalidated


def _say(error: DBAPIError) -> NoReturn:
    said = str(error.orig)
    for sign, words in IN_WORDS.items():
        if _state(error) == sign or sign in said:
            raise RuleBroken(_(words)) from error
    raise error
