"""Make the packaged copy of the postcode data, `grants/places/data`, from `../shared/data/geo`.

Run it from anywhere, when the data changes:  python tests/make_places.py [GEO_DIRECTORY]

The tables are packed as they are, byte by byte, with no time and no name in the archive, so that the same data always makes
the same file. `grants/places/data/SOURCES.txt` says whose data they are; change it by hand when they change.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
GEO = HERE.parent / "shared" / "data" / "geo"
DATA = HERE / "grants" / "places" / "data"

TABLES = {
    "postcodes": "postcodes_ward_lsoa_imd.csv",
    "lsoas": "lsoa21_imd2025_ward2023.csv",
    "wards": "wards_all_versions.csv",
}


def packed(table: Path) -> bytes:
    """A table as it is kept in the package."""
    return gzip.compress(table.read_bytes(), 9, mtime=0)


def main() -> None:
    geo = Path(sys.argv[1]) if len(sys.argv) > 1 else GEO
    DATA.mkdir(exist_ok=True)
    for name, source in TABLES.items():
        (DATA / f"{name}.csv.gz").write_bytes(packed(geo / source))
        print(f"{name}.csv.gz", (DATA / f"{name}.csv.gz").stat().st_size)


if __name__ == "__main__":
    main()
