"""Files in forms: what was sent is kept before the form is checked, so a form that is refused never loses its file.

    class PlanForm(HouseForm):
        plan = UploadField(mark("Upload your budget"), [Required(mark("Choose your budget"))])

    form = PlanForm(data={"plan": answer.document})   # a Document, or its reference: shown as kept
    form.plan.organisation = group                    # whose it will be; without it, the person's own until a command says
    if form.accepted():                               # the file was read and kept by now, whatever else is wrong
        … form.plan.data                              # the Document, or None

    {{ field(form.plan) }}                            the form macro sets the right enctype by itself

The kept document goes back and forth in a hidden field that is signed for this person. A page that lets others read a document
answers `serve(queries.document(me(), ref, allowed=True))` after asking its own policy.
"""

# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from typing import Any, BinaryIO, ClassVar, cast

from flask import Response, current_app, has_request_context, request, send_file
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from grants.files import commands, intake, names, queries
from grants.files.models import Document
from grants.files.store import store
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.words import _
from grants.people.models import Organisation
from grants.web.fields import LOST, Asked

ACCEPT = "image/*,.heic,.heif,.pdf,.doc,.docx,.xls,.xlsx,.odt,.ods,.txt,.csv"  # what a phone offers first; decides nothing
KEPT, REMOVE = "-kept", "-remove"


class UploadField(Asked):
    """A file. `data` is the Document that is kept, or None."""

    look: ClassVar[str] = "file"
    accept: ClassVar[str] = ACCEPT
    data: Document | None
    organisation: Organisation | None = None
    sent: FileStorage | None = None
    new: bool = False  # sent with this very request
    _refused: str | None = None
    process_errors: Any

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """From a row, or from what was sent: a new file, one that was kept before, and whether that is to go."""
        super().process(None, data, extra_filters)
        if formdata is None:
            return
        self.data = self._kept_before(formdata.get(f"{self.name}{KEPT}") or "")
        if formdata.get(f"{self.name}{REMOVE}"):
            self.data = None
        if has_request_context() and request.method == "POST":
            sent = request.files.get(self.name)
            self.sent = sent if sent is not None and sent.filename else None
        self._note()

    def process_data(self, value: Any) -> None:
        self.data = queries.documents([value]).get(value) if isinstance(value, str) and value else value or None

    def take_in(self) -> None:
        """Read and keep what was sent. What is wrong with it is said when the form is checked; doing it again does nothing."""
        from grants.web.access import me

        sent, self.sent = self.sent, None
        if sent is None:
            return
        try:
            accepted = intake.read(cast(BinaryIO, sent.stream), sent.filename)
            self.data = commands.keep(accepted, organisation=self.organisation, by=me())
            self.new = True
        except RuleBroken as broken:
            self._refused = str(broken.problems[0])
        self._note()

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.take_in()
        if self._refused:
            raise StopValidation(self._refused)

    def _note(self) -> None:
        self.raw_data = [self.data.ref] if self.data else []  # what `Required` looks at

    def _kept_before(self, token: str) -> Document | None:
        if not token:
            return None
        try:
            ref, person = _signer().loads(token)
        except (BadSignature, ValueError, TypeError):
            person = None
        if person is None or person != _whose():
            self.process_errors = [*self.process_errors, _(LOST)]
            return None
        return queries.documents([ref]).get(ref)

    @property
    def token(self) -> str:
        """What the hidden field carries: the document kept so far, for this person only."""
        return str(_signer().dumps([self.data.ref, _whose()])) if self.data else ""

    @property
    def size(self) -> str:
        """How large the kept file is, in words."""
        return names.in_words(self.data.size) if self.data else ""

    @property
    def allowed(self) -> str:
        """What may be sent, as a hint."""
        return _(
            "A photo, PDF, Word, Excel or OpenDocument file, up to %(most)s MB. A photo of a paper will do.",
            most=intake.LARGEST // 1024**2,
        )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="kept document")


def _whose() -> str:
    from grants.web.access import me

    return me().ref


def serve(document: Document) -> Response:
    """The document as something to save: never opened within the page, whatever a browser makes of it."""
    try:
        content = store().open(document.digest)
    except FileNotFoundError:
        current_app.logger.error("what is in %s is not in the store", document.ref)
        raise NotFound() from None
    response = send_file(content, mimetype=document.media_type, as_attachment=True, download_name=document.name)
    response.content_length = document.size
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
