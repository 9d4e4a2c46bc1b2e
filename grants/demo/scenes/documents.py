"""A group sends its rules, its insurance and a photo of a paper once, to use them in every application."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

from grants.files import commands, intake
from grants.files.models import What
from grants.kernel import clock
from grants.people import queries

WORDS = {
    "Our constitution.pdf": ("Brinnington Youth Bridge (fictional)", "Constitution"),
    "Public liability insurance.pdf": ("Certificate of insurance", "Good until 31 January 2027"),
}


def tell() -> None:
    """In May the group's coordinator sends three documents from a phone."""
    group, by = queries.organisation("demo_bridge"), queries.by_email("bridge@demo.example")
    assert by
    sent = (
        (What.CONSTITUTION, _paper("Our constitution.pdf"), "Our constitution.pdf", None),
        (What.INSURANCE, _paper("Public liability insurance.pdf"), "Public liability insurance.pdf", date(2027, 1, 31)),
        (What.SAFEGUARDING, _photo(), "Safeguarding policy.png", None),
    )
    with clock.stopped(datetime(2026, 5, 20, 18, tzinfo=UTC)):
        for what, content, name, expires_on in sent:
            document = commands.keep(intake.read(content, name), organisation=group, by=by)
            commands.file_in_vault(group, what=what, document=document, expires_on=expires_on, by=by)


def _paper(name: str) -> io.BytesIO:
    """A PDF of a few words."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    paper = Canvas(out, invariant=1)
    for number, line in enumerate((*WORDS[name], "Made up for the demonstration.")):
        paper.drawString(72, 740 - 24 * number, line)
    paper.save()
    return out


def _photo() -> io.BytesIO:
    """A sheet of paper on a table."""
    from PIL import Image

    picture = Image.new("RGB", (600, 800), "#8a6d4b")
    picture.paste("white", (60, 60, 540, 740))
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out
