"""What the database itself refuses of the books, on both engines, and what each refusal means in words."""

from __future__ import annotations

from collections.abc import Iterator

from grants.kernel.errors import means
from grants.kernel.triggers import Guard, insert_only, never_deleted
from grants.kernel.words import mark

_FROZEN = ("ledger_transfer", "ledger_authority", "ledger_snapshot")  # insert only
_KEPT = ("ledger_account", "ledger_close", "ledger_book")  # never deleted

_GREW = (
    "NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id OR NEW.owner <> OLD.owner OR NEW.bucket <> OLD.bucket"
    " OR NEW.debits < OLD.debits OR NEW.credits < OLD.credits"
    " OR (OLD.protected_until IS NOT NULL AND (NEW.protected_until IS NULL OR NEW.protected_until < OLD.protected_until))"
)
_CLOSED = "EXISTS (SELECT 1 FROM ledger_book WHERE id = NEW.book_id AND closed_through >= NEW.effective_date)"
_PROTECTED = (
    "NEW.kind = 'release passported' AND EXISTS (SELECT 1 FROM ledger_account"
    " WHERE id = NEW.from_id AND protected_until >= NEW.effective_date)"
)
_UNLIKE = (
    "NEW.reverses IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.id = NEW.reverses"
    " AND t.from_id = NEW.to_id AND t.to_id = NEW.from_id AND t.pence = NEW.pence AND t.reverses IS NULL)"
)
_FITS = ((_CLOSED, "ledger: closed"), (_PROTECTED, "ledger: protected"), (_UNLIKE, "ledger: not a reversal"))  # LG002 to LG004

_NEVER = mark("The ledger is never changed; reverse the entry instead.")
_IS_CLOSED = mark("That date is in a period that has been closed. Choose a later date.")
_IS_PROTECTED = mark("That commitment is protected until its review date.")
_IS_UNLIKE = mark("Only an entry that stands, and all of it, can be reversed.")
_IS_DONE = mark("This has already been entered.")
_IS_REVERSED = mark("That entry has already been reversed.")

means(
    {
        "LG002": _IS_CLOSED,
        "LG003": _IS_PROTECTED,
        "LG004": _IS_UNLIKE,
        "ledger: closed": _IS_CLOSED,
        "ledger: protected": _IS_PROTECTED,
        "ledger: not a reversal": _IS_UNLIKE,
        "ledger: already posted": _IS_DONE,
        "ledger: already reversed": _IS_REVERSED,
        "uq_ledger_transfer_batch_key_position": _IS_DONE,
        "uq_ledger_transfer_reverses": _IS_REVERSED,
        "uq_ledger_book_code": mark("There is already a book of that name."),
        "ledger_book.code": mark("There is already a book of that name."),
        "ck_ledger_account_floor": mark("There is not enough money left for this."),
        "ck_ledger_account_source": mark("That is more than was given."),
        "ck_ledger_account_counts": _NEVER,
        "ck_ledger_account_authorised": mark("Nobody authorised that pot to promise more than it holds."),
        "ck_ledger_transfer_positive": mark("An amount of money moved is above £0.00."),
    }
    | {f"ledger: {what}": _NEVER for what in ("accounts start empty", "recorded too early", "there already")}
    | {f"ledger: {table} is never {done}": _NEVER for table in (*_FROZEN, *_KEPT) for done in ("changed", "deleted")}
)

# Whoever closes the book waits for us, and we for them: without this lock an entry could slip in as it closes.
# Having waited, an entry is recorded after what it waited for, whatever its own machine's clock said before.
FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION ledger_fits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " SELECT greatest(NEW.recorded_at, changed_at) INTO NEW.recorded_at FROM ledger_book WHERE id = NEW.book_id FOR KEY SHARE; "
    + " ".join(
        f"IF {test} THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'LG00{n}'; END IF;" for n, (test, said) in enumerate(_FITS, 2)
    )
    + " RETURN NEW; END $$",
)

# INSERT OR REPLACE on SQLite deletes without firing delete triggers, so an insert looks first for what it would replace.
# An account of the same name is passed over rather than refused: two commands may open the same one.
_SAME = "book_id = NEW.book_id AND owner = NEW.owner AND bucket = NEW.bucket"
_DONE = "id = NEW.id OR (batch_key = NEW.batch_key AND position = NEW.position)"
_REPLACES = {
    "ledger_authority": "id = NEW.id",
    "ledger_snapshot": "close_id = NEW.close_id AND bucket = NEW.bucket",
    "ledger_close": "id = NEW.id",
    "ledger_book": "id = NEW.id",
}
_FITS_ON_SQLITE = (
    *_FITS,
    (f"EXISTS (SELECT 1 FROM ledger_transfer WHERE {_DONE})", "ledger: already posted"),
    ("EXISTS (SELECT 1 FROM ledger_transfer WHERE reverses = NEW.reverses)", "ledger: already reversed"),
    ("NEW.recorded_at < (SELECT changed_at FROM ledger_book WHERE id = NEW.book_id)", "ledger: recorded too early"),
)
_FILLED = "NEW.debits <> 0 OR NEW.credits <> 0"
_CLOSE_CHANGED = (
    "NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id OR NEW.through <> OLD.through OR NEW.closed_at <> OLD.closed_at"
    " OR NEW.closed_by <> OLD.closed_by OR OLD.reopened_at IS NOT NULL"
)


def guards() -> Iterator[Guard]:
    """Every guard of the books."""
    for table in _FROZEN:
        yield from insert_only(table, "ledger")
    for table in _KEPT:
        yield from never_deleted(table, "ledger")
    for table, same in _REPLACES.items():
        yield _not_replaced(table, same)
    yield _changed("ledger_account_only_grows", "ledger_account", _GREW)
    yield _changed("ledger_close_only_reopens", "ledger_close", _CLOSE_CHANGED)
    yield _changed("ledger_book_keeps_its_name", "ledger_book", "NEW.id <> OLD.id OR NEW.code <> OLD.code")
    yield _starts_empty()
    cases = " ".join(f"WHEN {test} THEN RAISE(ABORT, '{said}')" for test, said in _FITS_ON_SQLITE)
    name, table = "ledger_transfer_fits", "ledger_transfer"
    yield Guard(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} BEGIN SELECT CASE {cases} END; END",
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_fits()",
    )


def _not_replaced(table: str, same: str) -> Guard:
    name = f"{table}_no_replace"
    when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
    return Guard(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} {when} BEGIN SELECT RAISE(ABORT, 'ledger: there already'); END",
        "",
    )


def _changed(name: str, table: str, test: str) -> Guard:
    said = f"ledger: {table} is never changed"
    return Guard(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {test} BEGIN SELECT RAISE(ABORT, '{said}'); END",
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({test}) EXECUTE FUNCTION kernel_refuse()",
    )


def _starts_empty() -> Guard:
    name, table = "ledger_account_starts_empty", "ledger_account"
    full = f"{_FILLED} OR EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id)"
    there = f"EXISTS (SELECT 1 FROM ledger_account WHERE {_SAME})"
    cases = f"WHEN {full} THEN RAISE(ABORT, 'ledger: accounts start empty') WHEN {there} THEN RAISE(IGNORE)"
    return Guard(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} BEGIN SELECT CASE {cases} END; END",
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW WHEN ({_FILLED}) EXECUTE FUNCTION kernel_refuse()",
    )
