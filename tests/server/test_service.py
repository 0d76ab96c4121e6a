"""The service as programs use it: over a socket, with good, bad and hostile requests."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

import ocr
from ocr.document import Document
from ocr.errors import DeadlineExceeded, ImageDecodeFailed, UnsupportedMediaType
from ocr.pipeline.client import Client, ServerUnreachable
from ocr.pipeline.reader import Reader
from tests.models_for_tests import receipt_like, recognition_model
from tests.pictures import encoded, encrypted_pdf, pdf, png_header
from tests.server.conftest import Server, web
from tests.waiting import PATIENCE, until

PAGE = receipt_like()
GOOD = encoded(PAGE, "PNG")


def test_a_receipt_is_read_as_here(server: Server, models: tuple[Path, Path]) -> None:
    expected = Reader(*models).read(GOOD)
    assert Document.from_dict(server.post(data=GOOD).json()) == expected
    form = web.post(server.url + "/v1/read", files={"file": ("my receipt.png", GOOD)})
    assert form.status_code == 200
    assert form.json()["source"] == "my receipt.png"
    assert form.json()["pages"] == expected.to_dict()["pages"]
    regions = server.post("/v1/detect", GOOD).json()
    assert [line["text"] for line in regions["pages"][0]["lines"]] == [""] * len(expected.lines)


def test_the_answer_has_the_format_that_was_asked_for(server: Server) -> None:
    text = Document.from_dict(server.post(data=GOOD).json()).text
    by_header = server.post(data=GOOD, headers={"Accept": "text/html;q=0, text/plain"})
    assert by_header.headers["content-type"].startswith("text/plain")
    assert by_header.text == text + "\n" == server.post("/v1/read?format=text", GOOD).text
    pages = server.post(data=pdf([PAGE, PAGE]), headers={"Accept": "application/x-ndjson"})
    assert [json.loads(row)["page"] for row in pages.text.splitlines()] == [0, 1]
    for name, beginning in (
        ("pdf", b"%PDF-"),
        ("png", b"\x89PNG"),
        ("xlsx", b"PK"),
        ("html", b"<!doctype html>"),
    ):
        answer = server.post(f"/v1/read?format={name}", GOOD)
        assert (answer.status_code, answer.content[: len(beginning)].lower()) == (200, beginning.lower())
    refused = server.post(data=GOOD, headers={"Accept": "image/x-none"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    wrong = server.post("/v1/read?format=txet", GOOD)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_configuration")
    assert "'text'" in wrong.json()["detail"]


def test_many_files_are_answered_in_order_with_failures_in_their_place(server: Server) -> None:
    files = [("file", (f"{k}.png", GOOD if k % 2 else b"no picture")) for k in range(5)]
    answer = web.post(server.url + "/v1/read", files=files)
    rows = [json.loads(row) for row in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [row["source"] for row in rows] == [f"{k}.png" for k in range(5)]
    assert [row.get("code") for row in rows] == ["unsupported_media_type", None] * 2 + [
        "unsupported_media_type"
    ]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"hello, this is text", 415, "unsupported_media_type"),
        (GOOD[: len(GOOD) // 2], 422, "image_decode_failed"),
        (png_header(20_000, 20_000), 422, "image_too_large"),
        (png_header(1, 30_000), 422, "image_bad_aspect"),
        (encrypted_pdf(pdf([PAGE]), "secret"), 422, "pdf_encrypted"),
    ],
)
def test_bad_inputs_have_their_codes(server: Server, data: bytes, status: int, code: str) -> None:
    answer = server.post(data=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    "query", ["min_confidence=2", "min_confidence=nan", "min_confidence=x", "turn=round", "max_regions=1.5", "nix=1",
              "password=x", "limits=3"]
)  # fmt: skip
def test_wrong_parameters_are_refused_before_the_body_is_read(server: Server, query: str) -> None:
    answer = server.post(f"/v1/read?{query}", GOOD)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_configuration")


def test_parameters_are_those_of_the_options(server: Server) -> None:
    assert len(server.post("/v1/read?max_regions=1&turn=off", GOOD).json()["pages"][0]["lines"]) == 1


def test_a_password_travels_in_a_header(server: Server) -> None:
    answer = server.post(data=encrypted_pdf(pdf([PAGE]), "secret"), headers={"X-PDF-Password": "secret"})
    assert answer.status_code == 200


def test_unknown_paths_and_methods_are_problems(server: Server) -> None:
    for answer, status, code in (
        (web.get(server.url + "/nix"), 404, "not_found"),
        (web.get(server.url + "/v1/read"), 405, "method_not_allowed"),
        (web.get(server.url + "/v1/jobs/nix"), 404, "job_not_found"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_requests_for_other_hosts_and_from_other_origins_are_refused(server: Server) -> None:
    assert server.post(data=GOOD, headers={"Host": "evil.example"}).status_code == 421
    assert server.post(data=GOOD, headers={"Origin": "http://evil.example"}).status_code == 403
    assert server.post(data=GOOD, headers={"Origin": server.url}).status_code == 200
    answer = server.post(data=GOOD)
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_damaged_form_is_refused(server: Server) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"nonsense", b"--x\r\n\r\n", b"--x--\r\n"):
        answer = server.post(data=body, headers=kind)
        assert answer.status_code in (400, 422)
        assert answer.json()["code"] in ("form_invalid", "image_empty")
    named = web.post(server.url + "/v1/read", files={"file": (None, "text")})
    assert (named.status_code, named.json()["code"]) == (400, "form_invalid")


@pytest.fixture(scope="module")
def strict(start: Callable[..., Server]) -> Server:
    """A server that takes small bodies alone, and those within two seconds."""
    return start("--max-body", "2048", "--body-timeout", "2")


def _raw(server: Server, data: bytes) -> bytes:
    """What comes back for bytes on a socket until the server closes it."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_bodies_over_the_limit_are_refused_by_length_and_by_count(strict: Server) -> None:
    head = b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\n"
    by_length = _raw(strict, head + b"Content-Length: 4096\r\n\r\n")
    chunks = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(3))
    by_count = _raw(strict, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    for answer in (by_length, by_count):
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"body_too_large" in answer
    # In one piece, which comes in time on any machine.
    last = head + b"Connection: close\r\nContent-Length: 2048\r\n\r\n" + b"x" * 2048
    assert _raw(strict, last).startswith(b"HTTP/1.1 415")


def test_slow_senders_are_cut_off(strict: Server) -> None:
    assert _raw(strict, b"POST /v1/read HTTP/1.1\r\nHost: loc") == b""
    body = _raw(strict, b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nslow")
    assert body.startswith(b"HTTP/1.1 408")


def test_keys_are_asked_for_and_bounded(start: Callable[..., Server], tmp_path: Path) -> None:
    from ocr.server.keys import KeyFile

    keys = KeyFile(tmp_path / "keys.json")
    first, second, third, fourth = (keys.add(name) for name in ("first", "second", "third", "fourth"))
    # One a minute, which is soon more than even a slow machine answers.
    guarded = start("--rate", "1", "--workers", "1", folder=tmp_path)
    assert guarded.post(data=GOOD).status_code == 401
    assert guarded.post(data=GOOD, headers={"X-API-Key": first[:-1] + "x"}).status_code == 401
    assert web.get(guarded.url + "/live").status_code == 200
    bearer = {"Authorization": f"Bearer {first}"}
    statuses = [guarded.post("/v1/detect", GOOD, headers=bearer).status_code for _ in range(3)]
    assert set(statuses) == {200, 429}
    assert guarded.post(data=GOOD, headers={"X-API-Key": second}).status_code == 200
    job = Client(guarded.url, third).submit(GOOD)
    with pytest.raises(ocr.OcrError, match="no job"):
        Client(guarded.url, fourth).job(job)
    keys.remove("second")
    assert guarded.post(data=GOOD, headers={"X-API-Key": second}).status_code == 401
    assert first not in (tmp_path / "keys.json").read_text()


def test_another_host_needs_a_key(tmp_path: Path) -> None:
    from ocr.server.settings import ServeSettings
    from ocr.server.supervisor import Supervisor

    with pytest.raises(ocr.OcrError, match="a key is needed"):
        Supervisor(ServeSettings(host="0.0.0.0", port=0, keys=str(tmp_path / "none.json")))


def test_workers_that_cannot_start_end_the_server_however_long_they_take(
    models: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from ocr.server import supervisor
    from ocr.server.settings import ServeSettings

    monkeypatch.setattr(supervisor, "_QUICK_DEATH", 0.0)
    monkeypatch.setattr(supervisor, "_MAX_FAILED_STARTS", 1)
    sick = tmp_path / "sick.onnx"
    sick.write_bytes(recognition_model(poison=True))
    chosen = {"detection": str(models[0]), "recognition": str(sick), "data": str(tmp_path)}
    assert supervisor.Supervisor(ServeSettings(port=0, **chosen)).run() == 1
    told = capfd.readouterr().err
    assert "the recognition network answered with values that are not finite" in told
    assert told.endswith("ocr: error: workers cannot start\n")


def test_a_full_queue_refuses_at_once_and_answers_nobody_wrongly(start: Callable[..., Server]) -> None:
    small = start("--queue", "1", "--threads", "1")
    large = encoded(np.tile(PAGE, (4, 2, 1)), "PNG")
    answers: list[Any] = []
    refused: list[Any] = []

    def full() -> bool:
        with ThreadPoolExecutor(24) as pool:
            answers.extend(pool.map(lambda _: small.post(data=large), range(24)))
        refused.extend(answer for answer in answers if answer.status_code == 503)
        return bool(refused)

    # Once, where the requests come faster than they are answered.
    until(full)
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all(answer.json()["code"] == "overloaded" for answer in refused)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1


def test_a_deadline_that_passes_is_504(start: Callable[..., Server]) -> None:
    hurried = start("--deadline", "0.1", "--threads", "1")
    large = encoded(np.tile(PAGE, (30, 4, 1)), "PNG")
    assert hurried.post(data=large).json()["code"] == "deadline"
    with pytest.raises(DeadlineExceeded):
        Client(hurried.url).read(large)
    assert hurried.post(data=GOOD).status_code in (200, 504)


def test_a_caller_who_hangs_up_costs_no_inference(start: Callable[..., Server]) -> None:
    quiet = start("--threads", "1", "--queue", "16")
    large = encoded(np.tile(PAGE, (20, 3, 1)), "PNG")
    parts = urlsplit(quiet.url)
    head = f"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(large)}\r\n\r\n".encode()
    connections = []
    for _ in range(10):
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.sendall(head + large)
        connections.append(connection)
    until(lambda: _taken(quiet) >= 10)
    before = quiet.metric("ocr_pages_total")
    for connection in connections:
        connection.close()
    assert quiet.post(data=GOOD).status_code == 200
    # That one, the one that was being read, and at most one that was begun before the others were gone.
    assert quiet.metric("ocr_pages_total") - before <= 3


def _taken(server: Server) -> float:
    """Requests to read that wait, are read, or were answered."""
    figures = ("ocr_queue_depth", "ocr_running", 'ocr_answers_total{code="",path="/v1/read"')
    return sum(server.metric(name) for name in figures)


def test_answers_are_not_mixed_up(server: Server, models: tuple[Path, Path]) -> None:
    reader = Reader(*models)
    pictures = [encoded(receipt_like((text,)), "PNG") for text in ("mii", "imi", "iim", "mmi", "iii", "mmm")]
    expected = [reader.read(picture).text for picture in pictures]

    def ask(k: int) -> bool:
        answer = server.post("/v1/read?format=text", pictures[k % len(pictures)])
        return answer.status_code == 200 and answer.text.strip() == expected[k % len(pictures)]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(120)))


def test_the_client_has_the_results_and_errors_of_local_reading(
    server: Server, models: tuple[Path, Path], tmp_path: Path
) -> None:
    client, reader = Client(server.url), Reader(*models)
    path = tmp_path / 'a "quoted" name.png'
    path.write_bytes(GOOD)
    assert client.read(path).pages == reader.read(path).pages
    assert client.read(GOOD, min_confidence=0.9).pages == reader.read(GOOD, min_confidence=0.9).pages
    assert client.read(PAGE).pages == reader.read(PAGE).pages
    assert client.detect(GOOD).pages == reader.detect(GOOD).pages
    with pytest.raises(UnsupportedMediaType):
        client.read(b"text")
    with pytest.raises(ImageDecodeFailed):
        client.read(GOOD[:200])
    with pytest.raises(ocr.OcrError, match="did you mean 'turn'"):
        client.read(GOOD, turm="off")
    assert {model["task"] for model in client.models()} == {"detection", "recognition"}
    with pytest.raises(ServerUnreachable):
        Client("http://127.0.0.1:9", retries=0).read(GOOD)


def test_the_command_reads_on_a_server_as_here(
    server: Server, models: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from ocr.cli import main

    (tmp_path / "a.png").write_bytes(GOOD)
    (tmp_path / "b.png").write_bytes(b"no picture")
    answers = []
    for chosen in (
        ["--server", server.url],
        ["--detection", str(models[0]), "--recognition", str(models[1])],
    ):
        folder = tmp_path / str(len(answers))
        with pytest.raises(SystemExit) as ending:
            main(["read", str(tmp_path), *chosen, "--output", str(folder), "--formats", "text,png"])
        answers.append((ending.value.code, *capfd.readouterr(), (folder / "a.txt").read_text()))
        assert any(path.suffix == ".png" for path in folder.iterdir())
    assert answers[0] == answers[1]
    assert answers[0][0] == 4
    with pytest.raises(SystemExit):
        main(["read", str(tmp_path), "--server", server.url, "--threads", "2"])
    assert "has its own" in capfd.readouterr().err


def test_a_dead_worker_is_replaced(start: Callable[..., Server]) -> None:
    server = start("--workers", "2", "--threads", "1")
    until(lambda: len(server.workers()) == 2)
    killed, other = server.workers()
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and killed not in server.workers())
    assert other in server.workers()
    assert Client(server.url).read(GOOD).lines


def test_workers_end_with_their_supervisor(start: Callable[..., Server]) -> None:
    server = start("--workers", "2", "--threads", "1")
    workers = server.workers()
    server.process.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_sigterm_loses_no_accepted_request(start: Callable[..., Server]) -> None:
    server = start("--threads", "1", "--queue", "16")
    large = encoded(np.tile(PAGE, (6, 2, 1)), "PNG")
    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(server.post, "/v1/read", large) for _ in range(6)]
        until(lambda: _taken(server) >= 6)
        server.process.send_signal(signal.SIGTERM)
        assert [future.result().status_code for future in futures] == [200] * 6
    assert server.stop() == 0


def test_the_description_is_what_is_served(server: Server) -> None:
    document = web.get(server.url + "/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/read", "/v1/detect", "/v1/jobs", "/v1/jobs/{identifier}", "/v1/models", "/live", "/ready", "/metrics",
        "/v1/review/receipts", "/v1/review/receipts/{identifier}", "/v1/review/receipts/{identifier}/history",
        "/v1/review/receipts/{identifier}/pages/{page}", "/v1/review/receipts/{identifier}/lines", "/v1/review/edits",
        "/v1/review/changes", "/v1/review/export",
    }  # fmt: skip
    # None of them is as FastAPI alone would describe it: it knows neither answers nor errors.
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert "421" in operation["responses"], (path, method)
    names = {parameter["name"] for parameter in document["paths"]["/v1/read"]["post"]["parameters"]}
    assert {"min_confidence", "turn", "max_regions", "format"} <= names
    assert "password" not in names
