"""The table of bad inputs over HTTP: the codes of Python and of the command line, each with its status."""

from __future__ import annotations

import json

import pytest

from ocr import errors
from ocr.errors import OcrError
from tests.pictures import encoded
from tests.server.conftest import Server, web
from tests.test_bad_inputs import FILES, JPEG, PAGE, READ_WITH_A_WARNING, WITH_AN_EXTRA

#: Limits are settings of the server, whose defaults these do not reach.
_WITHIN_DEFAULTS = {"too many pages", "pdf that draws itself"}


def statuses() -> dict[str, int | None]:
    """The HTTP status of each code."""
    found: dict[str, int | None] = {}
    waiting: list[type[OcrError]] = [OcrError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found[kind.code] = kind.http_status
    return found


def test_bad_files_have_their_codes(server: Server) -> None:
    expected = statuses()
    for name, (make, code) in FILES.items():
        if name not in _WITHIN_DEFAULTS:
            answer = server.post(data=make())
            assert (name, answer.status_code, answer.json().get("code")) == (name, expected[code], code)
            assert answer.headers["content-type"] == "application/problem+json"
    # Bad ones took nothing with them.
    assert server.post(data=JPEG).status_code == 200


def test_what_is_missing_is_told(server: Server) -> None:
    for name, (make, code) in READ_WITH_A_WARNING.items():
        answer = server.post(data=make())
        assert (name, answer.status_code) == (name, 200)
        assert code in [warning["code"] for warning in answer.json()["warnings"]]
    told = server.post("/v1/read?max_regions=1", encoded(PAGE, "PNG")).json()["warnings"]
    assert [warning["code"] for warning in told] == ["regions_left_out"]


@pytest.mark.parametrize("title", WITH_AN_EXTRA)
def test_formats_of_an_extra_are_refused_or_read(server: Server, title: str) -> None:
    """Files of a few bytes: damaged where the extra is installed, of no known format where it is not."""
    answer = server.post(data=WITH_AN_EXTRA[title])
    assert answer.json()["code"] in (
        errors.ImageDecodeFailed.code,
        errors.UnsupportedMediaType.code,
    )
    assert answer.status_code == statuses()[answer.json()["code"]]


def test_numbers_of_any_size_are_answered(server: Server) -> None:
    receipt = server.post("/v1/review/receipts", encoded(PAGE, "PNG")).json()["id"]
    for number in (10**30, -(10**30), 2**63, -1):
        for path in (
            f"/v1/review/changes?since={number}",
            f"/v1/review/receipts/{receipt}/pages/{number}",
            f"/v1/review/receipts/{receipt}/pages/0?width={number}",
        ):
            assert web.get(server.url + path).status_code < 500, path
        line = {"page": number, "polygon": [[0, 0], [number, 0], [number, 9], [0, 9]]}
        edit = {"number": number, "receipt": receipt, "path": "total", "value": number}
        for path, body in (
            (f"/v1/review/receipts/{receipt}/lines", line),
            (f"/v1/review/receipts/{receipt}/lines", {**line, "page": 0}),
            ("/v1/review/edits", {"client": "of numbers", "edits": [edit]}),
            ("/v1/review/edits", {"client": "of numbers", "edits": [{**edit, "number": 1}]}),
        ):
            assert server.post(path, json.dumps(body).encode()).status_code < 500, (path, body)
    # A state that the pile never had: all of it is sent.
    (only,) = web.get(f"{server.url}/v1/review/changes?since={2**70}").json()["receipts"]
    assert only["id"] == receipt
