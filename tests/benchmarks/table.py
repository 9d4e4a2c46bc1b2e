"""The figures of several runs as the tables of `docs/performance.md`.

    python -m tests.benchmarks.table figures.json …

One table an engine; where there are several sizes a cell holds one figure for each, the smallest size first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

COLUMNS = (
    ("statements", "statements", "{:.0f}"),
    ("rows", "rows", "{:,.0f}"),
    ("×", "times_bare", "{:,.0f}"),
    ("db ms", "ms", "{:,.1f}"),
    ("buffers", "buffers", "{:,.0f}"),
    ("KB", "kb", "{:,.0f}"),
)


def tables(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Markdown, line by line."""
    for engine in dict.fromkeys(one["engine"] for one in found):
        mine = [one for one in found if one["engine"] == engine and "times_bare" in one]
        sizes = sorted({one["awards"] for one in mine})
        yield f"### {engine}, {' and '.join(f'{size:,}' for size in sizes)} awards"
        yield ""
        yield f"| what | who | {' | '.join(head for head, _key, _form in COLUMNS)} |"
        yield f"|---|---|{'---:|' * len(COLUMNS)}"
        for what in dict.fromkeys(one["what"] for one in mine):
            by_size = {one["awards"]: one for one in mine if one["what"] == what}
            cells = [_cell([by_size.get(size, {}).get(key) for size in sizes], form) for _head, key, form in COLUMNS]
            yield f"| {what} | {next(iter(by_size.values()))['who']} | {' | '.join(cells)} |"
        yield ""


def _cell(values: Sequence[float | None], form: str) -> str:
    said = [form.format(value) if value else "–" for value in values]
    return said[0] if len(set(said)) == 1 else " / ".join(said)


if __name__ == "__main__":
    print("\n".join(tables([one for path in sys.argv[1:] for one in json.loads(Path(path).read_text("utf-8"))])))
