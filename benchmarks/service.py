"""The service under load, on this machine alone: overhead, overload, mixed answers, bad callers, deaths, bad requests.

    python benchmarks/service.py NAME… [--full] [--receipt FILE] [--json FILE]

Each NAME is one of the parts in the table below; `all` runs every one. Starts `ocr serve` on the loopback address for
each part and ends by itself. A small run takes some minutes; `--full` is the size of the targets, which takes an hour.
Prints the figures of each part, and for each target whether it holds; exits with 1 where one does not.

| NAME | a full run |
|---|---|
| overhead | 60 receipts by turns over HTTP and in process |
| overload | four times the capacity for 5 minutes |
| crosstalk | 20,000 pictures with a number on each, by 64 callers |
| bad-callers | 200 callers who send slowly, 200 who hang up |
| deaths | a worker killed every 5 seconds for 2 minutes; a restart with 100 jobs queued |
| schema | 20,000 requests made up from the OpenAPI description (schemathesis) |
| fuzz | 300 damaged bodies (needs the tests of the repository: PYTHONPATH=src:.) |
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from served import Served

import ocr
from ocr.pipeline.client import Client


def percentile(values: list[float], share: float) -> float:
    """The value below which a share lies; NaN where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def load(url: str, data: bytes, rate: float, seconds: float) -> list[tuple[int, float]]:
    """Send at a constant rate, whatever comes back.

    Returns:
        Status and seconds of each answer; status 0 for a broken connection.
    """
    answers: list[tuple[int, float]] = []

    async def one(client: httpx.AsyncClient) -> None:
        started = time.perf_counter()
        try:
            status = (await client.post(url + "/v1/read", content=data)).status_code
        except httpx.HTTPError:
            status = 0
        answers.append((status, time.perf_counter() - started))

    limits = httpx.Limits(max_connections=2000, max_keepalive_connections=200)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        tasks, begun = [], time.perf_counter()
        for k in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + k / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(client)))
        await asyncio.gather(*tasks)
    return answers


