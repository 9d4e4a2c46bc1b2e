"""Loading localities from a source. `people.loading.load` writes them."""

from __future__ import annotations

from grants.kernel.bulk import Shape
from grants.people.models import Partnership
from grants.places.models import Locality

LOCALITIES = Shape(Locality, names={"partnership": Partnership, "parent": Locality})
