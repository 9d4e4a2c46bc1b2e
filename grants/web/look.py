"""What a page looks like and says about itself: the design system's files, our own, the brand's colour, and the form layer."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Flask, Response, abort, current_app, request, send_from_directory, url_for
from jinja2 import StrictUndefined

from grants import assets
from grants.settings import Settings
from grants.web import easy_read, errors, formats, forms, headers, navigation

area = Blueprint("look", __name__)
YEAR = 365 * 24 * 3600


class Brand(NamedTuple):
    """Whose service this is."""

    service: str
    owner: str
    email: str
    colour: str


def luminance(colour: str) -> float:
    """WCAG's relative luminance of '#rrggbb'."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def brand_css(colour: str) -> str:
    """The owner's colour as CSS variables: as given in the masthead, darkened until white reads on it everywhere else."""
    text = "#ffffff" if contrast(colour, "#ffffff") >= contrast(colour, "#000000") else "#000000"
    strong = colour
    while contrast(strong, "#ffffff") < 4.6:
        strong = "#" + "".join(f"{int(int(strong[i : i + 2], 16) * 0.92):02x}" for i in (1, 3, 5))
    dark = "#" + "".join(f"{int(int(strong[i : i + 2], 16) * 0.75):02x}" for i in (1, 3, 5))
    return (
        f":root{{--brand:{colour};--brand-text:{text};--brand-strong:{strong};--brand-dark:{dark};"
        f"--govuk-brand-colour:{strong}}}\n"
    )


@cache
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def _version(path: Path) -> str:
    return _digest(path, path.stat().st_mtime_ns) if path.is_file() else "0"


def _path(endpoint: str, filename: str) -> Path:
    if endpoint == "static":
        return Path(current_app.static_folder or "") / filename
    return (assets.find(Path(current_app.instance_path)) or Path("/nowhere")) / filename


def asset(filename: str, endpoint: str = "static") -> str:
    """The address of one of our own files, which changes when the file does."""
    return url_for(endpoint, filename=filename, v=_version(_path(endpoint, filename)))


def vendor(filename: str) -> str:
    """The address of one of the design system's files."""
    return asset(filename, "look.fetched")


def design_system() -> bool:
    """Whether the design system's files are here; if not, pages use `plain.css`."""
    return assets.find(Path(current_app.instance_path)) is not None


@area.get("/vendor/<path:filename>")
def fetched(filename: str) -> Response:
    """One of the design system's files."""
    folder = assets.find(Path(current_app.instance_path))
    if folder is None or filename not in assets.SERVED:
        abort(404)
    return send_from_directory(folder, filename)


@area.get("/brand.css")
def brand() -> Response:
    """The owner's colours: a file of its own, because no page may carry a style."""
    return Response(brand_css(current_app.extensions["brand"].colour), mimetype="text/css")


def brand_address() -> str:
    """The address of the owner's colours."""
    return url_for("look.brand", v=current_app.extensions["brand"].colour[1:])


def _keep(response: Response) -> Response:
    """A file whose address names its version is kept for a year."""
    if request.endpoint in ("static", "look.fetched", "look.brand") and response.status_code in (200, 304):
        forever = f"public, max-age={YEAR}, immutable"
        response.headers["Cache-Control"] = forever if request.args.get("v") else "public, max-age=300"
    return response


def register(app: Flask, settings: Settings) -> None:
    """Dress the application: templates, files, headers, error pages, navigation."""
    colour = settings.brand_colour if re.fullmatch(r"#[0-9a-fA-F]{6}", settings.brand_colour) else "#1d4f5c"
    app.extensions["brand"] = Brand(settings.service_name, settings.owner_name, settings.owner_email, colour)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset, vendor=vendor, design_system=design_system, brand_address=brand_address, brand=app.extensions["brand"]
    )
    app.register_blueprint(area)
    formats.register(app)
    forms.register(app)
    navigation.register(app)
    headers.register(app)
    app.after_request(_keep)
    errors.register(app)
    easy_read.register(app)
