"""Mail leaves through SMTP: one connection for a run, encrypted, with a time limit, and nothing locked meanwhile."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from grants.kernel import clock
from grants.settings import Settings

PATIENCE = 20.0  # seconds for each answer of the mail server
OVER_TLS = 465
HERE = {"localhost", "127.0.0.1", "::1"}  # the one place a connection need not be encrypted


class NotSent(Exception):
    """The mail was not sent, and why; `for_good` when trying again would not help."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


def letter(facts: Mapping[str, Any], settings: Settings, name: str) -> EmailMessage:
    """The message of a mail task. Its Message-ID is the same at every attempt."""
    try:
        message = EmailMessage()
        message["From"] = Address(settings.service_name, addr_spec=settings.mail_from)
        message["To"] = Address(facts.get("name") or "", addr_spec=facts["to"])
        message["Subject"] = facts["subject"]
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{name}@{urlsplit(settings.base_url).hostname or 'localhost'}>"
        if settings.owner_email:
            message["Reply-To"] = settings.owner_email
        if stop := facts.get("stop"):  # mail programs show a button of their own for it
            message["List-Unsubscribe"] = f"<{stop}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(facts["text"])
        return message
    except (ValueError, IndexError, KeyError, MessageError) as bad:
        raise NotSent(f"The message cannot be written: {type(bad).__name__}.", for_good=True) from bad


class Office:
    """A connection to the mail server, opened when first needed and again when it was lost."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.line: smtplib.SMTP | None = None

    def _open(self) -> smtplib.SMTP:
        s = self.settings
        if s.mail_port == OVER_TLS:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                s.mail_server, s.mail_port, timeout=PATIENCE, context=ssl.create_default_context()
            )
        else:
            line = smtplib.SMTP(s.mail_server, s.mail_port, timeout=PATIENCE)
            line.ehlo()
            if line.has_extn("starttls"):
                line.starttls(context=ssl.create_default_context())
                line.ehlo()
            elif s.mail_server not in HERE:
                line.close()
                raise NotSent("The mail server offers no encryption (STARTTLS), so nothing was sent to it.")
        if s.mail_username:
            line.login(s.mail_username, s.mail_password)
        return line

    def send(self, message: EmailMessage) -> None:
        """Hand one message over, or raise NotSent."""
        try:
            self.line = self.line or self._open()
            self.line.send_message(message)
        except NotSent:
            raise
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            self.hang_up()
            raise NotSent(
                f"The mail server refused the recipient ({code}): {_text(said)}", for_good=500 <= code < 600
            ) from refused
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError) as refused:
            self.hang_up()
            raise NotSent(f"The mail server refused us ({refused.smtp_code}).") from refused
        except smtplib.SMTPResponseException as refused:
            self.hang_up()
            raise NotSent(
                f"The mail server refused the message ({refused.smtp_code}): {_text(refused.smtp_error)}",
                for_good=refused.smtp_code in (552, 554),
            ) from refused
        except (OSError, smtplib.SMTPException) as lost:
            self.hang_up()
            raise NotSent(f"The mail server could not be reached: {type(lost).__name__}.") from lost

    def hang_up(self) -> None:
        """Close the line, if it is open."""
        if self.line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.line.quit()
            self.line = None


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


@contextmanager
def office(settings: Settings) -> Iterator[Office]:
    """An office for the length of a run."""
    found = Office(settings)
    try:
        yield found
    finally:
        found.hang_up()
