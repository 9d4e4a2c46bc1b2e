"""The one way to say what happened, inside the command that did it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NamedTuple
from uuid import uuid4

from flask import current_app

from grants.audit.models import Detail, Event
from grants.kernel import clock, command
from grants.kernel.bulk import pour
from grants.kernel.db import Base, db
from grants.kernel.errors import Undisciplined
from grants.kernel.money import Money

SENTENCES: dict[str, str] = {}  # code -> the sentence it is shown as, with %(facts)s
_PLACE = re.compile(r"%\((\w+)\)s")

SYSTEM = "system"


def declare(sentences: Mapping[str, str]) -> None:
    """Each room says which events it records and how each reads, for example {"round.opened": "Opened, holding %(held)s"}."""
    for code, sentence in sentences.items():
        if SENTENCES.setdefault(code, sentence) != sentence:
            raise Undisciplined(f"The event {code} is declared twice.")


def record(
    code: str,
    subject: Base | str,
    /,  # so that a fact may be called `code` or `subject`
    *,
    by: Base | str,
    personal: Mapping[str, Any] | None = None,
    covers: tuple[str, ...] = (),
    **facts: Any,
) -> Event:
    """Keep an event about a subject. `personal` goes to the erasable row; `covers` names tables a bulk command wrote.

    Facts must fill the places of the event's declared sentence; money is kept as pence.
    """
    _sound(code, facts)
    about = subject if isinstance(subject, str) else subject.root()
    mark = command.told(about, covers=covers)
    event = Event(
        uid=uuid4().hex,
        at=clock.now(),
        by=by if isinstance(by, str) else by.root(),
        code=code,
        subject=about,
        facts={name: plain(fact) for name, fact in facts.items()},
        command=mark,
    )
    if personal:
        kept = {name: plain(fact) for name, fact in personal.items()}
        detail = Detail(salt=secrets.token_hex(16), facts=kept)
        event.detail = detail
        event.detail_digest = digest_of_detail(detail.salt, kept)
    event.digest = digest_of(event)
    db.session.add(event)
    return event


class Said(NamedTuple):
    """An event of many: what happened, to what, when and by whom. Subject and person are references."""

    code: str
    subject: str
    by: str
    at: datetime
    facts: Mapping[str, Any]


def record_many(said: Iterable[Said], *, covers: Iterable[str] = ()) -> None:
    """Keep the events of a bulk command, each with its own instant and digest. `covers` names the tables it wrote."""
    rows: list[dict[str, Any]] = []
    mark = ""
    for one in said:
        _sound(one.code, one.facts)
        mark = mark or command.told(one.subject, covers=tuple(covers))
        facts = {name: plain(fact) for name, fact in one.facts.items()}
        uid = secrets.token_hex(16)
        rows.append(
            {
                "uid": uid,
                "at": one.at,
                "by": one.by,
                "code": one.code,
                "subject": one.subject,
                "facts": facts,
                "command": mark,
                "detail_digest": None,
                "digest": _digest(uid, one.at, one.by, one.code, one.subject, facts, mark, None),
            }
        )
        if len(rows) == _CHUNK:
            pour(_EVENTS, rows)
            rows = []
    pour(_EVENTS, rows)


_CHUNK = 5_000
_EVENTS = Base.metadata.tables[Event.__tablename__]


def _sound(code: str, facts: Mapping[str, Any]) -> None:
    if code not in SENTENCES:
        raise Undisciplined(f"The event {code} is not declared.")
    if missing := _places(SENTENCES[code]) - facts.keys():
        raise Undisciplined(f"The event {code} needs {', '.join(sorted(missing))}.")


@cache
def _places(sentence: str) -> frozenset[str]:
    return frozenset(_PLACE.findall(sentence))


def plain(fact: Any) -> Any:
    """A value as the event keeps it: whole pence, ISO dates, references."""
    if isinstance(fact, Money):
        return {"pence": fact.pence}
    if isinstance(fact, datetime | date):
        return fact.isoformat()
    if isinstance(fact, Enum):
        return fact.value
    if isinstance(fact, Decimal):
        return format(fact, "f")
    if isinstance(fact, Base):
        return fact.root()
    if isinstance(fact, Mapping):
        return {str(k): plain(v) for k, v in fact.items()}
    if isinstance(fact, list | tuple | set | frozenset):
        return [plain(f) for f in fact]
    if fact is None or isinstance(fact, str | int | bool):
        return fact
    raise Undisciplined(f"An event cannot keep {fact!r}.")


SAID = ("uid", "at", "by", "code", "subject", "facts", "command", "detail_digest")  # what an event's digest is over


def digest_of(event: Any) -> str:
    """Keyed with the event key, over everything the event (or a row with its columns) says."""
    return _digest(*(getattr(event, name) for name in SAID))


def _digest(
    uid: str, at: datetime, by: str, code: str, subject: str, facts: Mapping[str, Any], command: str, detail: str | None
) -> str:
    return _keyed([uid, at.isoformat(), by, code, subject, facts, command, detail])


def digest_of_detail(salt: str, facts: Mapping[str, Any]) -> str:
    """Salted, so that a short personal value cannot be guessed from its digest once erased."""
    return hashlib.sha256(_canonical([salt, facts])).hexdigest()


def chain(previous: str, members: list[tuple[str, str]]) -> str:
    """A seal's digest: the seal before it, and each member's uid and digest in order."""
    return _keyed([previous, members])


def _keyed(said: Any) -> str:
    key: bytes = current_app.extensions["grants"].event_key
    return hmac.digest(key, _canonical(said), "sha256").hex()


def _canonical(said: Any) -> bytes:
    return _WRITER.encode(said).encode()


_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
