"""Find configuration that does nothing: keys that no code reads, keys that no code accepts, files of no task.

    python -m tools.config_keys

Every key of every file below ``src/ocr/configs`` must be one of these:

- a parameter of the ``_target_`` beside it (that of the composed configuration, so that a file may state a difference
  alone),
- read by the code as ``cfg.a.b`` or ``cfg["a"]["b"]``, also by way of a local name,
- referred to by another file as ``${a.b}``,
- part of a section that the code gives to a function or class as a whole (``SizePolicy(**cfg.policy)``,
  ``prepare(network, cfg.hardware)``) which has such a parameter or names the key.

Ends with status 1 where something is found.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

ROOT = Path(__file__).resolve().parent.parent
#: Keys that mean something to Hydra.
_HYDRA = frozenset({"_target_", "_partial_", "_convert_", "_recursive_", "_args_", "defaults"})
#: Calls that hand a section on unchanged, and the one that builds what ``_target_`` says.
_TRANSPARENT, _BUILDER = frozenset({"to_container", "create", "dict"}), "instantiate"

Key = tuple[str, ...]


@dataclass
class Uses:
    """What the code does with the configuration.

    Attributes:
        read: keys whose value is read, or that are built as a whole.
        given: sections and the functions and classes that get them as a whole.
    """

    read: set[Key] = field(default_factory=set)
    given: dict[Key, list[Any]] = field(default_factory=dict)


def uses(package: Path, name: str) -> Uses:
    """Search the modules of a package.

    Args:
        package: folder of the package.
        name: its name to import by.
    """
    found = Uses()
    for file in sorted(package.rglob("*.py")):
        source = file.read_text("utf-8")
        if "cfg" not in source and "settings" not in source:
            continue
        parts = [name, *file.relative_to(package).with_suffix("").parts]
        module = importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        _Search(found, module).visit(ast.parse(source))
    return found


class _Search(ast.NodeVisitor):
    """Collects the uses of one module; a local name may stand for a section."""

    def __init__(self, found: Uses, module: ModuleType) -> None:
        self.found, self.module = found, module
        self.names: dict[str, Any] = {}
        self.sections: dict[str, Key] = {}
        self.calls: list[ast.Call] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        names, sections = dict(self.names), dict(self.sections)
        self.generic_visit(node)
        self.names, self.sections = names, sections

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            try:
                whole = importlib.import_module(node.module or "")
                self.names[alias.asname or alias.name] = getattr(
                    whole, alias.name, None
                ) or importlib.import_module(f"{node.module}.{alias.name}")
            except ImportError:
                continue

    def visit_Assign(self, node: ast.Assign) -> None:
        key = self.key(node.value)
        if key and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.sections[node.targets[0].id] = key
            self.found.read.add(key)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if self.key(node):
            self.use(node)
            return
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        through = called in _TRANSPARENT
        if not through:
            self.calls.append(node)
        self.generic_visit(node)
        if not through:
            self.calls.pop()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.use(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.use(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.sections:
            self.use(node)

    def use(self, node: ast.expr) -> None:
        key = self.key(node)
        if not key:
            self.generic_visit(node)
            return
        self.found.read.add(key)
        if self.calls and node is not self.calls[-1].func:
            target = self.value(self.calls[-1].func)
            if target is not None:
                self.found.given.setdefault(key, []).append(target)

    def key(self, node: ast.expr) -> Key | None:
        """The key that an expression reads; ``()`` is the whole configuration, ``None`` something else."""
        if isinstance(node, ast.Name):
            return self.sections.get(node.id, () if node.id in ("cfg", "settings") else None)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            part = node.args[0] if node.args else None
            above = self.key(node.func.value)
        elif isinstance(node, ast.Subscript):
            part, above = node.slice, self.key(node.value)
        elif isinstance(node, ast.Attribute):
            if node.attr == "settings":
                return ()
            part, above = ast.Constant(node.attr), self.key(node.value)
        else:
            return None
        if above is None or not isinstance(part, ast.Constant) or not isinstance(part.value, str):
            return None
        return (*above, part.value)

    def value(self, node: ast.expr) -> Any:
        """What a name of the code stands for, as far as it was imported or is defined in the module."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, getattr(self.module, node.id, None))
        if isinstance(node, ast.Attribute):
            above = self.value(node.value)
            return getattr(above, node.attr, None)
        return None


