"""One network and one reader under many threads; ``benchmarks/concurrency.py`` does the same in full."""

from __future__ import annotations

from ocr.engine.backends import network
from ocr.engine.model_file import ModelFile
from ocr.pipeline.reader import Reader
from tests import concurrency
from tests.models_for_tests import detection_model


def test_sixteen_threads_on_one_session_get_the_serial_answers() -> None:
    tiny = network(ModelFile.load(detection_model(), task="detection"), 1)
    assert concurrency.network_calls(tiny, 16, 1600) == (0, 1600)


def test_eight_threads_read_what_one_reads(reader: Reader) -> None:
    assert concurrency.reader_calls(reader, 8, 96, concurrency.receipts(6)) == (0, 96)


def test_a_wrong_answer_would_be_counted() -> None:
    assert concurrency.wrong_answers(4, 40, lambda k: b"x", [b"x", b"y"]) == (20, 40)
