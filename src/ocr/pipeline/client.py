"""A client of `ocr serve` with the results and errors of local reading; it needs no extra."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from ocr import errors
from ocr.document import Document
from ocr.errors import BadConfiguration, OcrError
from ocr.pipeline.failure import source_name

if TYPE_CHECKING:
    from ocr.pipeline.options import ReadOptions

#: Environment variable of the API key.
KEY_VARIABLE = "OCR_API_KEY"
_NOT_SENT = ("limits", "prepare", "decoding", "sizing")


class ServerUnreachable(OcrError):
    """No connection, or one that broke before the answer was there."""

    code = "server_unreachable"
    exit_status = 1


class ServerError(OcrError):
    """An error that only the server knows, such as a missing key; ``code`` is the server's."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.http_status = status

    def __reduce__(self) -> tuple[Any, ...]:
        return ServerError, (self.code, self.http_status, str(self))


class Client:
    """Reads on a server as `ocr.Reader` reads here.

    Args:
        url: of the server, such as ``http://localhost:8300``.
        key: API key; that of the environment variable ``OCR_API_KEY`` where ``None``.
        timeout: seconds for one request.
        retries: so often a request is sent again after a broken connection or where the server is overloaded; reading
            twice does no harm.

    Raises:
        BadConfiguration: the URL is none of http or https.
    """

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 120.0, retries: int = 3) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadConfiguration(f"the server is {url!r}; expected a URL such as http://localhost:8300")
        self._parts = parts
        self._key = key if key is not None else os.environ.get(KEY_VARIABLE)
        self._timeout = timeout
        self._retries = retries

    def read(self, source: Any, options: ReadOptions | None = None, **keywords: Any) -> Document:
        """Read one input on the server; see `Reader.read`.

        Args:
            source: a path, bytes, or a binary file; arrays and PIL pictures are sent as PNG.
            options: what the call asks for.
            keywords: fields of `ReadOptions`.

        Raises:
            OcrError: with the code that local reading has; `ServerUnreachable` where there is no answer.
        """
        return self._document("/v1/read", source, options, keywords)

    def detect(self, source: Any, options: ReadOptions | None = None, **keywords: Any) -> Document:
        """Find the text regions of one input on the server; see `Reader.detect`."""
        return self._document("/v1/detect", source, options, keywords)

    def submit(
        self, source: Any, options: ReadOptions | None = None, *, webhook: str | None = None, **keywords: Any
    ) -> str:
        """Queue a job.

        Returns:
            Its identifier, for `job` and `cancel`.
        """
        name, data = _content(source)
        query, headers = self._query(options, keywords)
        if webhook is not None:
            query["webhook"] = webhook
        content, kind = _form(name, data)
        answer = self._call(
            "POST", "/v1/jobs", query, content, {**headers, "Content-Type": kind}, again=False
        )
        return str(json.loads(answer)["id"])

    def job(self, identifier: str) -> dict[str, Any]:
        """The state of a job, and its document once it is done."""
        answer: dict[str, Any] = json.loads(self._call("GET", f"/v1/jobs/{quote(identifier, safe='')}"))
        return answer

    def cancel(self, identifier: str) -> None:
        """End a job and have its result deleted."""
        self._call("DELETE", f"/v1/jobs/{quote(identifier, safe='')}")

    def wait(self, identifier: str, timeout: float = 600.0, interval: float = 0.5) -> Document:
        """The document of a job, as soon as it is done.

        Raises:
            DeadlineExceeded: it is not done after ``timeout`` seconds.
            OcrError: the job failed, with the code of its problem.
        """
        until = time.monotonic() + timeout
        while True:
            job = self.job(identifier)
            if job["state"] == "done":
                return Document.from_dict(job["document"])
            if job["state"] in ("failed", "cancelled"):
                raise _error(job["problem"] or {"code": "cancelled", "detail": "the job was cancelled"}, 500)
            if time.monotonic() > until:
                raise errors.DeadlineExceeded(f"job {identifier} is {job['state']} after {timeout:g} s")
            time.sleep(interval)

    def models(self) -> list[dict[str, str]]:
        """Task, name and hash of the models that the server uses."""
        models: list[dict[str, str]] = json.loads(self._call("GET", "/v1/models"))["models"]
        return models

    def ready(self) -> bool:
        """Whether there is a server that has loaded its models."""
        try:
            self._call("GET", "/ready", again=False)
        except (ServerUnreachable, ServerError):
            return False
        return True

    def _document(self, path: str, source: Any, options: Any, keywords: Mapping[str, Any]) -> Document:
        name, data = _content(source)
        query, headers = self._query(options, keywords)
        content, kind = _form(name, data)
        answer = self._call("POST", path, query, content, {**headers, "Content-Type": kind})
        # The server knows the name of the file alone.
        return replace(Document.from_json(answer), source=source_name(source))

    def _query(self, options: Any, keywords: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        from ocr.pipeline.options import ReadOptions, merged

        values, usual = merged(options, keywords).to_dict(), ReadOptions().to_dict()
        changed = {name: value for name, value in values.items() if value != usual[name]}
        password = changed.pop("password", None)
        for name in _NOT_SENT:
            if name in changed:
                raise BadConfiguration(
                    f"{name} cannot be sent to a server; read here, or set it where the server runs"
                )
        headers = {} if password is None else {"X-PDF-Password": str(password)}
        return {name: _as_text(value) for name, value in changed.items()}, headers

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        again: bool = True,
    ) -> bytes:
        target = self._parts.path.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        sent = {"Accept": "application/json", **(headers or {})}
        if self._key:
            sent["Authorization"] = f"Bearer {self._key}"
        for pause in self._pauses() if again else iter([None]):
            try:
                status, answer, wait = self._send(method, target, content, sent)
            except (OSError, http.client.HTTPException) as error:
                if pause is None:
                    raise ServerUnreachable(f"{self._parts.geturl()} gave no answer: {error}") from error
                time.sleep(pause)
                continue
            if status < 300:
                return answer
            if status != 503 or pause is None:
                raise _error(_problem(answer), status)
            time.sleep(max(pause, wait))
        raise AssertionError("the last pause is None")

    def _pauses(self) -> Iterator[float | None]:
        yield from (0.25 * 2**k for k in range(self._retries))
        yield None

    def _send(
        self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, float]:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        try:
            connection.request(method, target, content, dict(headers))
            response = connection.getresponse()
            after = response.getheader("Retry-After") or ""
            return response.status, response.read(), float(after) if after.isdigit() else 0.0
        finally:
            connection.close()


