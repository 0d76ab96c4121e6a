"""`ocr export`: a checkpoint becomes one ONNX file and a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocr.datasets.sample import Sample

#: Of a clone of the repository.
_EXAMPLES = Path("examples")


def export(
    checkpoint: Annotated[Path, typer.Argument(help="a checkpoint of `ocr train`, or an exported model")],
    output: Annotated[Path, typer.Argument(help="the ONNX file to write; the card goes beside it")],
    samples: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="annotated pages on which PyTorch and ONNX Runtime must agree [default: those of --as-shipped, or the "
            "folder examples]",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="name of the model; the output's name by default")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many pages to compare on")] = 8,
    decode: Annotated[
        list[str] | None, typer.Option(help="detection default to store, as key=value; can be repeated")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="size policy of a detector, or margin and narrow of a recogniser, to store, as key=value"
        ),
    ] = None,
    figures: Annotated[Path | None, typer.Option(help="JSON of `ocr eval` for metadata and card")] = None,
    notes: Annotated[Path | None, typer.Option(help="text for the card: data, attribution, use")] = None,
    int8: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="8-bit integer convolutions, two to three times as fast; measures ranges on 20 of these pages",
        ),
    ] = None,
    compact: Annotated[
        bool,
        typer.Option(
            help="with --int8: the weights that further training starts from in 8 bits too, a third less to store"
        ),
    ] = False,
    language_model: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="give a recogniser an n-gram language model of these transcripts and phrases of synthetic receipts",
        ),
    ] = None,
    lm_weight: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=2.0,
            help="power of the language model's probability in that of a reading [default: 0.25]",
        ),
    ] = None,
    prior: Annotated[Path | None, typer.Option("--prior", hidden=True)] = None,
    prior_strength: Annotated[float | None, typer.Option("--prior-strength", hidden=True)] = None,
    confidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATASET",
            help="make confidences the share of right readings on these pages, which training did not see; may be "
            "given several times, for scans and photographs",
        ),
    ] = None,
    confidence_training: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATASET",
            help="with --confidence: pages of the training, of which the scorer of lines learns as well what is read "
            "wrong; may be given several times",
        ),
    ] = None,
    as_shipped: Annotated[
        Path | None,
        typer.Option(
            "--as-shipped",
            metavar="TRAIN",
            help="everything that the shipped model has and these training pages can give: integers, a language model, "
            "thresholds; with --confidence HELD-OUT its confidences too",
        ),
    ] = None,
) -> None:
    """Write a checkpoint as one ONNX file with its card; fails where PyTorch and ONNX Runtime disagree.

    An exported model is exported anew from the weights that it was made of: with other thresholds, in integers, with a
    language model. Nothing of what it was given then is carried over.
    """
    from ocr import datasets
    from ocr.cli import options
    from ocr.errors import BadConfiguration, MissingExtra

    try:
        from ocr.training import export as exporting
        from ocr.training import language, pictures
    except ImportError as error:
        raise MissingExtra(
            f"exporting needs packages that are not installed ({error.name}); pip install 'receipt-ocr[train]'"
        ) from error
    from ocr.training.figures import read_figures
    from ocr.training.rebuilding import load_trained

    if confidence_training and not confidence:
        raise BadConfiguration(
            "--confidence-training goes with --confidence, whose pages training did not see"
        )
    if samples is None and as_shipped is None and not _EXAMPLES.exists():
        raise BadConfiguration(
            "give pages to compare PyTorch and ONNX Runtime on: --samples DATASET, such as those of the training"
        )
    language_model = options.renamed("language-model", language_model, "prior", prior)
    weight = options.renamed("lm-weight", lm_weight, "prior-strength", prior_strength)
    trained = load_trained(checkpoint)
    decoding, size_policy = _pairs(decode), _pairs(policy)
    if as_shipped is not None:
        int8 = int8 or as_shipped
        if trained.task == "recognition" and exporting.takes_language_model(trained):
            language_model = language_model or as_shipped
        if confidence:
            confidence_training = confidence_training or [as_shipped]
        shipped_decoding, shipped_policy = exporting.as_shipped(trained)
        decoding, size_policy = {**shipped_decoding, **decoding}, {**shipped_policy, **size_policy}
    samples = samples or as_shipped or _EXAMPLES
    compared = pictures.for_task(trained, samples, limit)
    if not compared:
        raise BadConfiguration(f"{samples} holds no annotated page to compare PyTorch and ONNX Runtime on")
    calibration = None if int8 is None else pictures.spread(trained, int8)
    beam = None
    if language_model:
        _tell("counting the n-grams of the language model")
        beam = language.beam(
            trained, datasets.open_dataset(language_model), 0.25 if weight is None else weight
        )
    model = exporting.export(
        checkpoint,
        output,
        name or output.stem,
        compared,
        decoding,
        size_policy,
        read_figures(figures, trained.task) if figures else None,
        notes.read_text("utf-8") if notes else "",
        calibration,
        _samples(confidence),
        beam,
        compact,
        _samples(confidence_training),
        _tell,
    )
    typer.echo(f"{output} {len(model.data)} bytes, SHA-256 {model.sha256}")
    lacking = exporting.missing_beside_shipped(model)
    if lacking:
        typer.echo(f"without what the shipped model has: {'; '.join(lacking)}", err=True)


def _tell(what: str) -> None:
    """What is done next, on standard error: parts of an export take a minute."""
    typer.echo(what, err=True)


def _samples(paths: list[Path] | None) -> list[Sample]:
    from ocr import datasets

    return [sample for path in paths or () for sample in datasets.open_dataset(path)]


def _pairs(pairs: list[str] | None) -> dict[str, object]:
    import json

    from ocr.errors import BadConfiguration

    values: dict[str, object] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        try:
            values[key] = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadConfiguration(
                f"got {pair!r:.100}; expected key=number, such as box_threshold=0.6"
            ) from error
        if not equals:
            raise BadConfiguration(f"got {pair!r}; expected key=number")
    return values