def capacity(served: Served, data: bytes, seconds: float = 20.0) -> tuple[float, list[float]]:
    """Receipts a second with as many callers as fill the pool and one more, and the seconds of each answer."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def call() -> None:
        with httpx.Client(timeout=60) as client:
            while time.perf_counter() < until:
                started = time.perf_counter()
                if client.post(served.url + "/v1/read", content=data).status_code == 200:
                    times.append(time.perf_counter() - started)

    callers = [threading.Thread(target=call) for _ in range(len(os.sched_getaffinity(0)) + 1)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return len(times) / seconds, times


def overhead(data: bytes, rounds: int = 60) -> dict[str, Any]:
    """Milliseconds of an answer over those of `Reader.read`, by turns."""
    reader = ocr.Reader(threads=1)
    here, there = [], []
    with Served("--threads", "1") as served, httpx.Client(timeout=60) as client:
        for k in range(rounds + 5):
            started = time.perf_counter()
            reader.read(data)
            between = time.perf_counter()
            client.post(served.url + "/v1/read", content=data)
            if k >= 5:
                here.append(between - started)
                there.append(time.perf_counter() - between)
    return {
        "in process ms": 1000 * statistics.median(here),
        "over HTTP ms": 1000 * statistics.median(there),
        "overhead ms": 1000 * (statistics.median(there) - statistics.median(here)),
    }


def overload(data: bytes, seconds: float) -> dict[str, Any]:
    """Four times the capacity: seconds of the accepted and of the refused, broken connections, memory."""
    with Served() as served:
        rate, times = capacity(served, data)
        before = served.resident()
        answers = asyncio.run(load(served.url, data, 4 * rate, seconds))
        after = served.resident()
    accepted = [spent for status, spent in answers if status == 200]
    refused = [spent for status, spent in answers if status == 503]
    return {
        "capacity /s": rate,
        "p99 at capacity ms": 1000 * percentile(times, 0.99),
        "accepted": len(accepted),
        "accepted p99 ms": 1000 * percentile(accepted, 0.99),
        "refused": len(refused),
        "refused p99 ms": 1000 * percentile(refused, 0.99),
        "broken": sum(status == 0 for status, _ in answers),
        "other": sum(status not in (0, 200, 503) for status, _ in answers),
        "memory growth %": 100 * (after / before - 1),
    }


def nonces(count: int) -> list[tuple[str, bytes]]:
    """Small pictures, each with a number printed on it."""
    from PIL import Image, ImageDraw, ImageFont

    generator = random.Random(7)
    font = ImageFont.load_default(32)
    pictures = []
    for _ in range(count):
        text = str(generator.randrange(10**7, 10**8))
        picture = Image.new("L", (260, 90), 255)
        ImageDraw.Draw(picture).text((30, 25), text, fill=0, font=font)
        file = io.BytesIO()
        picture.save(file, "PNG")
        pictures.append((text, file.getvalue()))
    return pictures


def crosstalk(requests: int, callers: int = 64) -> dict[str, Any]:
    """Every picture carries a number: an answer is wrong where it is not what the picture reads alone."""
    pictures = nonces(200)
    reader = ocr.Reader(threads=1)
    expected = [reader.read(data).text for _, data in pictures]
    wrong: list[int] = []
    statuses: Counter[int] = Counter()
    numbers = iter(range(requests))
    lock = threading.Lock()

    def call() -> None:
        with httpx.Client(timeout=120) as client:
            while True:
                with lock:
                    k = next(numbers, None)
                if k is None:
                    return
                answer = client.post(
                    served.url + "/v1/read", params={"format": "text"}, content=pictures[k % len(pictures)][1]
                )
                statuses[answer.status_code] += 1
                if answer.status_code == 200 and answer.text.strip() != expected[k % len(pictures)].strip():
                    wrong.append(k)

    with Served("--queue", "256") as served:
        threads = [threading.Thread(target=call) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    read_right = sum(text in result for (text, _), result in zip(pictures, expected, strict=True))
    return {
        "requests": requests,
        "answered": statuses[200],
        "wrong": len(wrong),
        "numbers read right %": 100 * read_right / len(pictures),
    }


def bad_callers(data: bytes, count: int = 200) -> dict[str, Any]:
    """Slow senders and callers who hang up: what they cost the others."""
    with Served("--body-timeout", "10", "--queue", "256") as served:
        _, alone = capacity(served, data)
        slow = threading.Thread(target=lambda: asyncio.run(_slow(served.url, count)))
        slow.start()
        time.sleep(1)
        _, beside = capacity(served, data, 15)
        slow.join()
        pages = _metric(served.url, "ocr_pages_total")
        asyncio.run(_hang_up(served.url, data, count))
        time.sleep(3)
        read_for_nobody = _metric(served.url, "ocr_pages_total") - pages
    return {
        "p99 alone ms": 1000 * percentile(alone, 0.99),
        "p99 beside slow senders ms": 1000 * percentile(beside, 0.99),
        "threads": len(os.sched_getaffinity(0)),
        "callers who hung up": count,
        "read for them": read_for_nobody,
    }


async def _slow(url: str, count: int) -> None:
    parts = urlsplit(url)

    async def one() -> None:
        _reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.2)
        except OSError:
            pass
        writer.close()

    await asyncio.gather(*(one() for _ in range(count)))


async def _hang_up(url: str, data: bytes, count: int) -> None:
    parts = urlsplit(url)
    head = f"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n".encode()

    async def one() -> None:
        _reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(head + data)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()

    await asyncio.gather(*(one() for _ in range(count)))


def _metric(url: str, name: str) -> float:
    rows = httpx.get(url + "/metrics").text.splitlines()
    return sum(float(row.split()[-1]) for row in rows if row.startswith(name) and not row.startswith("#"))


def deaths(data: bytes, seconds: float, queued: int) -> dict[str, Any]:
    """A worker is killed every five seconds while requests come; then a restart with jobs queued."""
    statuses: Counter[int] = Counter()
    recovery: list[float] = []
    until = time.monotonic() + seconds

    def call() -> None:
        while time.monotonic() < until:
            try:
                statuses[httpx.post(served.url + "/v1/read", content=data, timeout=60).status_code] += 1
            except httpx.HTTPError:
                statuses[0] += 1

    with Served("--workers", "2", "--threads", "1") as served:
        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        killed = 0
        while time.monotonic() < until:
            workers = served.workers()
            victim = workers[killed % len(workers)]
            os.kill(victim, signal.SIGKILL)
            killed += 1
            started = time.monotonic()
            # A process that is dead is listed until the supervisor has seen it.
            while victim in (alive := served.workers()) or len(alive) < 2:
                time.sleep(0.01)
            recovery.append(time.monotonic() - started)
            time.sleep(5)
        for caller in callers:
            caller.join()
    folder = tempfile.mkdtemp(prefix="bench-jobs-")
    with Served("--threads", "1", folder=folder) as served:
        client = Client(served.url)
        jobs = [client.submit(data) for _ in range(queued)]
        for pid in (served.process.pid, *served.workers()):
            os.kill(pid, signal.SIGKILL)
    with Served(folder=folder) as served:
        client = Client(served.url)
        done = sum(bool(client.wait(job).lines) for job in jobs)
    return {
        "killed": killed,
        "answered": statuses[200],
        "broken connections": statuses[0],
        "503": statuses[503],
        "other": sum(n for status, n in statuses.items() if status not in (0, 200, 503)),
        "seconds to a new process": max(recovery),
        "jobs lost": queued - done,
    }


def schema(cases: int) -> dict[str, Any]:
    """Requests made up from the description of the service: none is answered with 500 or an undocumented status."""
    with Served("--body-timeout", "5", "--queue", "64") as served, tempfile.TemporaryDirectory() as folder:
        described = httpx.get(served.url + "/openapi.json").json()["paths"]
        operations = sum(len(methods) for methods in described.values())
        # Half as many again, for what takes no parameter has few different ones.
        command = [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
            f"{served.url}/openapi.json", "--max-examples", str(-(-3 * cases // (2 * operations))),
            "--phases", "fuzzing", "--seed", "1", "--suppress-health-check", "all", "--continue-on-failure", "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        text = httpx.get(served.url + "/metrics", timeout=60).text
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-1000:], file=sys.stderr)
    generated = re.search(r"(\d+) generated", done.stdout)
    answers: Counter[str] = Counter()
    for status, count in re.findall(r'ocr_answers_total\{[^}]*status="(\d+)"[^}]*\} (\S+)', text):
        answers[status] += int(float(count))
    return {
        "operations": operations,
        "requests": int(generated[1]) if generated else 0,
        "answers by status": dict(answers.most_common()),
        "500s": answers["500"],
        "undocumented or wrong": int(done.returncode != 0),
    }


def fuzz(bodies: int) -> dict[str, Any]:
    """Damaged pictures and PDFs as bodies: each is read, or refused with a code, and the process lives."""
    from tests import structures

    files = structures.seeds()
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    with Served("--threads", "1") as served, httpx.Client(timeout=120) as client:
        before = served.workers()
        for number in range(bodies):
            answer = client.post(served.url + "/v1/read", content=structures.case(number, files, 0).data)
            statuses[answer.status_code] += 1
            codes[answer.json().get("code", "read")] += 1
        alive = served.workers() == before
    return {
        "bodies": bodies,
        "answers by code": dict(codes.most_common()),
        "500s": statuses[500],
        "other than 200, 413, 415, 422": sum(
            n for status, n in statuses.items() if status not in (200, 413, 415, 422)
        ),
        "worker lives": alive,
    }


#: What must hold of the figures of a part, in words.
TARGETS: dict[str, list[tuple[str, Callable[[dict[str, Any]], bool]]]] = {
    "overhead": [("overhead at most 10 ms", lambda f: f["overhead ms"] <= 10)],
    "overload": [
        ("p99 at most twice that at capacity", lambda f: f["accepted p99 ms"] <= 2 * f["p99 at capacity ms"]),
        ("refused in less than 50 ms", lambda f: f["refused p99 ms"] < 50),
        ("no connection reset", lambda f: f["broken"] == 0),
        ("no other answer", lambda f: f["other"] == 0),
        ("memory grows by 3 % at most", lambda f: f["memory growth %"] <= 3),
    ],
    "crosstalk": [
        ("no wrong answer", lambda f: f["wrong"] == 0),
        ("all answered", lambda f: f["answered"] == f["requests"]),
    ],
    "bad-callers": [
        (
            "p99 of others at most 10 % more",
            lambda f: f["p99 beside slow senders ms"] <= 1.1 * f["p99 alone ms"],
        ),
        # A call that runs when its caller hangs up is finished; each thread has one.
        ("nothing read for those who left", lambda f: f["read for them"] <= f["threads"]),
    ],
    "deaths": [
        ("a new process in 3 s", lambda f: f["seconds to a new process"] <= 3),
        ("no other answer", lambda f: f["other"] == 0),
        ("no job lost", lambda f: f["jobs lost"] == 0),
    ],
    "schema": [
        ("no 500", lambda f: f["500s"] == 0),
        ("every status documented", lambda f: f["undocumented or wrong"] == 0),
    ],
    "fuzz": [
        ("no 500", lambda f: f["500s"] == 0),
        ("the codes of the table", lambda f: f["other than 200, 413, 415, 422"] == 0),
        ("the process lives", lambda f: f["worker lives"]),
    ],
}


def main() -> int:
    """Run the parts that are asked for; 1 where a target does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="+", choices=[*TARGETS, "all"], metavar="NAME")
    parser.add_argument("--full", action="store_true", help="the size of the targets")
    parser.add_argument(
        "--receipt", type=Path, default=Path(__file__).parent.parent / "examples" / "scan.jpg"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data, full = given.receipt.read_bytes(), given.full
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "overhead": lambda: overhead(data, 60 if full else 20),
        "overload": lambda: overload(data, 300 if full else 20),
        "crosstalk": lambda: crosstalk(20_000 if full else 1_000),
        "bad-callers": lambda: bad_callers(data, 200 if full else 50),
        "deaths": lambda: deaths(data, 120 if full else 15, 100 if full else 20),
        "schema": lambda: schema(20_000 if full else 200),
        "fuzz": lambda: fuzz(300 if full else 60),
    }
    figures: dict[str, Any] = {}
    failed = False
    for name in TARGETS if "all" in given.name else dict.fromkeys(given.name):
        started = time.monotonic()
        figures[name] = part = parts[name]()
        print(f"\n{name}, {time.monotonic() - started:.0f} s")
        for what, value in part.items():
            print(f"  {what:<28} {value:.1f}" if isinstance(value, float) else f"  {what:<28} {value}")
        for target, holds in TARGETS[name]:
            failed |= not holds(part)
            print(f"  {'holds' if holds(part) else 'FAILS'}: {target}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
