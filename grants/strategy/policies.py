"""Who may change strategies and what is measured: the theme leads and grants officers of the partnership whose they are."""

from __future__ import annotations

from grants.kernel.policy import Objections
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import needs
from grants.strategy.models import Indicator, Strategy

KEEPERS = (Duty.THEME_LEAD, Duty.GRANTS_OFFICER)


def add_strategy(who: Person, partnership: Partnership | None) -> Objections:
    """A strategy of a partnership; without one (a national strategy), whoever keeps any partnership's."""
    yield from needs(who, *KEEPERS, partnership=partnership)


def change_strategy(who: Person, strategy: Strategy) -> Objections:
    """Adding priorities, links and indicators to a strategy."""
    yield from needs(who, *KEEPERS, partnership=strategy.partnership)


def record_reading(who: Person, indicator: Indicator) -> Objections:
    """A reading belongs to the partnership whose indicator it is, or else whose strategy."""
    own = indicator.partnership or (indicator.strategy.partnership if indicator.strategy else None)
    yield from needs(who, *KEEPERS, partnership=own)
