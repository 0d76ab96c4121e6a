"""A worker of a batch that makes a row of the bytes alone, in a given time: for what does not depend on reading."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from ocr.io.pdfium import messages
from ocr.runtime.parent import end_with_parent


def main(seconds: float) -> None:
    """Answer requests on standard input and output until the other side ends."""
    end_with_parent(lambda: os._exit(1))
    source, target = (os.fdopen(one, mode, buffering=0) for one, mode in ((0, "rb"), (1, "wb")))
    with contextlib.suppress(EOFError, BrokenPipeError):
        messages.receive(source)
        messages.send(target, {"ready": True})
        while True:
            _, data = messages.receive(source)
            time.sleep(seconds)
            text = bytes(data).decode()
            facts = {"receipts": 1, "merchant": text, "total": f"{len(data)}.50", "items": []}
            document = ('{"text": "' + text + '"}').encode()
            head = {"status": "read", "facts": facts, "files": [], "lengths": [len(document)]}
            messages.send(target, head, document)


if __name__ == "__main__":
    main(float(sys.argv[1]))
