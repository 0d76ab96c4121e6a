"""The longest common subsequence of two strings."""

from __future__ import annotations

from collections.abc import Sequence


def longest_common_subsequence(a: str, b: str) -> str:
    """The longest string that is a subsequence of both.

    Of several, the one that the dynamic programming table gives if ties skip a character of `b`.
    """
    if a == b:
        return a
    # A common prefix is part of the result; most readings differ in a letter or two.
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    return a[:head] + _by_table(a[head:], b[head:])


def _by_table(a: str, b: str) -> str:
    if not a or not b:
        return ""
    table: list[Sequence[int]] = [[0] * (len(b) + 1)]
    for x in a:
        above = table[-1]
        row = [0]
        for j, y in enumerate(b):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
        table.append(row)
    i, j = len(a), len(b)
    common: list[str] = []
    while i and j:
        if a[i - 1] == b[j - 1]:
            common.append(a[i - 1])
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return "".join(reversed(common))
