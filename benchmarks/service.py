"""The service under load, on this machine alone: overhead, overload, mixed answers, slow and vanishing callers, deaths.

    python benchmarks/service.py RECEIPT [--seconds 300] [--requests 20000] [--only overhead overload …]

Starts `ocr serve` on the loopback address for each part and ends by itself. Prints a table; --json FILE writes it.
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
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

import ocr
from ocr.pipeline.client import Client


class Served:
    """A server that runs while the block lasts."""

    def __init__(self, *options: str, folder: str | None = None) -> None:
        self._options = options
        self._folder = folder or tempfile.mkdtemp(prefix="bench-serve-")

    def __enter__(self) -> Served:
        command = [
            sys.executable,
            "-m",
            "ocr",
            "serve",
            "--port",
            "0",
            "--data",
            self._folder,
            *self._options,
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.url = ""
        while not self.url:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stderr.readline())
            self.url = found[0] if found else ""
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        while True:
            try:
                if httpx.get(self.url + "/ready").status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(number) for number in listed.stdout.split()]

    def resident(self) -> int:
        """Bytes of main memory of the workers."""
        page = os.sysconf("SC_PAGE_SIZE")
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in self.workers())


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


def deaths(data: bytes, seconds: float) -> dict[str, Any]:
    """A worker is killed every five seconds while requests come; then a restart with a hundred jobs queued."""
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
            os.kill(workers[killed % len(workers)], signal.SIGKILL)
            killed += 1
            started = time.monotonic()
            while len(served.workers()) < 2:
                time.sleep(0.01)
            recovery.append(time.monotonic() - started)
            time.sleep(5)
        for caller in callers:
            caller.join()
    folder = tempfile.mkdtemp(prefix="bench-jobs-")
    with Served("--threads", "1", folder=folder) as served:
        client = Client(served.url)
        jobs = [client.submit(data) for _ in range(100)]
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
        "jobs lost": 100 - done,
    }


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--seconds", type=float, default=300, help="of overload; a third of it with deaths")
    parser.add_argument("--requests", type=int, default=20_000, help="with a number on each")
    parser.add_argument(
        "--only", nargs="+", choices=["overhead", "overload", "crosstalk", "bad-callers", "deaths"]
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data = given.receipt.read_bytes()
    parts = {
        "overhead": lambda: overhead(data),
        "overload": lambda: overload(data, given.seconds),
        "crosstalk": lambda: crosstalk(given.requests),
        "bad-callers": lambda: bad_callers(data),
        "deaths": lambda: deaths(data, given.seconds / 2.5),
    }
    figures = {}
    for name, part in parts.items():
        if given.only and name not in given.only:
            continue
        figures[name] = part()
        print(f"\n{name}")
        for what, value in figures[name].items():
            print(f"  {what:<28} {value:.1f}" if isinstance(value, float) else f"  {what:<28} {value}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
