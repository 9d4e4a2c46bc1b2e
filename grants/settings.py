"""Every setting, its default and why. From `instance/settings.toml`, then `GRANTS_…` environment variables."""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "GRANTS_"


class Settings(BaseModel):
    """The typed settings. `docs/running.md` lists every one; a test holds the two equal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # where things are
    instance: Path = Field(description="The folder for the database, the secrets and fetched assets.")
    database_url: str = Field("", description="SQLAlchemy URL. Empty: instance/grants.db, an embedded SQLite file.")
    base_url: str = Field("http://localhost:5000", description="How people reach the site; links in e-mail begin with it.")
    # secrets: written on the first run, never printed
    secret_key: str = Field("", repr=False, description="Signs cookies. Empty: instance/secret, made on the first run.")
    event_key: bytes = Field(
        b"", repr=False, description="Keys the audit trail's digests. Empty: instance/event.key, made on the first run."
    )
    # whose it is
    service_name: str = Field("Community safety funding", description="The name in the masthead and in letters.")
    owner_name: str = Field("The partnership", description="Who runs this installation; named in footers and letters.")
    owner_email: str = Field("", description="Where people can ask for help, and where the nightly mail goes.")
    brand_colour: str = Field(
        "#1d4f5c", pattern=r"^#[0-9a-fA-F]{6}$", description="Masthead and buttons. White text on it must read."
    )
    organisation_prefix: str = Field("360G-demo", description="Prefix of grant identifiers in open data.")
    # sign-in
    session_hours: int = Field(12, ge=1, description="A sign-in lasts no longer than this.")
    idle_minutes: int = Field(120, ge=5, description="A sign-in unused for this long has ended.")
    code_minutes: int = Field(20, ge=5, description="An e-mailed link and its code work this long.")
    sign_in_tries: int = Field(8, ge=3, description="Wrong passwords or codes for one e-mail address in a quarter of an hour.")
    sign_in_tries_from: int = Field(60, ge=10, description="Tries from one network address in a quarter of an hour.")
    password_cost: str = Field(
        "normal", pattern="^(normal|cheap)$", description="'cheap' only in tests: argon2id with the least work."
    )
    secure_cookies: bool = Field(True, description="Cookies only over https. Off on http://localhost.")
    proxies: int = Field(0, ge=0, description="How many trusted proxies stand in front (X-Forwarded-For and -Proto).")
    # mail
    mail_server: str = Field("", description="SMTP host. Empty: nothing is sent and the outbox page shows what would be.")
    mail_port: int = Field(587, description="SMTP port.")
    mail_username: str = Field("", description="SMTP user.")
    mail_password: str = Field("", repr=False, description="SMTP password.")
    mail_from: str = Field("funding@localhost", description="The sender of every e-mail.")
    # rules an owner may choose
    assessors_may_decide: bool = Field(
        True, description="May one person both score and decide the same bid? Panels that score do."
    )
    # files people send
    upload_megabytes: int = Field(
        64, ge=1, description="The largest request accepted. One file may have 30 MB; a larger one is refused beside its field."
    )
    documents: str = Field("", description="The folder for files people send. Empty: instance/documents.")
    documents_kept_days: int = Field(
        30, ge=1, description="What nobody needs any more is thrown away after so many days, by `flask deadlines`."
    )
    clamav_socket: str = Field(
        "", description="ClamAV's socket: a path, or host:port. Empty: files are not scanned. Set and silent: none are taken."
    )
    # kinds of installation
    production: bool = Field(False, description="Set by `flask serve`: unsafe settings are refused.")
    testing: bool = Field(False, description="Set by the tests.")

    @property
    def url(self) -> str:
        """Where the database is."""
        return self.database_url or f"sqlite:///{self.instance / 'grants.db'}"

    @property
    def documents_folder(self) -> Path:
        """Where the content of documents lies. Each database needs its own: what one removes another may still name."""
        return Path(self.documents) if self.documents else self.instance / "documents"

    def unsafe(self) -> list[str]:
        """What would make a production installation unsafe, as sentences that say how to mend it."""
        found = []
        if self.password_cost != "normal":
            found.append("GRANTS_PASSWORD_COST is 'cheap'. Remove it.")
        if not self.secure_cookies and not self.base_url.startswith("http://localhost"):
            found.append("GRANTS_SECURE_COOKIES is off. Serve over https and remove it.")
        if not self.base_url.startswith("https://") and not self.base_url.startswith("http://localhost"):
            found.append("GRANTS_BASE_URL does not begin with https://. Set it to the address people use.")
        if not self.owner_email:
            found.append("GRANTS_OWNER_EMAIL is empty. Set it to where people can ask for help.")
        return found


class BadSettings(Exception):
    """A setting is unknown or cannot be read."""


def load(instance: Path, **given: Any) -> Settings:
    """Read settings: the file, then the environment, then `given`. Makes the secrets on the first run (0600)."""
    instance.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {"instance": instance}
    if (file := instance / "settings.toml").exists():
        values |= tomllib.loads(file.read_text("utf-8"))
    known = set(Settings.model_fields)
    for name, value in os.environ.items():
        if name.startswith(PREFIX) and (field := name.removeprefix(PREFIX).lower()) in known:
            values[field] = value
    values |= given
    values["secret_key"] = values.get("secret_key") or _kept(instance / "secret").decode()
    values["event_key"] = values.get("event_key") or _kept(instance / "event.key")
    try:
        return Settings(**values)
    except ValidationError as error:
        sentences = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False, include_url=False)
        ]
        raise BadSettings("; ".join(sentences)) from None


def _kept(path: Path) -> bytes:
    """A secret of this installation, made once, readable by its owner only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(handle, "wb") as file:
        made = secrets.token_hex(32).encode()
        file.write(made)
    return made
