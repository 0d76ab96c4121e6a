"""Jobs: queued, read, cancelled, kept over a restart, given up, expired, told to webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import ocr
from ocr.document import Document
from ocr.errors import UnsupportedMediaType
from ocr.pipeline.client import Client
from ocr.server.job_store import JobStore
from tests.models_for_tests import receipt_like
from tests.pictures import encoded
from tests.server.conftest import Server
from tests.waiting import until

GOOD = encoded(receipt_like(), "PNG")


def test_a_job_is_read_and_its_result_kept(server: Server) -> None:
    client = Client(server.url)
    queued = server.post("/v1/jobs", GOOD)
    assert queued.status_code == 202
    assert queued.headers["location"] == f"/v1/jobs/{queued.json()['id']}"
    assert client.wait(queued.json()["id"]) == client.read(GOOD)
    job = client.job(queued.json()["id"])
    assert job["state"] == "done"
    assert job["expires"] > job["finished"] >= job["started"] >= job["created"]
    with pytest.raises(UnsupportedMediaType):
        client.wait(client.submit(b"no picture"))
    with pytest.raises(ocr.OcrError, match="no webhooks"):
        client.submit(GOOD, webhook="http://127.0.0.1/x")


def test_a_cancelled_job_has_no_result(server: Server) -> None:
    client = Client(server.url)
    identifier = client.submit(GOOD)
    client.wait(identifier)
    client.cancel(identifier)
    assert client.job(identifier)["state"] == "cancelled"
    assert client.job(identifier)["document"] is None


def test_a_restart_loses_no_job(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start("--threads", "1", folder=tmp_path)
    client = Client(server.url)
    identifiers = [client.submit(GOOD, max_regions=k % 2 + 1) for k in range(30)]
    for worker in server.workers():
        os.kill(worker, signal.SIGKILL)
    server.process.kill()
    server.process.wait()
    again = Client(start("--threads", "1", folder=tmp_path).url)
    assert [len(again.wait(identifier).lines) for identifier in identifiers] == [k % 2 + 1 for k in range(30)]


def test_webhooks_are_signed_and_go_where_the_operator_allows(start: Callable[..., Server]) -> None:
    calls: list[tuple[str, bytes]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append((self.headers["X-OCR-Signature"], data))
            # The first call fails, so that it is sent again.
            self.send_response(500 if len(calls) == 1 else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listener = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{listener.server_port}/hooks/"
    server = start("--webhook-prefixes", hook, "--webhook-secret", "s3cret")
    client = Client(server.url)
    for refused in ("http://127.0.0.1:1/hooks/x", hook + "../x", "file:///etc/passwd"):
        with pytest.raises(ocr.OcrError, match="does not call"):
            client.submit(GOOD, webhook=refused)
    client.submit(GOOD, webhook=hook + "done?x=1")
    until(lambda: len(calls) >= 2)
    listener.shutdown()
    signature, data = calls[-1]
    timestamp, digest = (part.split("=")[1] for part in signature.split(","))
    assert digest == hmac.new(b"s3cret", timestamp.encode() + b"." + data, hashlib.sha256).hexdigest()
    assert Document.from_dict(json.loads(data)["document"]).lines


def test_a_job_that_kills_workers_is_given_up(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    job = store.add("me", "a.png", b"data", "{}")
    for _ in range(3):
        assert store.claim("worker") is not None
        assert store.claim("other") is None
        store.recover(all_running=True)
    assert store.get(job.id, "me").state == "failed"
    assert json.loads(store.get(job.id, "me").problem or "")["code"] == "internal_error"


def test_a_worker_that_lost_its_lease_cannot_finish(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    job = store.add("me", None, b"data", "{}", password="secret")
    assert store.claim("first") == (store.get(job.id, "me"), b"data", "secret")
    store.recover(all_running=True)
    assert store.claim("second") is not None
    assert not store.renew(job.id, "first")
    assert not store.finish(job.id, "first", "{}", None)
    assert store.finish(job.id, "second", '{"a": 1}', None)
    assert store.result(job.id) == '{"a": 1}'


def test_results_expire(tmp_path: Path) -> None:
    store = JobStore(tmp_path, hours=1e-9)
    job = store.add("me", None, b"data", "{}")
    store.claim("worker")
    store.finish(job.id, "worker", "{}", None)
    time.sleep(0.01)
    store.recover()
    with pytest.raises(ocr.OcrError, match="no job"):
        store.get(job.id, "me")
    assert store.result(job.id) is None


def test_a_running_job_is_cancelled_through_its_worker(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    job = store.add("me", None, b"data", "{}")
    store.claim("worker")
    assert store.cancel(job.id, "me").state == "cancelled"
    assert not store.renew(job.id, "worker")
    assert not store.finish(job.id, "worker", "{}", None)
    assert store.get(job.id, "me").state == "cancelled"
    assert store.result(job.id) is None


def test_jobs_are_claimed_once_by_many_threads(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    for _ in range(40):
        store.add("me", None, b"data", "{}")
    claimed: list[str] = []

    def work(name: str) -> None:
        while (found := store.claim(name)) is not None:
            claimed.append(found[0].id)

    threads = [threading.Thread(target=work, args=(str(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 40
