"""Edit distance, error rates and token F1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.metrics import TextErrors, TokenF1, character_error_rate, edit_distance
from ocr.metrics.lcs import longest_common_subsequence

words = st.text(alphabet="abcAB €é\U0001f600", max_size=80)


def table_distance(a: str, b: str) -> int:
    """The textbook table, a cell at a time."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def table_common(a: str, b: str) -> str:
    """The textbook table of strings, in the order that decides between equally long ones."""
    table = [["" for _ in range(len(b) + 1)] for _ in range(len(a) + 1)]
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            up, left = table[i - 1][j], table[i][j - 1]
            table[i][j] = table[i - 1][j - 1] + x if x == y else up if len(up) > len(left) else left
    return table[-1][-1]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("kitten", "sitting", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("", "", 0),
        ("TOTAL 12.90", "TOTAL 12.90", 0),
        ("TOTAL 12.90", "T0TAL12.90", 2),
        ("ab", "ba", 2),  # a swap is two edits
        ("x" * 200, "x" * 199 + "y", 1),  # longer than a machine word
        (["a", "bc"], ["a", "b", "c"], 2),  # words instead of characters
    ],
)
def test_edit_distance(a: str, b: str, expected: int) -> None:
    assert edit_distance(a, b) == expected
    assert edit_distance(b, a) == expected


@given(words, words)
def test_edit_distance_is_that_of_the_table(a: str, b: str) -> None:
    assert edit_distance(a, b) == table_distance(a, b)


@given(words, words)
def test_longest_common_subsequence_is_that_of_the_table(a: str, b: str) -> None:
    assert longest_common_subsequence(a, b) == table_common(a, b)


def test_character_error_rate_of_an_empty_truth() -> None:
    assert character_error_rate("", "") == 0
    assert character_error_rate("", "x") == 1
    assert character_error_rate("ab", "abcdef") == 2  # more errors than characters


def test_errors_are_summed_before_dividing() -> None:
    errors = TextErrors()
    assert errors.add("TOTAL 12.90", "TOTAL 12.80") == 1
    assert errors.add("a", "a") == 0
    assert errors.add("bb cc", "") == 5
    result = errors.result()
    assert result.cer == pytest.approx(6 / 17)
    assert result.wer == pytest.approx(3 / 5)
    assert result.line_accuracy == pytest.approx(1 / 3)
    assert result.lines == 3


def test_merged_errors_are_the_errors_of_both() -> None:
    first, second, both = TextErrors(), TextErrors(), TextErrors()
    for errors, pair in ((first, ("abc", "abd")), (second, ("x y", "xy"))):
        errors.add(*pair)
        both.add(*pair)
    first.merge(second)
    assert first.result() == both.result()


def test_no_lines_have_no_errors_and_no_accuracy() -> None:
    assert TextErrors().result().to_dict() == {"cer": 0, "wer": 0, "line_accuracy": 0, "lines": 0}


def test_tokens_are_upper_cased_and_counted_as_a_multiset() -> None:
    score = TokenF1().add(["Total 5.00 5.00"], ["5.00 TOTAL", "x"])
    assert score.recall == pytest.approx(2 / 3)
    assert score.precision == pytest.approx(2 / 3)


def test_a_lost_space_costs_three_tokens() -> None:
    score = TokenF1().add(["A B C"], ["AB C"])
    assert (score.recall, score.precision) == (pytest.approx(1 / 3), pytest.approx(1 / 2))


def test_token_f1_is_summed_over_receipts_and_its_mean_is_not() -> None:
    tokens = TokenF1()
    tokens.add(["a b c d e f g h i"], ["a b c d e f g h i"])
    tokens.add(["x"], ["y"])
    result = tokens.result()
    assert result.f1 == pytest.approx(0.9)
    assert result.mean_f1 == pytest.approx(0.5)
    assert result.receipts == 2


def test_nothing_read_from_an_empty_receipt_is_right() -> None:
    assert TokenF1().add([], []).hmean == 1
    assert TokenF1().add([], ["x"]).hmean == 0
    assert TokenF1().add(["x"], []).hmean == 0


@given(st.lists(words, max_size=6), st.lists(words, max_size=6))
def test_token_f1_is_symmetric(a: list[str], b: list[str]) -> None:
    assert TokenF1().add(a, b).hmean == pytest.approx(TokenF1().add(b, a).hmean)
