"""Calls of webhooks: only to URLs that the operator allowed, signed, a few times, never following a redirect."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
from urllib.parse import urlsplit

from ocr.errors import BadConfiguration
from ocr.server.job_store import Job, summary

_LOG = logging.getLogger(__name__)
_DELAYS = (0.0, 2.0, 10.0)
_TIMEOUT = 10.0
SIGNATURE = "X-OCR-Signature"


class Webhooks:
    """Calls URLs below allowed prefixes.

    Args:
        prefixes: allowed beginnings of URLs, with a path.
        secret: key of the HMAC.
    """

    def __init__(self, prefixes: tuple[str, ...], secret: str) -> None:
        self._prefixes = prefixes
        self._secret = secret.encode()

    def check(self, url: str) -> None:
        """Refuse a URL that the operator did not allow.

        Raises:
            BadConfiguration: it begins with none of the prefixes.
        """
        parts = urlsplit(url)
        plain = not parts.username and not parts.password and ".." not in parts.path and "\\" not in url
        if not plain or not any(url.startswith(prefix) for prefix in self._prefixes) or len(url) > 2000:
            raise BadConfiguration("webhook is a URL that this server does not call; see --webhook-prefix")

    def call(self, job: Job, document: str | None) -> None:
        """Tell a URL that a job ended, in a thread of its own."""
        content = summary(job)
        content["document"] = None if document is None else json.loads(document)
        data = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
        threading.Thread(
            target=self._send, args=(job.webhook or "", data), name="ocr-webhook", daemon=True
        ).start()

    def _send(self, url: str, data: bytes) -> None:
        for delay in _DELAYS:
            time.sleep(delay)
            try:
                if self._post(url, data):
                    return
            except (OSError, http.client.HTTPException) as error:
                _LOG.warning("webhook %s: %s", url, error)
        _LOG.error("webhook %s was not delivered", url)

    def _post(self, url: str, data: bytes) -> bool:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            headers = {"Content-Type": "application/json", SIGNATURE: self.signature(data, int(time.time()))}
            connection.request("POST", path, data, headers)
            return 200 <= connection.getresponse().status < 300
        finally:
            connection.close()

    def signature(self, data: bytes, timestamp: int) -> str:
        """``t=SECONDS,v1=HEX``: HMAC-SHA256 of the time, a point and the body, so that old calls cannot be replayed."""
        digest = hmac.new(self._secret, f"{timestamp}.".encode() + data, hashlib.sha256).hexdigest()
        return f"t={timestamp},v1={digest}"
