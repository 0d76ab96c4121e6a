"""The search for code that stands twice finds planted copies and leaves the rest alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import repeated_code

ORIGINAL = '''
def mean_of_positive(values, scale=1.0):
    """Say what it does."""
    total, count = 0.0, 0
    for value in values:
        if value > 0:
            total += value * scale
            count += 1
    if count == 0:
        raise ValueError("no positive value")
    return total / count
'''
#: The same under other names, with annotations, another docstring and something before and after it.
COPY = '''
class Other:
    def run(self, rows: list[float], factor: float = 2.0) -> float:
        """Say something else."""
        print("start")
        summed, number = 0.0, 0
        for row in rows:
            if row > 0:
                summed += row * factor
                number += 1
        if number == 0:
            raise ValueError("no positive value")
        return summed / number
'''


def found(*sources: str, least: int = 30) -> list[str]:
    named = [(f"{chr(97 + k)}.py", source) for k, source in enumerate(sources)]
    return [f"{one} {two}" for one, two in repeated_code.repeated(named, least)]


def test_a_copy_under_other_names_is_found_once_with_its_lines():
    assert found(ORIGINAL, COPY) == ["a.py:4-11 b.py:6-13"]


def test_a_copy_in_the_same_file_is_found():
    assert found(ORIGINAL + ORIGINAL.replace("mean_of", "other")) == ["a.py:4-11 a.py:15-22"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value * scale", "value + scale"),
        ("value > 0", "value > 1"),
        ("count += 1", "total += 1"),
        ('"no positive value"', '"nothing"'),
        ("total / count", "total / len(values)"),
    ],
)
def test_code_that_does_something_else_is_no_copy(old, new):
    # What is left on either side of the difference is too small to count.
    named = [("a.py", ORIGINAL), ("b.py", ORIGINAL.replace(old, new))]
    assert repeated_code.repeated(named, least=60) == []


def test_names_from_outside_the_function_count():
    assert found(ORIGINAL, ORIGINAL.replace("ValueError", "KeyError"), least=60) == []


def test_the_command_names_both_places_and_ends_with_one(tmp_path: Path, capsys):
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("def twice(value):\n    more = 2 * value\n    return more + 1\n")
    assert repeated_code.main([str(tmp_path)]) == 0
    (tmp_path / "one.py").write_text(ORIGINAL)
    (tmp_path / "two.py").write_text(ORIGINAL.replace("total", "t"))
    assert repeated_code.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "one.py:4-" in printed
    assert "two.py:4-" in printed


def test_several_short_statements_are_found_before_a_few_of_the_same_size():
    several = "def f(a):\n" + "".join(f"    a[{k}] = a[{k + 1}] + a[{k + 2}]\n" for k in range(4))
    few = "def f(a):\n    a[0] = " + " + ".join(f"a[{k}]" for k in range(13)) + "\n"
    for source, places in ((several, 1), (few, 0)):
        size = sum(1 for _ in ast.walk(ast.parse(source).body[0])) - 5
        assert 40 <= size < 100
        assert len(found(source, source, least=size + size // 4)) == places
