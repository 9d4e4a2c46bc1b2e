"""Loading strategies, priorities, links, indicators, targets and readings from a source. `people.loading.load` writes them."""

from __future__ import annotations

from grants.kernel.bulk import Shape
from grants.people.models import Partnership
from grants.strategy.models import Indicator, Priority, PriorityLink, Reading, Strategy, TargetRow

STRATEGIES = Shape(Strategy, names={"partnership": Partnership, "predecessor": Strategy})
PRIORITIES = Shape(Priority, names={"strategy": Strategy, "parent": Priority})
LINKS = Shape(
    PriorityLink,
    key=("from_strategy", "from_priority", "to_strategy", "to_priority", "link_type"),
    names={"from_strategy": Strategy, "from_priority": Priority, "to_strategy": Strategy, "to_priority": Priority},
)
INDICATORS = Shape(Indicator, names={"partnership": Partnership, "strategy": Strategy, "priority": Priority})
TARGET_ROWS = Shape(TargetRow, key=("indicator",), names={"indicator": Indicator})
READINGS = Shape(Reading, names={"indicator": Indicator})
