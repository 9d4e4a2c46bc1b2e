"""Files as phones and computers make them, and documents kept from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

from grants.files import commands, intake
from grants.files.models import Document, OrganisationDocument, What
from grants.people.models import Organisation, Person

PLACE = (53.0, 24.0, 36.0)  # degrees, minutes, seconds: where a photo was taken
CAMERA = "Secret Camera 12"


def a_picture(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Any:
    """Red on the left, blue on the right."""
    from PIL import Image

    picture = Image.new(mode, size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    return picture


def a_photo(kind: str = "JPEG", *, turned: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture with everything in it that a phone writes: place, camera, words, colour notes. `turned` is its orientation."""
    import pillow_heif
    from PIL import ExifTags, Image, ImageCms, PngImagePlugin

    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Model] = CAMERA
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: PLACE, ExifTags.GPS.GPSLongitudeRef: "W"}
    )
    notes: dict[str, Any] = {
        "exif": exif.tobytes(),
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Secret place</x:xmpmeta>",
    }
    if kind == "JPEG":
        notes["comment"] = b"Secret comment"
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>Secret place</x:xmpmeta>")
        notes["pnginfo"] = words
    out = io.BytesIO()
    a_picture(size).save(out, format=kind, **notes)
    return out.getvalue()


def a_pdf(text: str = "Our rules", *, password: str | None = None, owner: str | None = None) -> bytes:
    """A PDF of one page; locked with a password, or only forbidding changes (`owner`)."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    locked = StandardEncryption(password or "", ownerPassword=owner or password or "") if password or owner else None
    canvas = Canvas(out, encrypt=locked)
    for number, line in enumerate(text.split("\n")):
        canvas.drawString(72, 720 - 16 * number, line)
    canvas.save()
    return out.getvalue()


def a_zip(members: Mapping[str, bytes], **how: Any) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return out.getvalue()


def a_docx(text: str = "Our rules", **more: bytes) -> bytes:
    """A Word file, written by Word's own rules. `more`: further members, with `__` for a slash and `_dot_` for a dot."""
    import docx

    document = docx.Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in more.items():
            bundle.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def an_xlsx() -> bytes:
    """The least that is an Excel file."""
    return a_zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})


def an_odt(kind: str = "text", **more: bytes) -> bytes:
    """The least that is an OpenDocument file of a kind."""
    members = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": b"<office:document-content/>"}
    return a_zip(members | {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()})


def an_ole(*streams: str, first: bytes = b"") -> bytes:
    """An old Office file: a header, a sector for the directory, and the first stream's beginning in the sector after it."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    directory = bytearray(512)
    for number, name in enumerate(streams):
        written, at = name.encode("utf-16-le"), number * 128
        directory[at : at + len(written)] = written
        directory[at + 64 : at + 66] = (len(written) + 2).to_bytes(2, "little")
        directory[at + 116 : at + 120] = (1 + number).to_bytes(4, "little")
    return bytes(header + directory) + first.ljust(512, b"\0")


def accepted(content: bytes | None = None, name: str = "rules.pdf") -> intake.Accepted:
    """A file that was read and lies in the store."""
    return intake.read(io.BytesIO(a_pdf() if content is None else content), name)


def a_document(by: Person, *, organisation: Organisation | None = None, content: bytes | None = None, **named: str) -> Document:
    """A document somebody sent."""
    return commands.keep(accepted(content, **named), organisation=organisation, by=by)


def a_filed(
    organisation: Organisation, *, by: Person, what: What = What.CONSTITUTION, expires_on: date | None = None, **named: Any
) -> OrganisationDocument:
    """A document on a group's list."""
    return commands.file_in_vault(organisation, what=what, document=a_document(by, **named), expires_on=expires_on, by=by)
