"""What is reported of skipped steps: their number, the longest row and the files at fault."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.training.skipped import SkippedSteps  # noqa: E402


def steps(record: SkippedSteps, *found: tuple[bool, list[tuple[bool, str]]]) -> None:
    for skipped, batches in found:
        for own, name in batches:
            record.add_batch(torch.tensor(float(own)), [name])
        record.end_step(torch.tensor(float(skipped)))


def test_only_files_of_skipped_steps_are_named():
    record = SkippedSteps()
    steps(record, (False, [(False, "a")]), (True, [(True, "b")]), (False, [(False, "c")]))
    report = record.report()
    assert (report.total, report.new, report.longest, report.files) == (1, 1, 1, ("b",))
    assert record.report() == type(report)(1, 0, 0, ())


def test_of_batches_that_are_added_up_the_one_with_the_bad_loss_is_named():
    record = SkippedSteps()
    steps(record, (True, [(False, "a"), (True, "b"), (False, "c")]))
    assert record.report().files == ("b",)


def test_where_the_gradient_alone_went_wrong_all_files_of_the_step_are_named():
    record = SkippedSteps()
    steps(record, (True, [(False, "a"), (False, "b")]), (True, [(True, "c")]))
    assert record.report().files == ("a", "b", "c")


def test_a_row_goes_on_over_reports_and_is_found_though_it_has_ended():
    record = SkippedSteps()
    bad, good = (True, [(True, "x")]), (False, [(False, "y")])
    steps(record, good, bad)
    assert record.report().longest == 1
    steps(record, bad, bad, good, bad)
    report = record.report()
    assert (report.longest, report.total, report.new) == (3, 4, 3)


def test_many_files_are_counted():
    record = SkippedSteps()
    steps(record, *((True, [(True, f"page{k}")]) for k in range(25)))
    assert record.report().listed.endswith("page19 and 5 more")