def accepts(target: Any, key: str) -> bool:
    """Whether a function or class has a parameter of this name, or takes any."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.name == key or p.kind is p.VAR_KEYWORD for p in parameters)


def takes(target: Any, key: str) -> bool:
    """Whether a function or class that gets a whole section has a use for one of its keys."""
    owner = getattr(target, "__self__", None)
    if getattr(target, "__name__", "") == _BUILDER:
        return False
    if inspect.isclass(owner) and accepts(owner, key):
        return True
    try:
        if inspect.isclass(target):
            return accepts(target, key)
        if key in inspect.signature(target).parameters:
            return True
        tree = ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (TypeError, ValueError, OSError, SyntaxError):
        return False
    named = {n.slice.value for n in ast.walk(tree) if _names(n)}  # type: ignore[attr-defined]
    return key in named | {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}


def _names(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)


@dataclass(frozen=True)
class File:
    """A configuration file.

    Attributes:
        path: of the file.
        place: where its keys go.
        own: its keys.
        override: what chooses it on the command line; ``""`` for a task's own file.
    """

    path: Path
    place: Key
    own: dict[str, Any]
    override: str


def files(configs: Path) -> Iterator[File]:
    """All files of a folder of Hydra groups."""
    for path in sorted(configs.rglob("*.yaml")):
        text = path.read_text("utf-8")
        group = path.parent.relative_to(configs).parts
        package = re.search(r"^# @package (\S+)", text, re.MULTILINE)
        place = group if package is None else () if package[1] == "_global_" else tuple(package[1].split("."))
        override = f"{'/'.join(group)}={path.stem}" if group else ""
        yield File(path, place, yaml.safe_load(text) or {}, override)


def check(configs: Path, found: Uses) -> list[str]:
    """Hold every file against the uses.

    Returns:
        Faults as ``FILE: KEY: what is wrong``.
    """
    listed = list(files(configs))
    referred = {
        tuple(match[1].split("."))
        for file in listed
        for match in re.finditer(r"\$\{([\w.]+)\}", file.path.read_text("utf-8"))
    }
    known = Uses(found.read | referred, found.given)
    tasks = [file.path.stem for file in listed if not file.place and not file.override]
    faults: dict[str, None] = {}
    with initialize_config_dir(str(configs), version_base="1.3"):
        for file in listed:
            where = file.path.relative_to(configs).as_posix()
            composed = list(_compositions(file, tasks))
            if not composed:
                faults[f"{where}: no task composes with it"] = None
            for whole in composed:
                node: Any = whole
                for part in file.place:
                    node = node.get(part, {}) if isinstance(node, Mapping) else {}
                for fault in _walk(file.own, node, file.place, known):
                    faults[f"{where}: {fault}"] = None
    return list(faults)


def _compositions(file: File, tasks: list[str]) -> Iterator[dict[str, Any]]:
    for task in tasks if file.override else [file.path.stem]:
        for prefix in ("", "+"):
            try:
                cfg = compose(task, [f"{prefix}{file.override}"] if file.override else [])
            except (HydraException, OmegaConfBaseException):
                continue
            yield OmegaConf.to_container(cfg)  # type: ignore[misc]
            break


def _walk(own: Mapping[str, Any], whole: Any, place: Key, known: Uses) -> Iterator[str]:
    """Faults of the keys of one section; ``whole`` is the same section composed."""
    target = whole.get("_target_") if isinstance(whole, Mapping) else None
    made = _locate(target) if target else None
    if target and made is None:
        yield f"{'.'.join((*place, '_target_'))}: there is no {target}"
        return
    for key, value in own.items():
        if key in _HYDRA:
            continue
        path = (*place, key)
        inner = whole.get(key) if isinstance(whole, Mapping) else None
        name = ".".join(path)
        if made is not None:
            if not accepts(made, key):
                yield f"{name}: {target} has no parameter {key!r}"
            yield from _parts(value, inner, path, known)
        elif isinstance(value, Mapping) and (value or path not in known.read):
            if "_target_" in (inner or {}) and path not in known.read:
                yield f"{name}: nothing builds it"
            elif not value:
                yield f"{name}: nothing reads it"
            yield from _walk(value, inner, path, known)
        elif path not in known.read and not any(takes(t, key) for t in known.given.get(place, [])):
            yield f"{name}: nothing reads it"


def _parts(value: Any, whole: Any, place: Key, known: Uses) -> Iterator[str]:
    """Faults of what is built inside a parameter's value."""
    if isinstance(value, Mapping):
        if isinstance(whole, Mapping) and "_target_" in whole:
            yield from _walk(value, whole, place, known)
        else:
            for key, part in value.items():
                inner = whole.get(key) if isinstance(whole, Mapping) else None
                yield from _parts(part, inner, (*place, key), known)


def _locate(target: str) -> Any:
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found
    return None


def main() -> int:
    """Check the configuration of this repository and print what does nothing."""
    package = ROOT / "src" / "ocr"
    faults = check(package / "configs", uses(package, "ocr"))
    for fault in faults:
        print(f"src/ocr/configs/{fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