def _content(source: Any) -> tuple[str | None, bytes]:
    """Name and bytes of an input."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None, bytes(source)
    if isinstance(source, (str, os.PathLike)):
        from ocr.io.images import read_bytes
        from ocr.io.limits import Limits

        return str(os.fspath(source)), read_bytes(source, Limits().max_bytes)
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) else None, source.read()
    from ocr.io import images
    from ocr.io.drawing import to_png

    pages = images.load(source)
    if len(pages) != 1:
        raise BadConfiguration(f"got {len(pages)} pages in memory; send a file")
    return None, to_png(pages[0].image)


def _form(name: str | None, data: bytes) -> tuple[bytes, str]:
    """A multipart form with one file; the boundary is not part of the data."""
    if name is None:
        return data, "application/octet-stream"
    boundary = os.urandom(16).hex()
    while boundary.encode() in data:
        boundary = os.urandom(16).hex()
    # RFC 7578: quotes and line feeds of a name are percent-encoded.
    shown = Path(name).name.replace("%", "%25").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n\r\n'
    body = head.encode("utf-8", "backslashreplace") + data + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (tuple, list, frozenset, set)) else str(value)


def _problem(answer: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(answer)
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": answer[:200].decode("utf-8", "replace")}


def _error(problem: Mapping[str, Any], status: int) -> OcrError:
    """The error of a code, as local reading raises it."""
    code, message = str(problem.get("code", "http_error")), str(problem.get("detail", f"status {status}"))
    for kind in _kinds(OcrError):
        if kind.code == code and kind.__module__ == errors.__name__:
            return kind(message)
    return ServerError(code, status, message)


def _kinds(base: type[OcrError]) -> Iterator[type[OcrError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
