"""What a server is told when it starts: options of `ocr serve`, or variables ``OCR_SERVE_*``."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.errors import BadConfiguration
from ocr.pipeline.options import PRIVATE_KINDS
from ocr.runtime.cores import available_cores
from ocr.runtime.options import Number, OptionRecord, OrNone, Text, Whole, Words, setting, settings_of

VARIABLE_PREFIX = "OCR_SERVE_"


@dataclass(frozen=True)
class ServeSettings(OptionRecord):
    """The settings of a server."""

    option_name = "server setting"

    host: str = setting("127.0.0.1", Text(), "address to listen on; anything but loopback needs API keys")
    port: int = setting(8300, Whole(0, 65535), "port to listen on; 0 takes a free one")
    workers: int = setting(1, Whole(1, 256), "processes")
    threads: int = setting(
        0, Whole(0, 256), "receipts that each process reads at once, one thread each; 0 fills the cores"
    )
    queue: int | None = setting(
        None,
        OrNone(Whole(0, 100_000)),
        "requests of a process that wait at most, beside those that are read; as many as are read at once if not given",
    )
    deadline: float = setting(
        30.0, Number(0.1, 3600), "seconds after which a request is answered with an error"
    )
    max_body: int = setting(64 * 1024 * 1024, Whole(1024, 2**31), "bytes of a request body at most")
    body_timeout: float = setting(
        20.0, Number(0.1, 3600), "seconds in which the headers, and then the body, must have arrived"
    )
    max_files: int = setting(100, Whole(1, 10_000), "files of one request at most")
    keys: str | None = setting(
        None, OrNone(Text()), "file of API keys; serve-keys.json in the user's folder if not given"
    )
    rate: int = setting(
        0,
        Whole(0, 1_000_000),
        "requests a minute for each key, or address where there are no keys; 0 for no limit",
    )
    data: str | None = setting(
        None, OrNone(Text()), "folder of jobs and reviews; serve in the user's folder if not given"
    )
    job_hours: float = setting(24.0, Number(0.01, 24 * 365), "hours for which results of jobs are kept")
    webhook_prefixes: str = setting(
        "",
        Text(),
        "beginnings of URLs that may be called when a job ends, separated by spaces; none if empty",
    )
    webhook_secret: str | None = setting(
        None, OrNone(Text()), "secret that signs webhooks with HMAC-SHA256", repr=False
    )
    mask: tuple[str, ...] = setting(
        (),
        Words(*PRIVATE_KINDS),
        "private data that is masked in receipts under review, in their pictures and exports, parted by commas: card "
        "(or card_last4), iban, phone, email, name, loyalty; requests and jobs say it themselves",
    )
    detection: str | None = setting(None, OrNone(Text()), "name or file of the detection model")
    recognition: str | None = setting(None, OrNone(Text()), "name or file of the recognition model")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.webhook_prefixes and not self.webhook_secret:
            raise BadConfiguration("webhooks need webhook_secret, with which they are signed")
        for prefix in self.prefixes:
            if not prefix.startswith(("https://", "http://")) or prefix.count("/") < 3:
                raise BadConfiguration(
                    f"webhook prefix {prefix!r} is no URL with a path; expected such as 'https://example.org/hooks/'"
                )
        if self.workers * self.pool_size > max(available_cores(), self.workers):
            raise BadConfiguration(
                f"{self.workers} workers of {self.pool_size} threads are more than the {available_cores()} cores of "
                "this process"
            )

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Allowed beginnings of webhooks."""
        return tuple(self.webhook_prefixes.split())

    @property
    def pool_size(self) -> int:
        """Receipts that each process reads at once."""
        return self.threads or max(1, available_cores() // self.workers)

    @property
    def queue_size(self) -> int:
        """Requests of a process that wait at most."""
        return self.pool_size if self.queue is None else self.queue

    @property
    def loopback(self) -> bool:
        """Whether only programs on this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def key_file(self) -> Path:
        """The file of API keys."""
        return Path(self.keys) if self.keys is not None else _user_folder() / "serve-keys.json"

    @property
    def data_folder(self) -> Path:
        """The folder of jobs and reviews."""
        return Path(self.data) if self.data is not None else _user_folder() / "serve"

    @classmethod
    def from_environment(
        cls, given: Mapping[str, Any], environment: Mapping[str, str] | None = None
    ) -> ServeSettings:
        """Settings from options, where they are not ``None``, else from ``OCR_SERVE_*``, else the defaults.

        Raises:
            BadConfiguration: a value of the wrong kind or outside its range, or an unknown variable.
        """
        environment = os.environ if environment is None else environment
        texts = {
            name.removeprefix(VARIABLE_PREFIX).lower(): text
            for name, text in environment.items()
            if name.startswith(VARIABLE_PREFIX) and text
        }
        cls.require_names(texts)
        declared = settings_of(cls)
        values = {
            name: declared[name].from_text(text, VARIABLE_PREFIX + name.upper())
            for name, text in texts.items()
        }
        return cls.from_mapping(
            {**values, **{name: value for name, value in given.items() if value is not None}}
        )


def _user_folder() -> Path:
    from ocr.engine.home import home

    return home()
