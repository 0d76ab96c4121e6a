"""How large the container of deploy/Dockerfile is, from the packages that are installed here; nothing is built.

    python benchmarks/container_size.py [--base 125]

Adds up the files of receipt-ocr[serve], which has [formats], and all that it needs, without what the Dockerfile
removes. ``--base`` are the megabytes of python:3.12-slim without compression.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
from importlib import metadata
from pathlib import Path

#: What the Dockerfile removes from site-packages, and what is never installed there.
REMOVED = (
    *("cv2/data/*", "numpy/*/tests/*", "numpy/tests/*", "numpy/_core/include/*", "numpy/_core/lib/*"),
    *("numpy/f2py/*", "numpy/distutils/*", "numpy/random/lib/*", "onnxruntime/capi/libonnxruntime.so.*"),
    # PDFs are written without them.
    *("PIL/*", "pillow.libs/*", "lxml/*"),
    *(
        "onnxruntime/transformers/*",
        "onnxruntime/quantization/*",
        "onnxruntime/tools/*",
        "onnxruntime/datasets/*",
    ),
    *("*.pyi", "*.pyc"),
)


def needed(name: str, *extra: str) -> set[str]:
    """The distributions that one needs, by their names, itself included."""
    found: dict[str, set[str]] = {}
    waiting = [(name, set(extra))]
    while waiting:
        one, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", one).lower()
        if key in found and extras <= found[key]:
            continue
        found.setdefault(key, set()).update(extras)
        for text in metadata.requires(one) or ():
            requirement, _, marker = (part.strip() for part in text.partition(";"))
            asked = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
            if asked is not None and asked[1] not in extras:
                continue
            if "sys_platform == " in marker and "linux" not in marker:
                continue
            match = re.match(r"([\w.-]+)\s*(?:\[([^\]]*)\])?", requirement)
            assert match is not None
            try:
                metadata.distribution(match[1])
            except metadata.PackageNotFoundError:
                # A marker that does not hold here.
                continue
            waiting.append((match[1], {word.strip() for word in (match[2] or "").split(",") if word.strip()}))
    return set(found)


def size(name: str) -> int:
    """Bytes of the files of a distribution that the container keeps."""
    total = 0
    for file in metadata.files(name) or ():
        path = Path(str(file.locate()))
        if path.is_file() and not any(fnmatch.fnmatch(str(file), pattern) for pattern in REMOVED):
            total += path.stat().st_size
    return total


def main() -> None:
    """Print the sizes, the largest first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=float, default=125.0, help="megabytes of the image below")
    base = parser.parse_args().base
    sizes = {name: size(name) / 1e6 for name in needed("receipt-ocr", "serve", "formats")}
    # An editable installation lists no files of its own.
    source = Path(__file__).parent.parent
    own = [
        path for folder in ("src/ocr", "examples") for path in (source / folder).rglob("*") if path.is_file()
    ]
    sizes["receipt-ocr"] = sum(path.stat().st_size for path in own if path.suffix != ".pyc") / 1e6
    for name, megabytes in sorted(sizes.items(), key=lambda one: -one[1]):
        if megabytes >= 1:
            print(f"{name:<28} {megabytes:7.1f} MB")
    print(f"{'all packages':<28} {sum(sizes.values()):7.1f} MB")
    print(f"{'with the base image':<28} {sum(sizes.values()) + base:7.1f} MB")


if __name__ == "__main__":
    main()
