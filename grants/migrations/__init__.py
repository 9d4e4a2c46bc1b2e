"""Upgrades of the database, run in process: `upgrade()` and `downgrade()` inside an application context."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(to: str = "head") -> None:
    """Bring the database up to date. Changes nothing when it is."""
    command.upgrade(_config(), to)


def downgrade(to: str = "base") -> None:
    """Take upgrades back, newest first."""
    command.downgrade(_config(), to)


def write(message: str, name: str) -> None:
    """For developers: write a migration from what the models say beyond what the database has."""
    command.revision(_config(), message=message, autogenerate=True, rev_id=name)


def newest() -> str | None:
    """The revision an up-to-date database has."""
    return ScriptDirectory.from_config(_config()).get_current_head()
