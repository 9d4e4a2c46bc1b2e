"""What the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

from grants.cli import COMMANDS
from grants.settings import Settings

ROOT = Path(__file__).parent.parent
INTERNAL = {"instance", "testing", "production"}


def test_running_md_lists_every_setting_and_no_other():
    listed = set(re.findall(r"^\| `GRANTS_(\w+)` \|", (ROOT / "docs/running.md").read_text("utf-8"), re.MULTILINE))
    assert listed == {name.upper() for name in set(Settings.model_fields) - INTERNAL}


def test_every_command_is_in_the_documents():
    text = (ROOT / "docs/running.md").read_text("utf-8") + (ROOT / "README.md").read_text("utf-8")
    assert [c.name for c in COMMANDS if f"flask {c.name}" not in text] == []
