"""Text from a picture inside HTML and XML, where it must mean nothing but itself."""

from __future__ import annotations

import html
import re

from ocr.writers.text import escape

#: Characters that XML 1.0 cannot hold, in any notation.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def shown(text: str) -> str:
    """A text for people: control and direction characters are made visible, markup is escaped."""
    return html.escape(_NOT_XML.sub("\ufffd", escape(text)))


def exact(text: str) -> str:
    """A text for programs: markup is escaped, what XML cannot hold becomes U+FFFD, everything else stays."""
    escaped = html.escape(_NOT_XML.sub("\ufffd", text))
    # Parsers turn these into spaces inside of attributes unless they are written as references.
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
