"""Count imports that point against the layers, module names in strings that do so, and cycles of modules.

    python -m tools.imports

The layers are those of the contracts in ``pyproject.toml``, of the whole package and of packages inside it. Imports
inside functions and for type checkers count as well. Prints the numbers, which `import-linter` does not, with what is
behind them, and ends with status 1 where one is not 0.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import grimp

if sys.version_info >= (3, 11):
    import tomllib
else:
    # Import Linter depends on it there.
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
#: Names in strings that stay, with the reason.
ALLOWED = {
    ("ocr.document", "ocr.writers.outputs"): "Document.save and its like: writers are built on the record",
}
_MODULE_NAME = re.compile(r"(ocr(?:\.\w+)+)(?::\w+)?")


def layers(pyproject: Path) -> list[Sequence[str]]:
    """The layered contracts of a project, of each the full names of its layers from the highest to the lowest."""
    contracts = tomllib.loads(pyproject.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    found = []
    for contract in contracts:
        if contract["type"] == "layers":
            for container in contract.get("containers", [""]):
                prefix = f"{container}." if container else ""
                found.append([f"{prefix}{line}".replace("| ", f"| {prefix}") for line in contract["layers"]])
    return found


def ranks(contract: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of each package its layer, counted from the highest, and its place within the layer."""
    return {
        name.strip(): (rank, place)
        for rank, line in enumerate(contract)
        for place, name in enumerate(line.split("|"))
    }


def points_back(importer: str, imported: str, known: Mapping[str, tuple[int, int]]) -> bool:
    """Whether an import leads from a layer to a higher one, or to another package of the same layer."""
    here, there = _rank(importer, known), _rank(imported, known)
    if here is None or there is None:
        return False
    return there[0] < here[0] or (there[0] == here[0] and there[1] != here[1])


def _rank(module: str, known: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
    while module and module not in known:
        module = module.rpartition(".")[0]
    return known.get(module)


def imports(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """All direct imports, as importer and imported."""
    return {
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }


def named_in_strings(package: Path, modules: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Strings of the code that name a module: the module that holds the string, and the one that it names."""
    known = set(modules)
    for file in sorted(package.rglob("*.py")):
        parts = [package.name, *file.relative_to(package).with_suffix("").parts]
        importer = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = _MODULE_NAME.fullmatch(node.value)
                if match and match[1] in known:
                    yield importer, match[1]


def cycles(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of modules of which each imports, over others, all others of the group (Tarjan, 1972)."""
    following: dict[str, set[str]] = {}
    for importer, imported in pairs:
        following.setdefault(importer, set()).add(imported)
        following.setdefault(imported, set())
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for imported in sorted(following[module]):
            if imported not in number:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], number[imported])
        if lowest[module] == number[module]:
            group = [stack.pop()]
            while group[-1] != module:
                group.append(stack.pop())
            if len(group) > 1:
                groups.append(sorted(group))

    for module in sorted(following):
        if module not in number:
            visit(module)
    return groups


def main() -> int:
    """Print the numbers; 1 where one is not 0."""
    graph = grimp.build_graph("ocr", cache_dir=None)
    pairs = imports(graph)
    known = [ranks(contract) for contract in layers(ROOT / "pyproject.toml")]
    back = {f"{a} imports {b}" for rank in known for a, b in pairs if points_back(a, b, rank)}
    strings = {
        f"{a} names {b} in a string"
        for rank in known
        for a, b in named_in_strings(ROOT / "src" / "ocr", graph.modules)
        if points_back(a, b, rank) and (a, b) not in ALLOWED
    }
    round_trips = [" <-> ".join(group) for group in cycles(pairs)]
    for line in [*sorted(back | strings), *round_trips]:
        print(line)
    print(f"{len(back)} back-pointing imports, {len(strings)} in strings, {len(round_trips)} cycles")
    return 1 if back or strings or round_trips else 0


if __name__ == "__main__":
    sys.exit(main())
