"""Checks of this installation: packages, models, and reading a page end to end."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ocr
from ocr.errors import OcrError

_DISTRIBUTION = "receipt-ocr"
#: Packages of the core installation by the imported module.
_CORE = {
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime",
    "pyclipper": "pyclipper",
    "pypdfium2": "pypdfium2",
    "typer": "typer",
    "rich": "rich",
}
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?.*?extra\s*==\s*['\"]([^'\"]+)['\"]")
_SELF_REQUIREMENT = re.compile(r"[-_.]+")
#: Text rows on the page of the self-test.
ROWS = ("CORNER SHOP", "BREAD 2.40", "TOTAL 2.40")


@dataclass(frozen=True)
class Check:
    """Result of one check.

    Attributes:
        name: of the check.
        status: ``ok``, ``note`` (nothing is broken) or ``fail``.
        message: the result in words.
        facts: the result as values for programs.
    """

    name: str
    status: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def examine() -> list[Check]:
    """Run all checks. An exception in a check makes it a failed one."""
    checks: list[tuple[str, Callable[[], list[Check]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("machine", _machine),
        ("execution providers", _providers),
        ("extras", _extras),
        ("models", _models),
        ("self-test", _self_test),
    ]
    results: list[Check] = []
    for name, check in checks:
        try:
            results += check()
        except OcrError as error:
            results.append(Check(name, "fail", str(error), {"code": error.code}))
        except Exception as error:  # Importing a broken package can raise anything.
            results.append(Check(name, "fail", f"{type(error).__name__}: {error}"))
    return results


def _python() -> list[Check]:
    facts = {
        "ocr": ocr.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    message = f"ocr {ocr.__version__}, Python {facts['python']}, {facts['system']} {facts['machine']}"
    return [Check("python", "ok" if sys.version_info >= (3, 10) else "fail", message, facts)]


def _packages() -> list[Check]:
    versions = {
        name: _version(name) or "unknown version"
        for module, name in _CORE.items()
        if importlib.util.find_spec(module) is not None
    }
    missing = [name for name in _CORE.values() if name not in versions]
    if missing:
        message = f"missing: {', '.join(missing)}; install {_DISTRIBUTION} again"
        return [Check("packages", "fail", message, {"versions": versions, "missing": missing})]
    message = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [Check("packages", "ok", message, {"versions": versions, "missing": []})]


def _machine() -> list[Check]:
    from ocr.runtime.machine import look

    machine = look()
    quota = "" if machine.core_quota is None else f", {machine.core_quota:.2g} of them by quota"
    message = f"{machine.usable_cores} cores usable of {machine.cores or '?'}{quota}"
    for label, size in (
        ("memory", machine.memory),
        ("free", machine.free_memory),
        ("limited to", machine.memory_limit),
    ):
        if size is not None:
            message += f", {label} {size / 2**30:.1f} GiB"
    throttled = machine.core_quota is not None and machine.core_quota < machine.usable_cores
    if throttled:
        message += f"; give --threads {max(1, int(machine.core_quota or 1))} to stay within the quota"
    return [Check("machine", "note" if throttled else "ok", message, vars(machine))]


def _providers() -> list[Check]:
    from ocr.engine import providers
    from ocr.engine.runtime import available_providers

    installed, wanted = available_providers(), providers.chosen()
    missing = [name for name in wanted if name not in installed]
    names = ", ".join(map(providers.short_name, installed))
    facts = {"installed": list(installed), "chosen": list(wanted), "missing": missing}
    if missing:
        absent = ", ".join(map(providers.short_name, missing))
        message = (
            f"{providers.VARIABLE} names {absent}, which ONNX Runtime does not have here; it has {names}"
        )
        return [Check("execution providers", "note", message, facts)]
    used = ", ".join(map(providers.short_name, wanted))
    return [Check("execution providers", "ok", f"{names}; in use {used}", facts)]


def _extras() -> list[Check]:
    extras = extra_requirements()
    if not extras:
        return [Check("extras", "note", f"{_DISTRIBUTION} is not installed, so its extras are not known")]
    checks = []
    for name, packages in extras.items():
        missing = [package for package in packages if _version(package) is None]
        installed = len(packages) - len(missing)
        facts = {"installed": not missing, "missing": missing}
        if not missing:
            message = "installed"
        elif not installed:
            message = f"not installed; pip install '{_DISTRIBUTION}[{name}]'"
        else:
            named = ", ".join(missing[:4]) + (" …" if len(missing) > 4 else "")
            message = f"{installed} of {len(packages)} packages; missing {named}"
        checks.append(
            Check(f"extra {name}", "note" if 0 < installed < len(packages) else "ok", message, facts)
        )
    return checks


def extra_requirements() -> dict[str, tuple[str, ...]]:
    """The packages of each extra, declared by the installed distribution; empty if it is not installed."""
    try:
        declared = importlib.metadata.metadata(_DISTRIBUTION)
        requirements = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    direct: dict[str, list[str]] = {name: [] for name in declared.get_all("Provides-Extra") or []}
    included: dict[str, list[str]] = {name: [] for name in direct}
    for requirement in requirements:
        parts = _REQUIREMENT.match(requirement)
        if parts is None or parts[3] not in direct:
            continue
        if _SELF_REQUIREMENT.sub("-", parts[1]).lower() == _DISTRIBUTION:
            included[parts[3]] += [extra.strip() for extra in (parts[2] or "").split(",")]
        else:
            direct[parts[3]].append(parts[1])
    return {
        name: tuple(dict.fromkeys(p for extra in (name, *included[name]) for p in direct.get(extra, [])))
        for name in direct
    }


def _models() -> list[Check]:
    from ocr.engine.catalogue import Catalogue
    from ocr.errors import ModelInvalid

    catalogue = Catalogue()
    defaults = {entry.name: entry for entry in catalogue.entries() if entry.default}
    checks = []
    for name, error in catalogue.verify():
        default = defaults.get(name)
        if error is not None:
            # A damaged model that is not in use is only a note.
            status = "note" if default is None else "fail"
            checks.append(Check(f"model {name}", status, str(error), {"code": ModelInvalid.code}))
            continue
        use = "verified" if default is None else f"verified, default for {default.task}"
        checks.append(Check(f"model {name}", "ok", use))
    return checks


def _self_test() -> list[Check]:
    import cv2
    import numpy as np

    from ocr.pipeline.reader_cache import shared_reader

    page = np.full((60 + 90 * len(ROWS), 460, 3), 255, np.uint8)
    for row, text in enumerate(ROWS):
        place = (30, 80 + 90 * row)
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, (0, 0, 0), 2, cv2.LINE_AA)
    started = time.perf_counter()
    reader = shared_reader()
    loaded = time.perf_counter()
    document = reader.read(page)
    ended = time.perf_counter()
    texts = [line.text for line in document.lines]
    exact = sum(row in {text.upper().strip() for text in texts} for row in ROWS)
    facts = {
        "models": {model.task: {"name": model.name, "sha256": model.sha256} for model in reader.models},
        "lines": texts,
        "rows_read_exactly": exact,
        "seconds_to_load": round(loaded - started, 3),
        "seconds_to_read": round(ended - loaded, 3),
    }
    message = (
        f"{len(texts)} lines found on a page of {len(ROWS)}, {exact} read exactly; loaded in "
        f"{loaded - started:.2f} s, read in {ended - loaded:.2f} s"
    )
    return [Check("self-test", "ok" if texts else "fail", message, facts)]


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
