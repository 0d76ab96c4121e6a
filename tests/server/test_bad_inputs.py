"""The table of bad inputs over HTTP: the codes of Python and of the command line, each with its status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr import errors
from ocr.errors import OcrError
from ocr.io.limits import Limits
from tests.io import pdfs
from tests.models_for_tests import recognition_model
from tests.pictures import SCRIPTS_THAT_NO_MODEL_READS, encoded, in_a_script_that_no_model_reads
from tests.server.conftest import Server, web
from tests.test_bad_inputs import FILES, JPEG, PAGE, READ_WITH_A_WARNING, WITH_AN_EXTRA

resource = pytest.importorskip("resource", reason="this system has no limits of processes")
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


def test_a_script_that_no_model_reads_is_told(start: Callable[..., Server]) -> None:
    server = start("--threads", "1", shipped=True)
    for script in SCRIPTS_THAT_NO_MODEL_READS:
        answer = server.post(data=in_a_script_that_no_model_reads(script))
        assert (script, answer.status_code) == (script, 200)
        read = answer.json()
        assert [warning["code"] for warning in read["warnings"]] == ["unknown_script"]
        assert max(line["confidence"] for line in read["pages"][0]["lines"]) < 0.1


def test_limits_of_pages_hold(server: Server) -> None:
    limit = Limits().max_pages
    small = Image.fromarray(np.full((64, 64), 255, np.uint8))
    long = encoded(small, "TIFF", save_all=True, append_images=[small] * limit)
    answer = server.post(data=long)
    assert answer.status_code == 200
    assert len(answer.json()["pages"]) == limit
    assert "pages_left_out" in [warning["code"] for warning in answer.json()["warnings"]]
    refused = server.post(data=pdfs.text_pages([b"TOTAL"] * (limit + 1)))
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_pages")


def test_kinds_of_pixels_and_orientations_read_like_their_plain_twin(server: Server) -> None:
    picture = Image.fromarray(PAGE)
    plain = server.post("/v1/read?format=text", encoded(picture, "PNG")).text
    grey = np.asarray(picture.convert("L"))
    files = {mode: encoded(picture.convert(mode), "PNG") for mode in ("P", "RGBA", "LA", "L", "1")}
    files["CMYK"] = encoded(picture.convert("CMYK"), "TIFF")
    files["I;16"] = encoded(Image.fromarray(grey.astype(np.uint16) * 257), "PNG")
    turned = {1: grey, 2: grey[:, ::-1], 3: grey[::-1, ::-1], 4: grey[::-1], 5: grey.T, 6: grey.T[::-1],
              7: grey[::-1, ::-1].T, 8: grey.T[:, ::-1]}  # fmt: skip
    for orientation, pixels in turned.items():
        tags = Image.Exif()
        tags[0x0112] = orientation
        files[f"EXIF {orientation}"] = encoded(pixels.copy(), "PNG", exif=tags.tobytes())
    for name, data in files.items():
        answer = server.post("/v1/read?format=text", data)
        assert (name, answer.status_code, answer.text) == (name, 200, plain)


def test_a_network_that_answers_nonsense_is_503(start: Callable[..., Server], tmp_path: Path) -> None:
    sick = tmp_path / "sick.onnx"
    # Not on the page that a server reads before it is ready.
    sick.write_bytes(recognition_model(poison="i"))
    answer = start("--recognition", str(sick), "--threads", "1").post(data=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (503, "model_output_invalid")


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="limits of other processes are a matter of Linux"
)
def test_a_full_disk_is_507_and_the_server_reads_on(start: Callable[..., Server]) -> None:
    server = start("--threads", "1")
    (worker,) = server.workers()
    limit = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, limit[1]))
    for path in ("/v1/jobs", "/v1/review/receipts"):
        answer = server.post(path, JPEG)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 507, "output_failed")
        assert ".sqlite cannot be written" in answer.json()["detail"]
    assert server.post(data=JPEG).status_code == 200
    resource.prlimit(worker, resource.RLIMIT_FSIZE, limit)
    assert server.post("/v1/jobs", JPEG).status_code == 202


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
