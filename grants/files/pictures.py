"""A photo made small and plain: drawn again from its points alone, so that nothing else that was in the file is kept."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from grants.kernel.errors import RuleBroken
from grants.kernel.words import _

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_POINTS = 64_000_000  # a phone's largest photo has 50 million; undrawn, this is 192 MB of memory
LONGEST_SIDE = 3500  # points kept: small print can still be read on A4 at 300 points an inch
QUALITY = 85

_one_at_a_time = threading.Lock()  # each costs memory by the hundred megabytes


def redrawn(content: BinaryIO, kind: str) -> tuple[bytes, bool]:
    """The picture upright, no larger than needed, without place, camera, words or colour notes; and whether it is a PNG.

    A PNG stays one; a JPEG, HEIC or WebP becomes a JPEG. RuleBroken where it is damaged or far too large.
    """
    from PIL import Image

    with _one_at_a_time:
        try:
            with _opened(content, kind) as picture:
                if picture.width * picture.height > MOST_POINTS:
                    raise _too_large()
                return _drawn(picture, png=kind == "png")
        except RuleBroken:
            raise
        except Image.DecompressionBombError:
            raise _too_large() from None
        except Exception:  # decoders of hostile bytes raise anything
            raise RuleBroken(_("That picture is damaged and cannot be opened. Take it again, or send another one.")) from None


def _too_large() -> RuleBroken:
    return RuleBroken(_("That picture is too large. Send one of 60 megapixels or less, or take a screenshot of it."))


def _opened(content: BinaryIO, kind: str) -> Image:
    from PIL import Image

    content.seek(0)
    if kind == "heif":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)  # doing it again does nothing
    return Image.open(content, formats=[kind.upper()])


def _drawn(picture: Image, *, png: bool) -> tuple[bytes, bool]:
    from PIL import Image, ImageOps

    if picture.format in ("JPEG", "MPO"):  # MPO: several in one file, as some phones write them; the first is the photo
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large one is decoded small
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clear = upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info
    shown = upright.convert("RGBA" if clear else "L" if upright.mode in ("1", "L") else "RGB")
    if clear and not png:
        sheet = Image.new("RGB", shown.size, "white")
        sheet.paste(shown, mask=shown.getchannel("A"))
    else:
        sheet = Image.new(shown.mode, shown.size)  # a new picture knows nothing of the old one's notes
        sheet.paste(shown)
    out = io.BytesIO()
    how: dict[str, Any] = {"format": "PNG"} if png else {"format": "JPEG", "quality": QUALITY}
    sheet.save(out, **how)
    return out.getvalue(), png
