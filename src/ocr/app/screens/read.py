"""Read: pictures in; fields and lines beside the picture, texts corrected by hand; tables, JSON and PDF out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from ocr.app import bench, options, pictures, progress, receipt_panel, viewer
from ocr.app.bench import Outcome, Setup
from ocr.app.corrections import Corrections, corrected
from ocr.app.jobs import Job
from ocr.app.pictures import Picture
from ocr.app.texts import plain
from ocr.document import Document
from ocr.errors import MissingExtra, OcrError
from ocr.pipeline.failure import failure
from ocr.writers import archive, formats, overlay
from ocr.writers import pictures as page_pictures

#: What a document can be taken along as: the label of the button, and the format.
_OFFERED = (
    ("CSV of items", "csv"),
    ("CSV of receipts", "csv-receipts"),
    ("XLSX", "xlsx"),
    ("JSON", "json"),
    ("Searchable PDF", "pdf"),
    ("Text", "text"),
    ("HTML page", "html"),
)
_REVIEW = "A pile to correct? `ocr review FOLDER` opens the review page, which keeps every correction."


def show() -> None:
    """Draw the page."""
    with st.sidebar:
        pictures.intake()
        picture = pictures.choose()
        if picture is not None:
            st.divider()
            setup = options.setup("read", st.session_state.get("pipeline"))
            heat = st.toggle(
                "Probability map",
                key="read-heat",
                persist_state="session",
                help="What the detection network sees, laid over the page.",
            )
    if picture is None:
        _welcome()
        return
    if len(pictures.held()) > 1:
        _several(setup)
    outcome = progress.soon("read", (picture.sha256, setup), lambda job: _read(picture, setup, job))
    if outcome is not None:
        _result(picture, setup, outcome, heat)


def _read(picture: Picture, setup: Setup, job: Job[Outcome]) -> Outcome:
    return bench.get().read(picture.sha256, picture.data, setup, job)


def _welcome() -> None:
    st.title("Read receipts")
    st.write(
        "Drop pictures or PDFs on the left, take a photo, or start with an example. Everything is read on this "
        "machine; nothing leaves it."
    )
    pictures.offer_examples("Read", "welcome")
    st.caption(_REVIEW)


def _result(picture: Picture, setup: Setup, outcome: Outcome, heat: bool) -> None:
    pages = picture.pages()
    corrections: Corrections = st.session_state.setdefault("corrections", {}).setdefault(picture.sha256, {})
    document = corrected(outcome.document, corrections)
    number = 0
    if len(pages) > 1:
        number = st.pagination(len(pages), key=f"page-{picture.sha256}") - 1
    page = document.pages[number]
    _figures(document, outcome, len(corrections))
    map_ = None
    if heat:
        map_ = bench.get().reader(setup).probability(pages[number].image, setup.options(), longest=1200)
    view = viewer.of_page(
        page, pages[number].image, heat=map_, legend=(("sure", "sure"), ("unsure", "below 0.80"))
    )
    keys = [(number, line.polygon.tobytes()) for line in page.lines]
    view = replace(
        view,
        receipts=receipt_panel.panels(document, number),
        rows=[replace(row, changed=key in corrections) for row, key in zip(view.rows, keys, strict=True)],
    )
    original = outcome.document.pages[number]

    def edited(row: int, new: str) -> None:
        if new == original.lines[row].text:
            corrections.pop(keys[row], None)
        else:
            corrections[keys[row]] = new

    viewer.show(f"viewer-read-{picture.sha256[:12]}-{number}", view, edited)
    _downloads(picture, document, number)
    st.caption(_REVIEW)
    for warning in document.warnings:
        st.caption(plain(f"{warning.code}: {warning.message}"))


def _figures(document: Document, outcome: Outcome, corrected: int) -> None:
    lines = document.lines
    mean = sum(line.confidence for line in lines) / len(lines) if lines else 0.0
    parts = [
        f"**{len(lines)}** lines",
        f"mean confidence **{mean:.2f}**",
        f"read in **{outcome.seconds:.2f} s**",
    ]
    if corrected:
        parts.append(f"**{corrected}** corrected by hand")
    st.markdown(" · ".join(parts))


def _downloads(picture: Picture, document: Document, number: int) -> None:
    stem = archive.file_stem(picture.name)
    named = replace(document, source=pictures.plain_name(picture.name))
    with st.container(horizontal=True, gap="small"):
        for label, name in _OFFERED:
            one = formats.FORMATS[name]
            try:
                one.require()
                missing = None
            except MissingExtra as error:
                missing = plain(str(error))
            st.download_button(
                label,
                # Written when it is asked for: some formats take longer than all the rest of the page.
                partial(_written, one, picture, named),
                f"{stem}{one.suffixes[0]}",
                one.media_type,
                key=f"download-{name}",
                on_click="ignore",
                help=missing or one.help,
                disabled=missing is not None,
            )
        page, image = document.pages[number], picture.pages()[number].image
        st.download_button(
            "Overlay picture",
            lambda: overlay.to_png(image, page),
            f"{stem}.overlay.png",
            "image/png",
            key="download-overlay",
            on_click="ignore",
        )


def _written(one: formats.Format, picture: Picture, document: Document) -> bytes | str:
    if one.pictures == "unused":
        return one.write(document, None)
    packed = tuple(page_pictures.pack(page.image) for page in picture.pages())
    shown = page_pictures.Pictures(packed, page_pictures.pdf_of(picture.data))
    return one.write(document, page_pictures.without_private_data(document, shown))


def _several(setup: Setup) -> None:
    """All pictures at once: progress, what became of each, and one archive."""
    held = list(pictures.held().values())
    wanted = (tuple(picture.sha256 for picture in held), setup)
    known = st.session_state.get("batch")
    with st.container(border=True):
        left, right = st.columns([5, 2], vertical_alignment="center")
        left.markdown(f"**{len(held)} pictures** are here; the settings on the left count for all of them.")
        if right.button("Read all", key="read-all", width="stretch", type="primary"):
            if known is not None:
                known[1].cancel()
            # A batch that is asked for again reads only what is not remembered.
            known = st.session_state["batch"] = (wanted, _batch(held, setup))
        if known is None:
            return
        job: Job[list[tuple[str, Document | OcrError]]] = known[1]
        if not job.finished:
            progress.watch("batch", job, "Reading")
            return
        results = job.partial
        failed = sum(isinstance(result, OcrError) for _, result in results)
        stale = " They were read before the settings or pictures changed." if known[0] != wanted else ""
        st.caption(f"{len(results) - failed} read, {failed} could not be read.{stale}")
        st.dataframe(
            [
                {
                    "picture": pictures.plain_name(name),
                    "lines": None if isinstance(result, OcrError) else len(result.lines),
                    "state": result.code if isinstance(result, OcrError) else "read",
                    "message": str(result) if isinstance(result, OcrError) else "",
                }
                for name, result in results
            ],
            width="stretch",
            height=min(240, 38 + 35 * len(results)),
        )
        corrections = st.session_state.get("corrections", {})
        by_name = {picture.name: picture.sha256 for picture in held}
        st.download_button(
            "Archive of all results",
            lambda: archive.archive(
                (
                    name,
                    result
                    if isinstance(result, OcrError)
                    else corrected(result, corrections.get(by_name.get(name, ""), {})),
                )
                for name, result in results
            ),
            "receipts.zip",
            "application/zip",
            key="download-archive",
            on_click="ignore",
        )


def _batch(held: list[Picture], setup: Setup) -> Job[list[tuple[str, Document | OcrError]]]:
    shared = bench.get()

    def work(
        job: Job[list[tuple[str, Document | OcrError]]],
    ) -> list[tuple[str, Document | OcrError]]:
        results: list[tuple[str, Document | OcrError]] = []
        job.partial = results
        for picture in held:
            try:
                results.append((picture.name, shared.read(picture.sha256, picture.data, setup).document))
            except Exception as error:  # One picture must not take the others with it.
                results.append((picture.name, failure(picture.name, error).error))
            job.step(picture.name)
        return results

    return shared.long_job(work, len(held))
