"""Find code that stands twice: runs of statements that are equal but for the names of local variables.

    python -m tools.repeated_code [PATH …]

Ends with status 1 where something is found. Docstrings and annotations do not count. What may stand twice is listed,
with its reason, in `ALLOWED`.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("src/ocr", "benchmarks", "tools")
#: Least size of a run of statements in nodes of the syntax tree; some five plain lines.
LEAST = 60
#: So many statements one after the other are found from two thirds of that size on.
SEVERAL = 4

#: Pairs of files in which the same statements may stand, with the reason.
ALLOWED: dict[frozenset[str], str] = {
    frozenset({"src/ocr/datasets/synthetic/geometry.py", "src/ocr/training/craft_targets.py"}): (
        "a perspective of whole fields is two formulae; only one of them has to blank what lies behind the horizon"
    ),
}


@dataclass(frozen=True, order=True)
class Place:
    """Where statements stand: a file and its lines, the first and the last."""

    file: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.file}:{self.first}-{self.last}"


@dataclass(frozen=True)
class _Run:
    """Statements one after the other in one block."""

    file: str
    block: int
    start: int
    end: int
    place: Place


def repeated(sources: Iterable[tuple[str, str]], least: int = LEAST) -> list[tuple[Place, Place]]:
    """Pairs of places with the same statements, longest first; a place inside another pair's is left out.

    Args:
        sources: names of files with their content.
        least: nodes of the syntax tree that a run must have; two thirds of it do for `SEVERAL` statements.
    """
    runs: dict[str, list[_Run]] = defaultdict(list)
    for file, source in sources:
        for number, (body, local) in enumerate(_blocks(ast.parse(source))):
            sizes = [sum(1 for _ in ast.walk(statement)) for statement in body]
            for start in range(len(body)):
                total = 0
                for end in range(start, len(body)):
                    total += sizes[end]
                    if total >= least or (end - start + 1 >= SEVERAL and 3 * total >= 2 * least):
                        place = Place(file, _first_line(body[start]), body[end].end_lineno or 0)
                        runs[_shape(body[start : end + 1], local)].append(
                            _Run(file, number, start, end, place)
                        )
    pairs = {
        tuple(sorted((one.place, two.place)))
        for same in runs.values()
        for k, one in enumerate(same)
        for two in same[k + 1 :]
        if not _overlap(one, two)
    }
    found: list[tuple[Place, Place]] = []
    for one, two in sorted(pairs, key=lambda pair: pair[0].first - pair[0].last):
        if not any(_inside(one, a) and _inside(two, b) for a, b in found):
            found.append((one, two))
    return found


def _blocks(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], frozenset[str]]]:
    """Every list of statements with the names that are local to the function around it."""

    def walk(node: ast.AST, local: frozenset[str]) -> Iterator[tuple[list[ast.stmt], frozenset[str]]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            local = local | _locals(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                code = [statement for statement in block if not _is_text(statement)]
                if not isinstance(node, ast.Module | ast.ClassDef):
                    yield code, local
        for child in ast.iter_child_nodes(node):
            yield from walk(child, local)

    yield from walk(tree, frozenset())


def _locals(function: ast.AST) -> frozenset[str]:
    names = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    names |= {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    return frozenset(names)


def _shape(statements: Sequence[ast.stmt], local: frozenset[str]) -> str:
    """The statements as text, local names numbered in the order of their first use."""
    numbers: dict[str, int] = {}

    def show(node: object) -> str:
        if isinstance(node, ast.AST):
            skipped = ("annotation", "returns", "type_comment", "ctx", "type_ignores", "kind")
            fields = [show(value) for name, value in ast.iter_fields(node) if name not in skipped]
            return f"{type(node).__name__}({','.join(fields)})"
        if isinstance(node, list):
            return f"[{','.join(show(item) for item in node if not _is_text(item))}]"
        if isinstance(node, str) and node in local:
            return str(numbers.setdefault(node, len(numbers)))
        return repr(node)

    return show(list(statements))


def _is_text(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def _overlap(one: _Run, two: _Run) -> bool:
    same = (one.file, one.block) == (two.file, two.block)
    return same and one.start <= two.end and two.start <= one.end


def _inside(inner: Place, outer: Place) -> bool:
    return inner.file == outer.file and outer.first <= inner.first and inner.last <= outer.last


def main(arguments: Sequence[str]) -> int:
    """Look through folders or files, and print what stands twice."""
    places = [Path(a) for a in arguments] or [ROOT / place for place in PLACES]
    files = sorted(f for place in places for f in ([place] if place.is_file() else place.rglob("*.py")))
    sources = [
        (f.relative_to(ROOT).as_posix() if f.is_relative_to(ROOT) else str(f), f.read_text("utf-8"))
        for f in files
    ]
    found = [pair for pair in repeated(sources) if frozenset(p.file for p in pair) not in ALLOWED]
    for one, two in found:
        print(f"{one}: the same statements stand in {two}")
    if found:
        print(f"{len(found)} places stand twice: give them one home", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
