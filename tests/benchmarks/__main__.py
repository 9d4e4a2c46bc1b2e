"""What every main page and command costs, at several sizes, on both engines.

    python -m tests.benchmarks                         tiny, on both engines: a minute
    python -m tests.benchmarks --size 1000 --size 100000 --engine sqlite
    python -m tests.benchmarks --only position --only award --size 1000

The machine's speed does not count: `×` is processor time of the web process for one request, as a multiple of a bare Flask
route's served by the same gunicorn in the same run. Nothing is asserted by a clock; what is asserted is that pages answer.
The databases are made by `flask generate`'s generator, kept, and copied for each run (`--fresh` makes them again).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import database, deeds, measure
from tests.benchmarks.pages import PAGES, examples

SIZES = {"tiny": 30}
HEAD = ("what", "who", "statements", "rows", "×", "db ms", "buffers", "KB")


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print, and keep the figures."""
    asked = _arguments(given)
    found: list[dict[str, Any]] = []
    broken: list[str] = []
    for engine in asked.engine or ["sqlite", "postgresql"]:
        for size in asked.size or ["tiny"]:
            found += _run(engine, SIZES.get(size) or int(size), asked, broken)
    measure.written(asked.json, found)
    print(f"\nThe figures are in {asked.json}.")
    for one in broken:
        print(one)
    return 1 if broken else 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--size", action="append", help="tiny, or a number of awards; may be given again")
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--only", action="append", help="pages and commands whose name begins with this; may be given again")
    parser.add_argument("--seconds", type=float, default=0.5, help="of processor time for each page (0.5)")
    parser.add_argument("--fresh", action="store_true", help="make the databases again")
    parser.add_argument("--json", type=Path, default=database.SHELF / "figures.json")
    return parser.parse_args(given)


def _run(engine: str, awards: int, asked: argparse.Namespace, broken: list[str]) -> list[dict[str, Any]]:
    wanted = [page for page in PAGES if _is_wanted(page.name, asked.only)]
    with database.generated(engine, awards, fresh=asked.fresh, say=_aside) as one:
        app = one.app()
        with app.app_context():
            there = examples()
        browsers = {who: measure.visitor(app, who, there) for who in {page.who for page in wanted}}
        found: list[dict[str, Any]] = []
        with measure.serving(one.instance, one.url) as server:
            fresh = server.memory()
            bare = server.cost("/bare/", seconds=asked.seconds)
            print(f"\n{engine}, {awards:,} awards; a bare Flask route takes {bare:.3f} ms of processor time\n")
            _line(HEAD)
            for page in wanted:
                path = page.path(there)
                try:
                    made, body = measure.look(browsers[page.who], path)
                    times = server.cost(path, measure.cookie(browsers[page.who]), seconds=asked.seconds) / bare
                except measure.NoAnswer as error:
                    broken.append(f"{engine}, {awards:,} awards, {page.name}: {error}")
                    continue
                cost = measure.read(app, made)
                found.append(_figures(engine, awards, page.name, page.who, cost, times, len(body), path))
            memory = {"fresh": fresh, "after": server.memory(), "most": server.memory("VmHWM")}
        with app.app_context():
            for done in deeds.measured(lambda name: _is_wanted(name, asked.only)):
                found.append(_figures(engine, awards, done.name, done.who, done.cost, done.ms / bare, None, ""))
        print("\nthe web process: " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in memory.items()))
        found.append({"engine": engine, "awards": awards, "what": "memory of the web process, MB", **memory})
    return found


def _figures(
    engine: str, awards: int, name: str, who: str, cost: measure.Read, times: float, size: int | None, path: str
) -> dict[str, Any]:
    kb = None if size is None else size / 1000
    _line(
        (
            name,
            who,
            cost.statements,
            cost.rows,
            f"{times:.0f}",
            f"{cost.ms:.1f}",
            cost.buffers or "",
            "" if kb is None else f"{kb:.0f}",
        )
    )
    said = {"engine": engine, "awards": awards, "what": name, "who": str(who), "path": path, "times_bare": round(times, 1)}
    return said | cost._asdict() | {"kb": kb}


def _line(cells: Iterable[Any]) -> None:
    what, who, *rest = cells
    print(f"{what!s:28}{who!s:22}" + "".join(f"{cell!s:>11}" for cell in rest), flush=True)


def _is_wanted(name: str, only: Sequence[str] | None) -> bool:
    return not only or any(name.startswith(one) for one in only)


def _aside(said: str) -> None:
    print(f"  {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
